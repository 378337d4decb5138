import { type Diagnostic } from "./diagnostics";
import { type Flow } from "./flow";
import { groupBy } from "./group-by";
import { type ResolvedFlow } from "./matrix";
import { printRange, rangesOverlap } from "./ports";
import { at } from "./row-diagnostic";

/** References that two documents share (refused), and rows written twice. */
export function findDuplicates(flows: readonly Flow[]): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const first = new Map<string, Flow>();
    for (const flow of flows) {
        const other = first.get(flow.id);
        if (!other) {
            first.set(flow.id, flow);
            continue;
        }
        const where = `${other.place.file}:${other.place.line}`;
        if (flow.reference) {
            const message = `the reference "${flow.reference}" is already that of ${where}`;
            diagnostics.push(
                at(flow, {
                    code: "duplicate-reference",
                    message,
                    expected: "a reference of its own",
                    cell: "reference",
                }),
            );
        } else if (flow.verdict === other.verdict) {
            const message = `the row repeats that of ${where}`;
            diagnostics.push(
                at(flow, {
                    severity: "warning",
                    code: "duplicate-row",
                    message,
                    expected: "the flow once: removing one row would not close it",
                    cell: "source",
                }),
            );
        }
    }
    return diagnostics;
}

/** Flows that one row allows and another refuses. */
export function findContradictions(allowed: readonly ResolvedFlow[], refused: readonly ResolvedFlow[]): Diagnostic[] {
    if (refused.length === 0) return [];
    const key = (flow: ResolvedFlow) => `${flow.from.slug}>${flow.to.slug}:${flow.transport}`;
    const openings = groupBy(allowed, key);
    const diagnostics: Diagnostic[] = [];
    for (const flow of refused) {
        const other = openings.get(key(flow))?.find((one) => rangesOverlap(one.ports, flow.ports));
        if (!other) continue;
        const ports = flow.ports.map(printRange).join(", ");
        const message = `the row refuses ${flow.from.name} → ${flow.to.name} ${ports}, which ${other.place.file}:${other.place.line} allows`;
        diagnostics.push(
            at(flow, { code: "contradiction", message, expected: "one of the two rows", cell: "verdict" }),
        );
    }
    return diagnostics;
}
