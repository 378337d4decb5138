import { type Diagnostic } from "./diagnostics";
import { type Flow } from "./flow";
import { daysBetween, isoDay } from "./life";
import { at } from "./row-diagnostic";

/** Days before its expiry from which a flow is announced. */
const noticeDays = 30;

/** Flows that have expired (an error: nothing is ever closed silently) or will within 30 days; reviews that are due. */
export function checkExpiry(flows: readonly Flow[], on: Date): Diagnostic[] {
    const today = isoDay(on);
    const diagnostics: Diagnostic[] = [];
    const rows = new Set<string>();
    for (const flow of flows) {
        const row = `${flow.place.file}:${flow.place.line}`;
        if (rows.has(row)) continue;
        rows.add(row);
        const { expires, review } = flow.life;
        const owner = flow.life.owner ? ` (owner: ${flow.life.owner})` : "";
        const left = expires === undefined ? Infinity : daysBetween(today, expires);
        if (left < 0) {
            const message = `the flow expired on ${expires}${owner}`;
            diagnostics.push(
                at(flow, { code: "expired", message, expected: "a later day, or no row", cell: "expires" }),
            );
        } else if (left <= noticeDays) {
            const message = `the flow expires ${left === 0 ? "today" : `in ${left} day${left === 1 ? "" : "s"}`}, on ${expires}${owner}`;
            diagnostics.push(at(flow, { severity: "warning", code: "expires-soon", message, cell: "expires" }));
        }
        if (review !== undefined && daysBetween(today, review) < 0) {
            const message = `the review of the flow was due on ${review}${owner}`;
            diagnostics.push(at(flow, { severity: "warning", code: "review-due", message, cell: "review" }));
        }
    }
    return diagnostics;
}
