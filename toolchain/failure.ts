/** A failure that the person at the keyboard can act on: printed without a stack trace, with what to do about it. */
export class ToolchainError extends Error {
    constructor(
        message: string,
        /** What to do about it, one imperative line each. */
        readonly mends: readonly string[] = [],
    ) {
        super(message);
        this.name = "ToolchainError";
    }
}

/** Ctrl-C or a termination signal: children were stopped, nothing more is to be said. */
export class Interrupted extends Error {
    constructor() {
        super("Interrupted.");
        this.name = "Interrupted";
    }
}

/** The text printed for any error: message and mends for those meant for people, the stack for bugs. */
export function describeError(error: unknown): string {
    if (error instanceof ToolchainError) {
        return [error.message, ...error.mends.map((mend) => `  → ${mend}`)].join("\n");
    }
    if (error instanceof Interrupted) return error.message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
