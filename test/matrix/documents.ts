import { MatrixError, readDocument } from "../../matrix";

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

/** The diagnostics of a refused document as `line:column code length`. */
export function refusals(text: string, document?: "matrix" | "annex"): string[] {
    const error = thrownBy(MatrixError, () => readDocument(text, "matrix.md", { document }));
    return error.diagnostics
        .filter(({ severity }) => severity === "error")
        .map(({ place, code, length }) => `${place.line}:${place.column} ${code} ${length ?? ""}`.trim());
}
