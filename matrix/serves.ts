import { type Diagnostic } from "./diagnostics";
import { type Flow } from "./flow";
import { nearest, slug } from "./names";
import { type RoleIndex } from "./role-index";
import { at } from "./row-diagnostic";

/** The row that a Sert cell names: "API → MongoDB", "API -> MongoDB"; undefined when it names a need or a reference. */
export function servedRow(serves: string): { source: string; destination: string } | undefined {
    const ends = serves.split(/\s*(?:→|⟶|⇒|->|=>)\s*/);
    if (ends.length !== 2 || ends.includes("")) return undefined;
    return { source: ends[0].trim(), destination: ends[1].trim() };
}

/** What two spellings of a row's ends have in common. */
export function rowKey(source: string, destination: string, index: RoleIndex): string {
    return `${index.get(source)?.slug ?? slug(source)}>${index.get(destination)?.slug ?? slug(destination)}`;
}

/**
 * Checks what annex rows serve: a row named must exist in the matrix, and a row that opens a role to the outside
 * (people, other parties, the internet) must name one, or a rule that the documents give in words.
 */
export function checkServes(flows: readonly Flow[], index: RoleIndex, rules: readonly string[] = []): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const rows = flows.filter((flow) => flow.document === "matrix");
    const references = new Set(rows.map((flow) => flow.reference).filter((reference) => reference !== undefined));
    const key = (source: string, destination: string) => rowKey(source, destination, index);
    const known = new Map(
        rows.map((flow) => [key(flow.source, flow.destination), `${flow.source} → ${flow.destination}`]),
    );
    for (const flow of flows) {
        if (flow.document !== "annex") continue;
        const serves = flow.serves ?? "";
        const served = servedRow(serves);
        const names = served
            ? known.has(key(served.source, served.destination))
            : references.has(serves) || rules.includes(serves);
        if (served && !names) {
            const near = nearest(serves, new Set(known.values()), 1)[0];
            const message = `the matrix has no row ${served.source} → ${served.destination}`;
            const expected = near
                ? `a row of the matrix: did you mean "${near}"?`
                : "a row of the matrix, or a need in words";
            diagnostics.push(at(flow, { code: "unknown-served-row", message, expected, cell: "serves" }));
            continue;
        }
        const outside = [flow.source, flow.destination].find((name) => index.get(name)?.isOutside);
        if (outside && !names) {
            const message = `the row opens a role to the outside (${outside}) without naming the row of the matrix it serves`;
            diagnostics.push(
                at(flow, {
                    code: "unserved-opening",
                    message,
                    expected: "SOURCE → DESTINATION of a row of the matrix",
                    cell: "serves",
                }),
            );
        } else if (serves === "") {
            const message = "the row does not say what it serves";
            const expected = "the row of the matrix, or the need, that it serves";
            diagnostics.push(at(flow, { code: "missing-serves", message, expected, cell: "serves" }));
        }
    }
    return diagnostics;
}
