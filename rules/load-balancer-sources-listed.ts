import type { Role } from "../matrix";
import { AddressError, addressesOf, ANY_ADDRESS, outsideFlows, type AddressSet } from "../network";
import { covers } from "../network/intervals";
import { placeText, sentence } from "./listeners";
import { isEdge } from "./no-host-port";
import { groupKind, namespaceOf, roleByLabels } from "./pods";
import { objectRule, type RuleContext } from "./rule";

/**
 * A load balancer lets in the addresses of those whom the matrix lists as sources of its role. A Service that names no
 * loadBalancerSourceRanges lets in everybody.
 * https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
 */
export const loadBalancerSourcesListed = objectRule(
    "load-balancer-sources-listed",
    "A load balancer lets in no address beyond those of its role's sources.",
    (object, report, context) => {
        const spec = object.get("spec");
        if (groupKind(object) !== "/Service" || spec.get("type").text() !== "LoadBalancer") {
            return;
        }
        const role = roleByLabels(context, namespaceOf(object), spec.get("selector"));
        if (!role || !isEdge(context.matrix, role)) {
            return; // A load balancer before any other role is no-host-port's.
        }
        const { blocks, text } = sourcesOf(role, context);
        const allowed = blocks ? addressesOf(blocks.map((cidr) => ({ cidr }))) : ANY_ADDRESS;
        const field = spec.get("loadBalancerSourceRanges");
        const ranges = field.items().map((item) => item.text()?.trim() ?? "");
        const open = ranges.length === 0 ? ["0.0.0.0/0", "::/0"] : ranges;
        const wider = open.filter((range) => !covers(allowed, rangeOf(range)));
        if (wider.length > 0) {
            const what = ranges.length === 0 ? "is missing: everybody is let in" : `lets in ${sentence(wider)}`;
            report.refuse(`${field.path} ${what}, and the rows to ${role.name} do not.`, [text], { role: role.name });
        }
    },
);

function rangeOf(range: string): AddressSet {
    try {
        return addressesOf([{ cidr: range }]);
    } catch (error) {
        if (!(error instanceof AddressError)) {
            throw error;
        }
        return ANY_ADDRESS; // Unreadable: held to be everything.
    }
}

/**
 * The address blocks of a role's sources outside the cluster, and the sentence about them; an external service's are not
 * published, so any address may be one.
 */
export function sourcesOf(role: Role, { matrix, network }: RuleContext): { blocks?: string[]; text: string } {
    const flows = outsideFlows(matrix, role);
    if (flows.some(({ from }) => from.kind !== "people")) {
        return { text: "" };
    }
    const blocks = flows.flatMap(({ from }) => (from.cidrs && network.people[from.cidrs]) || []);
    const who = [...new Set(flows.map(({ from, place }) => `${from.name} (${placeText(place)})`))];
    return {
        blocks: [...new Set(blocks)],
        text: who.length
            ? `They let in ${sentence(who)}: ${blocks.length ? [...new Set(blocks)].join(", ") : "no address is set for them"}.`
            : `No row lets anything outside the cluster connect to ${role.name}.`,
    };
}
