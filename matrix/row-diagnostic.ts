import { type Diagnostic, type Severity } from "./diagnostics";
import { type Flow } from "./flow";
import { type ColumnKind } from "./headers";

/** What is to be said about a flow, and which cell of its row to underline. */
export interface FlowProblem {
    severity?: Severity;
    code: string;
    message: string;
    expected?: string;
    cell?: ColumnKind;
}

/** A diagnostic at a row's cell; at its whole row when the cell is not there. */
export function at(flow: Flow, problem: FlowProblem): Diagnostic {
    const { severity = "error", cell, ...rest } = problem;
    const where = cell ? flow.cells[cell] : undefined;
    return {
        severity,
        ...rest,
        place: where ? { ...flow.place, column: where.column } : flow.place,
        excerpt: flow.excerpt,
        length: where?.length ?? 1,
    };
}
