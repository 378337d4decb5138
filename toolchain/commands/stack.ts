import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { contextOf, devBackend, devStack, isEmbedded, stackEnvironment } from "../environment";
import { ToolchainError } from "../failure";
import { binFolder, display, root, stateFolder } from "../paths";
import { failureText, must, run, type RunResult } from "../processes";
import { isAlive } from "../tools/lock";

const quickSeconds = 60;

export interface PulumiOptions {
    timeoutSeconds?: number;
    /** Shows the engine's own progress instead of capturing it. */
    inherit?: boolean;
}

/** Runs the engine on a stack, from the repository's root. */
export function pulumi(stack: string, args: readonly string[], options: PulumiOptions = {}): Promise<RunResult> {
    return run(path.join(binFolder, "pulumi"), args, {
        cwd: root,
        env: stackEnvironment(stack),
        timeoutSeconds: options.timeoutSeconds ?? quickSeconds,
        inherit: options.inherit,
    });
}

/** Selects the stack; that of an embedded cluster is made when it is not there yet. */
export async function selectStack(stack: string): Promise<void> {
    if (isEmbedded(stack)) fs.mkdirSync(stateFolder, { recursive: true });
    const create = isEmbedded(stack) ? ["--create"] : [];
    await must(path.join(binFolder, "pulumi"), ["stack", "select", stack, ...create, "--non-interactive"], {
        what: `Selecting stack ${stack}`,
        cwd: root,
        env: stackEnvironment(stack),
        timeoutSeconds: quickSeconds,
        mends: isEmbedded(stack) ? ["start afresh: make down FORCE=1"] : [`make it: pulumi stack init ${stack}`],
    });
}

export interface StackContents {
    /** Resources by the last part of their type ("Deployment"), components and providers left out. */
    kinds: Map<string, number>;
    outputs: Record<string, unknown>;
}

interface ExportedResource {
    type: string;
    custom?: boolean;
    delete?: boolean;
    outputs?: Record<string, unknown>;
}

/** What the state says; undefined when there is no such stack. */
export async function stackContents(stack: string): Promise<StackContents | undefined> {
    const result = await pulumi(stack, ["stack", "export", "--stack", stack, "--non-interactive"]);
    if (result.code !== 0) return undefined;
    const { deployment } = JSON.parse(result.stdout) as { deployment: { resources?: ExportedResource[] } };
    return contentsOf(deployment.resources ?? []);
}

export function contentsOf(resources: readonly ExportedResource[]): StackContents {
    const kinds = new Map<string, number>();
    const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
    for (const { type, custom, delete: goes } of resources) {
        if (!custom || goes || type.startsWith("pulumi:")) continue;
        const kind = type.split(":").pop() ?? type;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return { kinds, outputs: root?.outputs ?? {} };
}

/** Whether a stack's state holds anything that was made. */
export async function hasResources(stack: string): Promise<boolean> {
    const contents = await stackContents(stack);
    return contents !== undefined && contents.kinds.size > 0;
}

/** Drops the state of an embedded cluster's stack, keeping its settings. */
export async function dropState(stack: string): Promise<void> {
    const args = ["stack", "rm", stack, "--force", "--yes", "--preserve-config", "--non-interactive"];
    const result = await pulumi(stack, args);
    if (result.code !== 0 && !/no stack named/.test(result.output)) {
        throw new ToolchainError(failureText("Dropping the stack's state", quickSeconds, result), [
            `remove the folder: rm -r ${display(stateFolder)}`,
        ]);
    }
}

/** Removes locks of engines that were killed on this machine; a living one's lock stays and stops the command. */
export function removeDeadLocks(say: (text: string) => void, folder = stateFolder): void {
    const locks = path.join(folder, ".pulumi", "locks");
    if (!fs.existsSync(locks)) return;
    for (const entry of fs.readdirSync(locks, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
        const file = path.join(entry.parentPath, entry.name);
        const { pid, hostname } = JSON.parse(fs.readFileSync(file, "utf8")) as { pid: number; hostname: string };
        if (hostname !== os.hostname() || isAlive(pid)) continue;
        fs.rmSync(file);
        say(`  The lock of an interrupted pulumi (process ${pid}) was removed.`);
    }
}

/** @throws ToolchainError naming the stacks that there are, when a stack has no settings */
export function requireSettings(stack: string, folder = root): void {
    const file = (name: string) => `Pulumi.${name}.yaml`;
    if (fs.existsSync(path.join(folder, file(stack)))) return;
    const stacks = fs.readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    throw new ToolchainError(`There is no stack ${stack}: it has no ${file(stack)}.`, [
        `there are ${stacks.sort().join(", ")}`,
        `to make one, start from another's settings: cp ${file("prod")} ${file(stack)}`,
    ]);
}

/**
 * The Kubernetes context a real stack names, so that no command ever lands on whatever cluster is current.
 * @throws ToolchainError with the setting to make
 */
export function explicitContext(stack: string, folder = root): string {
    const context = contextOf(stack, folder);
    if (typeof context !== "string" || context === "") {
        throw new ToolchainError(`Stack ${stack} does not say which cluster it is for (kubernetes:context).`, [
            "see the contexts there are: kubectl config get-contexts",
            `then: pulumi config set kubernetes:context NAME --stack ${stack}`,
        ]);
    }
    if (context === `matrice-${devStack}`) {
        throw new ToolchainError(`Stack ${stack} names the embedded cluster of stack ${devStack} (${context}).`, [
            `name its own: pulumi config set kubernetes:context NAME --stack ${stack}`,
        ]);
    }
    return context;
}

/** @throws ToolchainError when a real stack would get its state where the throwaway one's is */
export function requireOwnBackend(stack: string, environment: NodeJS.ProcessEnv = process.env): void {
    if (environment.PULUMI_BACKEND_URL !== devBackend) return;
    throw new ToolchainError(`PULUMI_BACKEND_URL is that of stack ${devStack}, a folder that \`make\` may remove.`, [
        `use a new shell, or set the backend and passphrase of stack ${stack}: export PULUMI_BACKEND_URL=…`,
    ]);
}
