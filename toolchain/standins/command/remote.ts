/** remote.Command: a command run on another host over SSH when a resource is made, changed or removed. */
import { type Properties, reveal, Secret, UNKNOWN, type Value } from "../properties";
import type { Failure, Resource } from "../provider";
import { commandResource, type Kind, type Log, type Run, unsupported, validateLogging } from "./lifecycle";
import { type Connection, runOver } from "./ssh";

function validate(inputs: Properties): Failure[] {
    // A host refuses most variables; the library does not wait for its answer, so it could not be told.
    const failures = [...unsupported(inputs, "environment"), ...validateLogging(inputs)];
    const connection = reveal(inputs.connection);
    if (connection === undefined || connection === null) {
        failures.push({ property: "connection", reason: "connection is missing" });
    }
    if (isObject(connection)) {
        for (const [end, prefix] of [
            [connection, "connection"],
            [connection.proxy, "connection.proxy"],
        ] as const) {
            if (isObject(end) && typeof end.host !== "string" && end.host !== UNKNOWN) {
                failures.push({ property: `${prefix}.host`, reason: `${prefix}.host is missing` });
            }
        }
    }
    return failures;
}

/** The resource `command:remote:Command`; `status` shows what is passing, such as an attempt to connect that failed. */
export function remoteCommand(log: Log, status: Log): Resource {
    const remote: Kind = {
        validate,
        run: (run) => {
            const { urn = "", command, inputs, timeoutSeconds, onLine } = run;
            return runOver(
                inputs.connection as unknown as Connection,
                { command, environment: environmentOf(run), stdin: inputs.stdin as string, timeoutSeconds, onLine },
                (message) => void status(urn, message),
            );
        },
        // The connection is secret as a whole, and nothing of it goes to the command.
        repeatable: ({ connection: _, ...rest }) => rest,
        confidential: ({ connection, ...rest }) => ({ ...rest, credentials: new Secret(credentialsOf(connection)) }),
    };
    return commandResource(remote, log);
}

/** Of a connection, what only it may know: its host, port and user are in every message. */
function credentialsOf(connection: Value | undefined): Value[] {
    const all = reveal(connection);
    if (!isObject(all)) return [];
    const own = [all.password, all.privateKey, all.privateKeyPassword].filter((value) => typeof value === "string");
    return [...own, ...credentialsOf(all.proxy)];
}

function environmentOf({ previous: { stdout, stderr } }: Run): Record<string, string> {
    return {
        ...(stdout && { PULUMI_COMMAND_STDOUT: stdout }),
        ...(stderr && { PULUMI_COMMAND_STDERR: stderr }),
    };
}

function isObject(value: Value | undefined): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
