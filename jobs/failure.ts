/** What the job's environment did wrong or a check refused: its message is the one line that is logged. */
export class JobError extends Error {
    override readonly name: string = "JobError";
}

/** The job was told to stop (SIGTERM, SIGINT). */
export class Stopped extends JobError {
    override readonly name = "Stopped";
    constructor(readonly signalName: string) {
        super(`Stopped by ${signalName}.`);
    }
}

/** A message for any thrown value, on one line. */
export function oneLine(error: unknown): string {
    const text = error instanceof Error ? error.message || error.name : String(error);
    return text.replace(/\s*\n\s*/g, " ").trim();
}

/** A dump that cannot be restored: it stops midway, or is none. */
export class ArchiveError extends JobError {
    override readonly name = "ArchiveError";
}
