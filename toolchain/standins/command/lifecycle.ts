/** What every kind of command does when its resource is made, changed or removed, and how what it says is shown. */
import { randomBytes } from "node:crypto";
import {
    hasSecret,
    hasUnknown,
    mask,
    type Properties,
    reveal,
    Secret,
    secretTexts,
    UNKNOWN,
    type Value,
} from "../properties";
import type { Failure, Resource } from "../provider";
import type { ProcessResult } from "./process";

/** Shows a line of a command's output to the user, beside the resource. */
export type Log = (urn: string, line: string) => Promise<void>;

/** One run of a command; nothing in it is marked secret. */
export interface Run {
    readonly urn?: string;
    readonly command: string;
    readonly inputs: Properties;
    /** What the last run said, unless the inputs keep it from the next. */
    readonly previous: { readonly stdout?: string; readonly stderr?: string };
    /** 0: for as long as it takes. */
    readonly timeoutSeconds: number;
    readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

/** What tells one kind of command from another. */
export interface Kind {
    validate(inputs: Properties): Failure[];
    run(run: Run): Promise<ProcessResult>;
    /** The inputs that a command may repeat: its output is as secret as they are. Left out: all. */
    repeatable?(inputs: Properties): Properties;
    /** The inputs whose secrets are masked in lines and errors. Left out: all. */
    confidential?(inputs: Properties): Properties;
}

const loggings = ["stdout", "stderr", "stdoutAndStderr", "none"];

/** What is wrong with the inputs that all kinds have. */
export function validateLogging(inputs: Properties): Failure[] {
    const logging = reveal(inputs.logging);
    return logging === undefined || logging === UNKNOWN || loggings.includes(logging as string)
        ? []
        : [{ property: "logging", reason: `logging must be one of ${loggings.join(", ")}` }];
}

/** Inputs that the official plugin accepts and this one does not. */
export function unsupported(inputs: Properties, ...names: string[]): Failure[] {
    return names
        .filter((property) => inputs[property] !== undefined)
        .map((property) => ({
            property,
            reason: `${property} is not supported by the stand-in: install the official plugin (pulumi plugin install resource command)`,
        }));
}

/** The resource of a kind of command. Every output is as secret as the most secret input that it may repeat. */
export function commandResource(kind: Kind, log: Log): Resource {
    const { repeatable = (inputs: Properties) => inputs } = kind;
    const run = async (
        command: Value | undefined,
        inputs: Properties,
        before: Properties,
        { urn, timeoutSeconds }: { urn: string; timeoutSeconds: number },
    ): Promise<Properties> =>
        command === undefined || command === null
            ? { stdout: before.stdout ?? "", stderr: before.stderr ?? "" }
            : execute(kind, command, inputs, before, { urn, timeoutSeconds, log: (line) => log(urn, line) });
    const unknownOutput = (inputs: Properties) => asSecretAs(repeatable(inputs), UNKNOWN);
    return {
        validate: (inputs) => kind.validate(inputs),
        // `triggers` replace too: the SDK asks the engine for it (replaceOnChanges).
        replaces: () => false,
        plan: (inputs) => ({ ...inputs, stdout: unknownOutput(inputs), stderr: unknownOutput(inputs) }),
        async create(inputs, context) {
            const outputs = await run(inputs.create, inputs, {}, context);
            const name = context.urn.split("::").slice(3).join("::");
            return { id: name + randomBytes(4).toString("hex"), outputs: { ...inputs, ...outputs } };
        },
        async update(before, inputs, context) {
            return { ...inputs, ...(await run(inputs.update ?? inputs.create, inputs, before, context)) };
        },
        // With what it was made with: of what the program says now it may have nothing.
        async delete(outputs, context) {
            await run(outputs.delete, outputs, outputs, context);
        },
        adopt() {
            throw new Error("a Command can't be imported: it is nothing but its own runs");
        },
    };
}

export interface Execution {
    readonly urn?: string;
    readonly timeoutSeconds: number;
    readonly log: (line: string) => Promise<void>;
}

/**
 * Runs one command with the inputs' settings. `before` holds the last run's outputs.
 * @throws Error with why it failed and the output, every secret masked.
 */
export async function execute(
    kind: Kind,
    command: Value,
    inputs: Properties,
    before: Properties,
    { urn, timeoutSeconds, log }: Execution,
): Promise<Properties> {
    const { repeatable = (all: Properties) => all, confidential = (all: Properties) => all } = kind;
    const settings = reveal({ ...inputs, command }) as Properties & { command: string };
    // What only another command of the resource needs may be unknown still.
    const needed: (Value | undefined)[] = [settings.command, settings.environment, settings.stdin, settings.connection];
    if (needed.some((one) => hasUnknown(one))) throw new Error("an input of the command is still unknown");
    const { stdout, stderr } = before;
    const secrets = secretTexts({ ...confidential(inputs), command, stdout, stderr });
    const logging = (settings.logging as string | undefined) ?? "stdoutAndStderr";
    let logged = Promise.resolve();
    const said = (text: string) =>
        new Error(mask(text, [...secrets, ...secrets.map((one) => JSON.stringify(one).slice(1, -1))]));
    const run: Run = {
        urn,
        command: settings.command,
        inputs: settings,
        previous: settings.addPreviousOutputInEnv === false ? {} : (reveal({ stdout, stderr }) as Run["previous"]),
        timeoutSeconds,
        onLine(stream, line) {
            if (logging !== stream && logging !== "stdoutAndStderr") return;
            logged = logged.then(() => log(mask(line, secrets)));
        },
    };
    const result = await kind.run(run).catch((error: Error) => {
        throw said(error.message);
    });
    await logged;
    if (result.failure !== undefined) {
        throw said(`${result.failure}: running ${JSON.stringify(settings.command)}:\n${result.output}`);
    }
    const repeated: Properties = { ...repeatable(inputs), command };
    return {
        stdout: asSecretAs(repeated, result.stdout.replace(/\n$/, "")),
        stderr: asSecretAs(repeated, result.stderr.replace(/\n$/, "")),
    };
}

/** What a command says may repeat what it was told. */
function asSecretAs(inputs: Properties, value: Value): Value {
    return hasSecret(inputs) ? new Secret(value) : value;
}
