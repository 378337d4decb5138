/** local.Command and local.run: a program run when a resource is made, changed or removed, or at every run. */
import { randomBytes } from "node:crypto";
import {
    hasSecret,
    hasUnknown,
    mask,
    type Properties,
    reveal,
    Secret,
    secretTexts,
    some,
    UNKNOWN,
    type Value,
} from "../properties";
import type { Context, Failure, Resource } from "../provider";
import { runProcess } from "./process";

/** Shows a line of a command's output to the user, beside the resource. */
export type Log = (urn: string, line: string) => Promise<void>;

const unsupported = ["assetPaths", "archivePaths"] as const;
const loggings = ["stdout", "stderr", "stdoutAndStderr", "none"];

/** What the official plugin accepts and this one does not, and what neither does. */
function validate(inputs: Properties): Failure[] {
    const failures: Failure[] = unsupported
        .filter((property) => inputs[property] !== undefined)
        .map((property) => ({
            property,
            reason: `${property} is not supported by the stand-in: install the official plugin (pulumi plugin install resource command)`,
        }));
    const logging = reveal(inputs.logging);
    if (logging !== undefined && logging !== UNKNOWN && !loggings.includes(logging as string)) {
        failures.push({ property: "logging", reason: `logging must be one of ${loggings.join(", ")}` });
    }
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

/** The resource `command:local:Command`. Every output is as secret as the most secret input. */
export function localCommand(log: Log): Resource {
    const run = async (
        command: Value | undefined,
        inputs: Properties,
        before: Properties,
        context: Context,
    ): Promise<Properties> =>
        command === undefined || command === null
            ? { stdout: before.stdout ?? "", stderr: before.stderr ?? "" }
            : execute(command, inputs, before, (line) => log(context.urn, line), context.timeoutSeconds);
    return {
        validate,
        // `triggers` replace too: the SDK asks the engine for it (replaceOnChanges).
        replaces: () => false,
        plan: (inputs) => ({ ...inputs, stdout: asSecretAs(inputs, UNKNOWN), stderr: asSecretAs(inputs, UNKNOWN) }),
        async create(inputs, context) {
            const outputs = await run(inputs.create, inputs, {}, context);
            const name = context.urn.split("::").slice(3).join("::");
            return { id: name + randomBytes(4).toString("hex"), outputs: { ...inputs, ...outputs } };
        },
        async update(before, inputs, context) {
            return { ...inputs, ...(await run(inputs.update ?? inputs.create, inputs, before, context)) };
        },
        async delete(outputs, context) {
            await run(outputs.delete, outputs, outputs, context);
        },
        adopt() {
            throw new Error("a Command can't be imported: it is nothing but its own runs");
        },
    };
}

/** The function `command:local:run`. */
export function localRun(): (args: Properties) => Promise<Properties> {
    return async (args) => {
        const [failure] = validate(args);
        if (failure) throw new Error(failure.reason);
        if (args.command === undefined) throw new Error("command is missing");
        // An invoke belongs to no resource, so there is nowhere to show its lines.
        const outputs = await execute(args.command, args, {}, async () => {}, 0);
        return { ...args, ...outputs };
    };
}

/**
 * Runs one command with the inputs' settings. `before` holds the last run's outputs.
 * @throws Error with the exit status and the output, every secret input masked.
 */
async function execute(
    command: Value,
    inputs: Properties,
    before: Properties,
    log: (line: string) => Promise<void>,
    timeoutSeconds: number,
): Promise<Properties> {
    const settings = reveal({ ...inputs, command }) as Properties & { command: string };
    if (hasUnknown(settings.command) || hasUnknown(settings.environment) || hasUnknown(settings.stdin)) {
        throw new Error("an input of the command is still unknown");
    }
    const secrets = secretTexts({ ...inputs, command, stdout: before.stdout, stderr: before.stderr });
    const logging = (settings.logging as string | undefined) ?? "stdoutAndStderr";
    let logged = Promise.resolve();
    const result = await runProcess({
        argv: [...((settings.interpreter as string[] | undefined) ?? ["/bin/sh", "-c"]), settings.command],
        dir: settings.dir as string | undefined,
        environment: environmentOf(settings, reveal(before) as Properties),
        stdin: settings.stdin as string | undefined,
        timeoutSeconds,
        onLine(stream, line) {
            if (logging !== stream && logging !== "stdoutAndStderr") return;
            logged = logged.then(() => log(mask(line, secrets)));
        },
    });
    await logged;
    if (result.failure !== undefined) {
        const said = `${result.failure}: running ${JSON.stringify(settings.command)}:\n${result.output}`;
        throw new Error(mask(said, [...secrets, ...secrets.map((text) => JSON.stringify(text).slice(1, -1))]));
    }
    const secretInputs: Properties = { ...inputs, command };
    return {
        stdout: asSecretAs(secretInputs, result.stdout.replace(/\n$/, "")),
        stderr: asSecretAs(secretInputs, result.stderr.replace(/\n$/, "")),
    };
}

function environmentOf(settings: Properties, before: Properties): Record<string, string> {
    const environment = { ...process.env, ...(settings.environment as Record<string, string> | undefined) };
    if (settings.addPreviousOutputInEnv !== false) {
        if (before.stdout) environment.PULUMI_COMMAND_STDOUT = before.stdout as string;
        if (before.stderr) environment.PULUMI_COMMAND_STDERR = before.stderr as string;
    }
    return environment as Record<string, string>;
}

/** What a command says may repeat what it was told. */
function asSecretAs(inputs: Properties, value: Value): Value {
    return hasSecret(inputs) ? new Secret(value) : value;
}
