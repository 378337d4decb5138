import { type Cell, type Row } from "./document";
import { type ColumnKind, columnKind, headerOf, knownHeaders } from "./headers";
import { nearest } from "./names";

/** The columns of a flow table, and what is wrong with its header. */
export interface Columns {
    readonly index: ReadonlyMap<ColumnKind, number>;
    readonly count: number;
    readonly problems: readonly ColumnProblem[];
}

export interface ColumnProblem {
    severity?: "error" | "warning";
    code: string;
    message: string;
    expected?: string;
    cell?: Cell;
}

const ends = ["source", "destination", "port"] as const;

/**
 * The columns of a table whose header makes it a flow table: at least two of Source, Destination and Port. Undefined
 * for any other table.
 */
export function readColumns(header: Row, document: "matrix" | "annex"): Columns | undefined {
    const index = new Map<ColumnKind, number>();
    const problems: ColumnProblem[] = [];
    header.cells.forEach((cell, position) => {
        const kind = columnKind(cell.text);
        if (!kind) return;
        const first = index.get(kind);
        if (first === undefined) index.set(kind, position);
        else if (kind !== "description") {
            const message = `the columns "${header.cells[first].text}" and "${cell.text}" mean the same`;
            problems.push({ code: "duplicate-column", message, expected: "one of them", cell });
        }
    });
    if (ends.filter((kind) => index.has(kind)).length < 2) return undefined;

    const unknown = header.cells.map((cell) => cell.text).filter((text) => !columnKind(text));
    const missing = (kind: ColumnKind, expected: string) => {
        const mistyped = unknown.find((text) =>
            nearest(text, knownHeaders(), 1).some((near) => columnKind(near) === kind),
        );
        const found = mistyped === undefined ? "" : `: is "${mistyped}" it?`;
        problems.push({
            code: "missing-column",
            message: `the table has no column ${headerOf(kind)}${found}`,
            expected,
        });
    };
    if (!index.has("source")) missing("source", "a column Source");
    if (!index.has("destination")) missing("destination", "a column Destination (Cible, Target)");
    if (!index.has("port")) missing("port", "a column Port (Ports, Port(s))");
    if (!["protocol", "transport", "application"].some((kind) => index.has(kind as ColumnKind))) {
        missing("protocol", "a column Protocole (Protocol, Transport)");
    }
    if (document === "annex" && !index.has("serves")) {
        missing("serves", "a column Sert (Serves): the row of the matrix, or the need, that each row serves");
    }
    const sourcePort = index.get("sourcePort");
    if (sourcePort !== undefined) {
        const message = `the column "${header.cells[sourcePort].text}" is not enforced: network policies know destination ports only`;
        problems.push({ severity: "warning", code: "source-port", message, cell: header.cells[sourcePort] });
    }
    return { index, count: header.cells.length, problems };
}
