/** Documents for tests: a table from rows of cells, with the usual columns unless told. */
export function table(
    rows: string[][],
    header = ["Source", "Destination", "Port", "Protocole", "Description"],
): string {
    const line = (cells: string[]) => `|${cells.join("|")}|`;
    return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

/** Runs what must throw, and returns what it threw. */
export function thrownBy<T>(kind: abstract new (...args: never[]) => T, run: () => unknown): T {
    try {
        run();
    } catch (error) {
        if (error instanceof kind) return error;
        throw error;
    }
    throw new Error(`nothing was thrown; a ${kind.name} was expected`);
}
