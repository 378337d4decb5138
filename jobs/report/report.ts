import { createInterface } from "node:readline";
import { start } from "../command";
import { oneLine } from "../failure";
import type { Fields, Log } from "../log";
import { publishResult } from "../result";
import type { Store } from "../store";

export interface ReportOptions {
    /** What does the work; of what it writes, JSON objects, one a line, become part of the result. */
    command: readonly string[];
    store: Store;
    /** Where the result goes: `cleanup/`. */
    folder: string;
    signal: AbortSignal;
    log: Log;
}

/** A command that says more than this says it in its log alone. */
const mostDetails = 100;

/**
 * Runs a command and publishes how it ended, whatever it was: an absent result means that it did not run.
 * @throws JobError when the command failed, or its result can't be published
 */
export async function report({ command, store, folder, signal, log }: ReportOptions): Promise<Fields> {
    const started = new Date();
    const details: Fields[] = [];
    try {
        await follow({ command, signal, log }, (line) => take(line, details, log));
    } catch (error) {
        const reason = oneLine(signal.aborted ? signal.reason : error);
        await publishResult(store, folder, started, { outcome: "failed", reason, details }).catch((refused) =>
            log.warning(`the result could not be published: ${oneLine(refused)}`),
        );
        throw error;
    }
    const dryRun = details.some((detail) => detail.dryRun === true);
    await publishResult(store, folder, started, { outcome: "succeeded", dryRun, details });
    return { dryRun };
}

/** Runs a command to its end and gives each line that it writes as it comes. */
async function follow(
    { command, signal, log }: Pick<ReportOptions, "command" | "signal" | "log">,
    onLine: (line: string) => void,
): Promise<void> {
    const work = start(command, log);
    const stop = () => work.stop();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
        work.stdin.end();
        for await (const line of createInterface({ input: work.stdout })) onLine(line);
        await work.exited;
    } finally {
        signal.removeEventListener("abort", stop);
        work.stop();
    }
}

/** Logs a line, and keeps it as a detail where it is an object in JSON. */
function take(line: string, details: Fields[], log: Log): void {
    const detail = objectOf(line);
    if (detail === undefined) return log.info(line);
    log.info("said", { detail });
    if (details.length < mostDetails) details.push(detail);
}

function objectOf(line: string): Fields | undefined {
    try {
        const value: unknown = JSON.parse(line);
        return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
    } catch {
        return undefined;
    }
}
