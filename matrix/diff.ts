import { type Matrix, type ResolvedFlow } from "./matrix";
import { printRange, sortRanges } from "./ports";

/** A flow that differs between two states of a matrix. */
export type FlowChange =
    | { readonly kind: "opened"; readonly id: string; readonly after: ResolvedFlow }
    | { readonly kind: "closed"; readonly id: string; readonly before: ResolvedFlow }
    | {
          readonly kind: "changed";
          readonly id: string;
          readonly before: ResolvedFlow;
          readonly after: ResolvedFlow;
          /** What differs: `ports`, `description`, `life.expires`… */
          readonly fields: readonly string[];
          /** Whether what can connect differs, and not only what is said about it. */
          readonly effective: boolean;
      };

type Aspect = readonly [name: string, effective: boolean, value: (flow: ResolvedFlow) => string | undefined];

const lifeFields = [
    "owner",
    "requester",
    "approver",
    "ticket",
    "opened",
    "expires",
    "review",
    "environment",
    "site",
] as const;
const aspects: readonly Aspect[] = [
    ["source", true, (flow) => JSON.stringify([flow.from.slug, flow.from.workload])],
    ["destination", true, (flow) => JSON.stringify([flow.to.slug, flow.to.workload])],
    ["transport", true, (flow) => flow.transport],
    ["ports", true, (flow) => sortRanges(flow.ports).map(printRange).join(", ")],
    ["application", false, (flow) => flow.application],
    ["description", false, (flow) => flow.description],
    ["serves", false, (flow) => flow.serves],
    ...lifeFields.map((field): Aspect => [`life.${field}`, false, (flow) => flow.life[field]]),
];

/**
 * The flows that one state of a matrix opens, closes or changes with respect to another, by id: a row with a reference
 * whose port changes stays the same flow; a new member of a group is an opening. Order counts for nothing.
 */
export function diffMatrices(before: Matrix, after: Matrix): FlowChange[] {
    const earlier = new Map(before.flows.map((flow) => [flow.id, flow]));
    const later = new Map(after.flows.map((flow) => [flow.id, flow]));
    const changes: FlowChange[] = [];
    for (const [id, flow] of later) {
        const old = earlier.get(id);
        if (!old) {
            changes.push({ kind: "opened", id, after: flow });
            continue;
        }
        const differing = aspects.filter(([, , value]) => value(old) !== value(flow));
        if (differing.length === 0) continue;
        const fields = differing.map(([name]) => name);
        changes.push({
            kind: "changed",
            id,
            before: old,
            after: flow,
            fields,
            effective: differing.some(([, effective]) => effective),
        });
    }
    for (const [id, flow] of earlier) if (!later.has(id)) changes.push({ kind: "closed", id, before: flow });
    return changes.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
