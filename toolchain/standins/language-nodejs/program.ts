/** Runs a Pulumi program, or a policy pack, in a Node.js of its own. */
import path from "node:path";
import type { ProgramInfo, RunPluginRequest, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { type RuntimeOptions, runtimeOptions } from "./options";
import { locateModule } from "./packages";

export interface Invocation {
    /** Arguments of node. */
    readonly args: readonly string[];
    readonly env: NodeJS.ProcessEnv;
}

/** Exit code by which @pulumi/pulumi says that it has told the user what went wrong (cmd/run/index.js). */
const exitAfterUserMessage = 32;

/** How `@pulumi/pulumi/cmd/run` is started for a program. */
export function programInvocation(request: RunRequest, engine: string): Invocation {
    const info = request.getInfo();
    const folder = info?.getProgramDirectory() || request.getPwd();
    const options = runtimeOptions(info?.getOptions());
    const runner = locateModule(process.env.PULUMI_LANGUAGE_NODEJS_RUN_PATH || "@pulumi/pulumi/cmd/run", folder);
    const entry = info?.getEntryPoint() || request.getProgram() || ".";
    const settings: Record<string, string | undefined> = {
        monitor: request.getMonitorAddress(),
        engine,
        organization: request.getOrganization(),
        project: request.getProject(),
        stack: request.getStack(),
        pwd: request.getPwd(),
        "root-directory": info?.getRootDirectory(),
        parallel: String(request.getParallel()),
    };
    return {
        args: [
            ...options.nodeArguments,
            runner,
            ...Object.entries(settings).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
            ...(request.getDryrun() ? ["--dry-run"] : []),
            path.resolve(folder, entry),
            ...request.getArgsList(),
        ],
        env: {
            ...process.env,
            ...typescriptVariables(options),
            PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
            PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        },
    };
}

/** How `@pulumi/pulumi/cmd/run-policy-pack` is started for a pack; the engine's address is among the arguments. */
export function policyPackInvocation(request: RunPluginRequest): Invocation {
    const info = request.getInfo() as ProgramInfo;
    const folder = info.getProgramDirectory();
    const options = runtimeOptions(info.getOptions());
    const runner = locateModule("@pulumi/pulumi/cmd/run-policy-pack", folder);
    const given = request.getEnvList().map((pair) => {
        const equals = pair.indexOf("=");
        return [pair.slice(0, equals), pair.slice(equals + 1)];
    });
    return {
        args: [...options.nodeArguments, runner, ...request.getArgsList(), folder],
        env: { ...(given.length > 0 ? Object.fromEntries(given) : process.env), ...typescriptVariables(options) },
    };
}

function typescriptVariables({ typescript, tsconfig }: RuntimeOptions): NodeJS.ProcessEnv {
    return {
        ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
        ...(tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
    };
}

/** What a program's end means: `bail` when the user has been told already, else `error`, empty on success. */
export function programResult(code: number | null, signal: NodeJS.Signals | null): { error: string; bail: boolean } {
    if (code === 0) return { error: "", bail: false };
    if (code === exitAfterUserMessage) return { error: "", bail: true };
    const how = signal ? `was ended by the signal ${signal}` : `exited with non-zero exit code: ${code}`;
    return { error: `Program ${how}`, bail: false };
}
