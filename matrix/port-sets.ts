import { groupBy } from "./group-by";
import { type ResolvedFlow } from "./matrix";
import { type PortRange, sortRanges } from "./ports";
import { applicationsByRange } from "./protocol";
import { slug } from "./names";
import { servedRow } from "./serves";

/**
 * Fills in the flows that name a set of ports ("Ports métriques"): for each destination, the ports of the annex rows
 * that serve the row, and those that the set's purpose has there. What nothing fills in opens nothing.
 */
export function fillPortSets(
    flows: readonly ResolvedFlow[],
    purposeOf: (set: string) => string | undefined,
): { filled: ResolvedFlow[]; unfilled: ResolvedFlow[] } {
    const numbered = groupBy(
        flows.filter((flow) => flow.portSet === undefined),
        destinationKey,
    );
    const filled: ResolvedFlow[] = [];
    const unfilled: ResolvedFlow[] = [];
    for (const flow of flows) {
        if (flow.portSet === undefined) {
            filled.push(flow);
            continue;
        }
        const candidates = numbered.get(destinationKey(flow)) ?? [];
        const serving = candidates
            .filter((one) => one.from === flow.from && serves(one, flow))
            .flatMap((one) => one.ports);
        const ports = sortRanges([...serving, ...portsOfPurpose(candidates, flow, purposeOf(flow.portSet))]);
        if (ports.length > 0) filled.push({ ...flow, ports });
        else unfilled.push(flow);
    }
    return { filled, unfilled };
}

function destinationKey(flow: ResolvedFlow): string {
    return `${flow.to.slug} ${flow.transport} ${flow.verdict}`;
}

function serves(annexRow: ResolvedFlow, flow: ResolvedFlow): boolean {
    const served = annexRow.serves === undefined ? undefined : servedRow(annexRow.serves);
    if (!served) return annexRow.serves !== undefined && annexRow.serves === flow.reference;
    return slug(served.source) === slug(flow.source) && slug(served.destination) === slug(flow.destination);
}

/** The ports that the inventory gives a purpose at the destination, by the same rules as Role.port. */
function portsOfPurpose(
    candidates: readonly ResolvedFlow[],
    flow: ResolvedFlow,
    purpose: string | undefined,
): PortRange[] {
    const rules = purpose === undefined ? [] : (flow.to.entry.ports[purpose] ?? []);
    return rules.flatMap((rule) =>
        candidates
            .filter(
                (one) =>
                    !rule.from ||
                    rule.from.some((name) => one.from.names().some((other) => slug(other) === slug(name))),
            )
            .flatMap((one) => applicationsByRange(one.ports, one.application))
            .filter(
                ({ applications }) =>
                    !rule.as || applications.some((name) => name.toLowerCase() === rule.as!.toLowerCase()),
            )
            .map(({ range }) => range),
    );
}
