/** local.Command and local.run: a program run when a resource is made, changed or removed, or at every run. */
import { type Properties, reveal, some, UNKNOWN } from "../properties";
import type { Failure, Resource } from "../provider";
import { commandResource, execute, type Kind, type Log, type Run, unsupported, validateLogging } from "./lifecycle";
import { runProcess } from "./process";

/** What the official plugin accepts and this one does not, and what neither does. */
function validate(inputs: Properties): Failure[] {
    const failures = [...unsupported(inputs, "assetPaths", "archivePaths"), ...validateLogging(inputs)];
    const interpreter = reveal(inputs.interpreter);
    if (Array.isArray(interpreter) && interpreter.some((part) => typeof part !== "string" && part !== UNKNOWN)) {
        failures.push({ property: "interpreter", reason: "interpreter must be a list of texts" });
    }
    const environment = reveal(inputs.environment);
    if (some(environment, (part) => typeof part === "number" || typeof part === "boolean")) {
        failures.push({ property: "environment", reason: "environment must map names to texts" });
    }
    return failures;
}

const local: Kind = {
    validate,
    run: (run) =>
        runProcess({
            argv: [...((run.inputs.interpreter as string[] | undefined) ?? ["/bin/sh", "-c"]), run.command],
            dir: run.inputs.dir as string | undefined,
            environment: environmentOf(run),
            stdin: run.inputs.stdin as string | undefined,
            timeoutSeconds: run.timeoutSeconds,
            onLine: run.onLine,
        }),
};

/** The resource `command:local:Command`. */
export function localCommand(log: Log): Resource {
    return commandResource(local, log);
}

/** The function `command:local:run`. */
export function localRun(): (args: Properties) => Promise<Properties> {
    return async (args) => {
        const [failure] = validate(args);
        if (failure) throw new Error(failure.reason);
        if (args.command === undefined) throw new Error("command is missing");
        // An invoke belongs to no resource, so there is nowhere to show its lines.
        const outputs = await execute(local, args.command, args, {}, { timeoutSeconds: 0, log: async () => {} });
        return { ...args, ...outputs };
    };
}

function environmentOf({ inputs, previous }: Run): Record<string, string> {
    const environment = { ...process.env, ...(inputs.environment as Record<string, string> | undefined) };
    if (previous.stdout) environment.PULUMI_COMMAND_STDOUT = previous.stdout;
    if (previous.stderr) environment.PULUMI_COMMAND_STDERR = previous.stderr;
    return environment as Record<string, string>;
}
