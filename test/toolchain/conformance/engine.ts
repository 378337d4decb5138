/** The real Pulumi engine on a throw-away project, with the stand-ins and nothing of the user's own. */
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { installStandIns, type StandInName } from "../../../toolchain/standins/install";

const root = path.resolve(__dirname, "../../..");

/** As in this repository's own Pulumi.yaml. */
export const stackLines = `--require '${path.join(root, "toolchain/stack-lines.js")}'`;

export interface Result {
    /** null when a signal ended it. */
    readonly code: number | null;
    readonly stdout: string;
    /** Both streams, as a user sees them. */
    readonly output: string;
}

/** A resource as the exported state holds it. */
export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs: Record<string, unknown>;
    readonly outputs: Record<string, unknown>;
}

export interface Step {
    readonly op: string;
    readonly urn: string;
    readonly newState?: { readonly inputs?: Record<string, unknown>; readonly outputs?: Record<string, unknown> };
}

export interface EngineOptions {
    /** `runtime: options:` of Pulumi.yaml besides what every project has; programs are JavaScript unless it says otherwise. */
    readonly runtimeOptions?: Record<string, unknown>;
    readonly standIns?: readonly StandInName[];
    /** The parent of the project's folder; packages are resolved from there upwards. */
    readonly parent?: string;
    /** Variables besides those that keep the engine to itself. */
    readonly env?: NodeJS.ProcessEnv;
}

/** How a preview writes a value that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** How the state marks a value that it holds encrypted. */
export const encrypted = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

export class Engine {
    private constructor(
        readonly folder: string,
        private readonly env: NodeJS.ProcessEnv,
    ) {}

    /** Makes a project named `probe` with a stack `dev` in a folder of its own; `dispose` removes all of it. */
    static async create(options: EngineOptions = {}): Promise<Engine> {
        const { runtimeOptions = {}, standIns = ["language-nodejs", "random", "command"] } = options;
        const sources = standIns.map((name) => `toolchain/standins/${name}`);
        const bundler = path.join(root, "toolchain/bundle.js");
        const bundled = spawnSync(process.execPath, [bundler, ...sources], { encoding: "utf8" });
        if (bundled.status !== 0) throw new Error(bundled.stderr);

        const parent = options.parent ?? path.join(root, ".tools/test");
        fs.mkdirSync(parent, { recursive: true });
        const folder = fs.mkdtempSync(path.join(parent, "engine-"));
        const inside = (name: string) => path.join(folder, name);
        fs.mkdirSync(inside("state"));
        installStandIns(inside("home"), inside("bin"), standIns);
        fs.writeFileSync(inside("package.json"), JSON.stringify({ name: "probe", version: "1.0.0" }));
        fs.writeFileSync(
            inside("Pulumi.yaml"),
            JSON.stringify({
                name: "probe",
                runtime: { name: "nodejs", options: { typescript: false, nodeargs: stackLines, ...runtimeOptions } },
            }),
        );
        const ownVariables = Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"));
        const engine = new Engine(folder, {
            ...Object.fromEntries(ownVariables),
            PATH: [inside("bin"), path.join(root, ".tools/bin"), process.env.PATH].join(path.delimiter),
            PULUMI_HOME: inside("home"),
            PULUMI_BACKEND_URL: `file://${inside("state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
            NO_COLOR: "1",
            ...options.env,
        });
        await engine.succeed("stack", "init", "dev");
        return engine;
    }

    dispose(): void {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    file(name: string): string {
        return path.join(this.folder, name);
    }

    read(name: string): string {
        return fs.readFileSync(this.file(name), "utf8");
    }

    /** Replaces the program, `index.js` unless another file is named; the packages are at hand in JavaScript. */
    program(source: string, file = "index.js"): void {
        const packages = 'const random = require("@pulumi/random"), { local, remote } = require("@pulumi/command");\n';
        const head = file.endsWith(".js") ? `const pulumi = require("@pulumi/pulumi");\n${packages}` : "";
        fs.writeFileSync(this.file(file), head + source);
    }

    /** Runs `pulumi` to its end, whatever that is. */
    pulumi(...args: string[]): Promise<Result> {
        return this.start(...args).ended;
    }

    /** Starts `pulumi`; the caller may interrupt it. */
    start(...args: string[]): { ended: Promise<Result>; interrupt: () => void } {
        const child = spawn("pulumi", [...args, "--non-interactive"], { cwd: this.folder, env: this.env });
        let stdout = "";
        let output = "";
        child.stdout.on("data", (part) => {
            stdout += part;
            output += part;
        });
        child.stderr.on("data", (part) => (output += part));
        const ended = new Promise<Result>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code) => resolve({ code, stdout, output }));
        });
        return { ended, interrupt: () => child.kill("SIGINT") };
    }

    /** Runs `pulumi` and fails with all it said unless it ends with 0. */
    async succeed(...args: string[]): Promise<Result> {
        const result = await this.pulumi(...args);
        if (result.code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${result.code}:\n${result.output}`);
        return result;
    }

    up(...args: string[]): Promise<Result> {
        return this.pulumi("up", "--yes", "--skip-preview", ...args);
    }

    /** The steps that a preview plans, by the name of the resource; what stays as it is has none. */
    async preview(...args: string[]): Promise<Record<string, Step>> {
        const { stdout } = await this.succeed("preview", "--json", ...args);
        const { steps } = JSON.parse(stdout) as { steps: Step[] };
        return Object.fromEntries(steps.map((step) => [nameOf(step.urn), step]));
    }

    /** The state as it is stored: the text, and its custom resources by name. */
    async state(): Promise<{ text: string; resources: Record<string, StateResource> }> {
        const { stdout: text } = await this.succeed("stack", "export");
        const { resources = [] } = JSON.parse(text).deployment as { resources?: StateResource[] };
        const own = resources.filter(({ type }) => !type.startsWith("pulumi:"));
        return { text, resources: Object.fromEntries(own.map((resource) => [nameOf(resource.urn), resource])) };
    }

    /** The stack's outputs, secrets in plain text. */
    async outputs(): Promise<Record<string, unknown>> {
        return JSON.parse((await this.succeed("stack", "output", "--json", "--show-secrets")).stdout);
    }
}

function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/** Whether there is such a process. */
export function isRunning(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch {
        return false;
    }
}
