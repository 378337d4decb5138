import type { ResolvedFlow, Role, Transport } from "../matrix";
import {
    AddressError,
    addressesOf,
    namedPolicies,
    NAMESPACE_LABEL,
    portSet,
    type IpBlock,
    type Peer as PolicyPeer,
} from "../network";
import { isAllowed, type Side } from "./allowed-peers";
import { UnknownValue, type Field } from "./field";
import { placeText, portText, rowToAdd, sentence } from "./listeners";
import { groupKind, namespaceOf, roleByLabels, selectorLabels } from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";

/** Kinds of other APIs that open connections too, past what the rows are compared with. */
export const foreign: ReadonlySet<string> = new Set([
    "cilium.io/CiliumNetworkPolicy",
    "cilium.io/CiliumClusterwideNetworkPolicy",
    "crd.projectcalico.org/NetworkPolicy",
    "crd.projectcalico.org/GlobalNetworkPolicy",
    "projectcalico.org/NetworkPolicy",
    "projectcalico.org/GlobalNetworkPolicy",
    "policy.networking.k8s.io/AdminNetworkPolicy",
    "policy.networking.k8s.io/BaselineAdminNetworkPolicy",
    "policy.networking.k8s.io/ClusterNetworkPolicy",
]);

/**
 * A NetworkPolicy lets in and out what the matrix lists: role, peer, port and transport. Policies only add up, so each
 * peer and port of each rule is compared with the policy that the matrix yields for the role.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export const networkPolicyListed = objectRule(
    "network-policy-listed",
    "A NetworkPolicy allows only what the matrix lists: role, peer, port and transport.",
    (object, report, context) => {
        const kind = groupKind(object);
        if (foreign.has(kind) && !isGenerated(object, context)) {
            const named = context.network.cni === "cilium" && kind === "cilium.io/CiliumNetworkPolicy";
            report.refuse(
                named
                    ? "it is not the policy that the rows come to, and the kind is compared as a whole."
                    : "policies of this kind are not compared with the matrix, so none may stand.",
                [
                    named
                        ? "Remove it: Isolation opens what rows reach by name; other rows become NetworkPolicies."
                        : "Remove it: rows of the matrix become NetworkPolicies of networking.k8s.io.",
                ],
                { role: roleSelected(object, context)?.name },
            );
        } else if (kind === "networking.k8s.io/NetworkPolicy") {
            checkPolicy(object, report, context);
        }
    },
);

/** The role that a policy of Cilium selects, for the message. */
function roleSelected(object: Field, { matrix }: RuleContext): Role | undefined {
    const labels = object.at("spec", "endpointSelector", "matchLabels");
    try {
        return matrix.roleOfPod(namespaceOf(object), labels.strings());
    } catch (error) {
        if (!(error instanceof UnknownValue)) {
            throw error;
        }
        return undefined;
    }
}

/** Where the network plugin knows host names, Isolation opens other parties by policies of the plugin's own kind. */
function isGenerated(object: Field, { matrix, network }: RuleContext): boolean {
    const name = object.at("metadata", "name").text();
    const own = namedPolicies(matrix, network).find(
        ({ kind, metadata }) =>
            kind === object.get("kind").text() && metadata.name === name && metadata.namespace === namespaceOf(object),
    );
    return own !== undefined && isSame(object.get("spec").value, own.spec);
}

/** Whether two values are the same as JSON; a value unknown at preview is like no other. */
function isSame(a: unknown, b: unknown): boolean {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
        return a === b;
    }
    const keys = Object.keys(a);
    const [left, right] = [a, b] as Record<string, unknown>[];
    return (
        Array.isArray(a) === Array.isArray(b) &&
        keys.length === Object.keys(b).length &&
        keys.every((key) => key in b && isSame(left[key], right[key]))
    );
}

function checkPolicy(object: Field, report: Report, context: RuleContext): void {
    const spec = object.get("spec");
    const rules = [
        ...spec
            .get("ingress")
            .items()
            .map((rule) => ({ rule, side: "ingress" as const, peers: rule.get("from") })),
        ...spec
            .get("egress")
            .items()
            .map((rule) => ({ rule, side: "egress" as const, peers: rule.get("to") })),
    ];
    if (rules.length === 0) {
        return; // It closes, and opens nothing.
    }
    const selector = selectorLabels(spec.get("podSelector"));
    if (Object.keys(selector).length === 0) {
        report.refuse("its podSelector selects every pod of the namespace, and its rules open them all.", [
            "Select one role by app.kubernetes.io/name, or leave the rules out: policies only add up.",
        ]);
        return;
    }
    const role = context.matrix.roleOfPod(namespaceOf(object), selector);
    if (role) {
        for (const { rule, side, peers } of rules) {
            report.attempt(() =>
                checkRule({ rule, side, peers, role, namespace: namespaceOf(object) }, report, context),
            );
        }
    }
}

/** A range of ports of one transport. */
interface Opening {
    transport: Transport;
    from: number;
    to: number;
}

interface Rule {
    rule: Field;
    side: Side;
    peers: Field;
    role: Role;
    namespace: string;
}

function checkRule(rule: Rule, report: Report, context: RuleContext): void {
    const openings = openingsOf(rule, report);
    const peers = rule.peers.items();
    if (peers.length === 0) {
        const word = rule.side === "ingress" ? "from every source" : "to every destination";
        report.refuse(
            `${rule.peers.path} is empty: it opens ${rule.role.name} ${word}${onPorts(openings)}.`,
            mend(rule),
            {
                role: rule.role.name,
            },
        );
        return;
    }
    const split = halves(peers);
    if (split) {
        report.refuse(
            `${rule.peers.path} has namespaceSelector and podSelector as two peers: either alone lets a pod in.`,
            [`Write both in one peer: a "-" before the first of them only (${split.join(" and ")}).`, ...mend(rule)],
            { role: rule.role.name },
        );
        return;
    }
    report.each(peers, (peer) => {
        const where = peerOf(peer, rule.namespace, context);
        if (typeof where === "string") {
            report.refuse(where, mend(rule), { role: rule.role.name });
            return;
        }
        for (const opening of openings) {
            const ports = portSet(opening.transport, [opening]);
            if (!isAllowed(context, rule.role, rule.side, where.match, ports)) {
                refuseOpening(rule, where, opening, report, context);
            }
        }
    });
}

/** The ports of a rule; those that cannot be compared are reported here. */
function openingsOf({ rule, role }: Rule, report: Report): Opening[] {
    const ports = rule.get("ports");
    if (ports.items().length === 0) {
        report.refuse(`${ports.path} is missing: it opens every port of every transport.`, [], { role: role.name });
    }
    const openings: Opening[] = [];
    report.each(ports.items(), (port) => {
        const transport = (port.get("protocol").text() ?? "TCP") as Transport;
        const from = port.get("port").number();
        if (from !== undefined) {
            openings.push({ transport, from, to: port.get("endPort").number() ?? from });
        } else if (port.get("port").present) {
            report.refuse(
                `${port.path}.port is the name ${port.get("port").text()}: what it opens depends on the pods.`,
                ["Write the port's number."],
                { role: role.name },
            );
        } else {
            report.refuse(`${port.path}.port is missing: it opens every port of ${transport}.`, [], {
                role: role.name,
            });
        }
    });
    return openings;
}

/** The two peers of the classic slip, when the list holds one with a namespace alone and one with pods alone. */
function halves(peers: Field[]): string[] | undefined {
    const alone = (key: string, other: string) =>
        peers.find((peer) => peer.get(key).present && !peer.get(other).present && !peer.get("ipBlock").present);
    const namespace = alone("namespaceSelector", "podSelector");
    const pods = alone("podSelector", "namespaceSelector");
    return namespace && pods && [namespace.path, pods.path];
}

interface Peer {
    /** As a message names it: a role, a CIDR. */
    name: string;
    /** The role, where the selectors name one. */
    role?: Role;
    match: PolicyPeer;
}

/** What a peer selects, or the sentence that says why it selects too much. */
function peerOf(peer: Field, ownNamespace: string, context: RuleContext): Peer | string {
    const block = peer.get("ipBlock");
    if (block.present) {
        const cidr = block.get("cidr").text() ?? "";
        const except = block
            .get("except")
            .items()
            .map((item) => item.text() ?? "");
        return { name: cidr, match: blockPeer({ cidr, except }) };
    }
    const namespaces = selectorLabels(peer.get("namespaceSelector"));
    if (!peer.get("namespaceSelector").present) {
        namespaces[NAMESPACE_LABEL] = ownNamespace;
    }
    const namespace = namespaces[NAMESPACE_LABEL];
    const pods = selectorLabels(peer.get("podSelector"));
    if (namespace === undefined) {
        return `${peer.path} selects pods of every namespace that its labels fit; name one by ${NAMESPACE_LABEL}.`;
    }
    if (Object.keys(pods).length === 0) {
        return `${peer.path} selects every pod of namespace ${namespace}; the matrix lists roles.`;
    }
    const role = roleByLabels(context, namespace, peer.at("podSelector", "matchLabels"));
    if (!role) {
        const labels = Object.entries(pods).map(([key, value]) => `${key}: ${value}`);
        return `${peer.path} selects the pods ${sentence(labels)} of namespace ${namespace}, which are no role of the inventory.`;
    }
    return { name: role.name, role, match: { namespace, labels: pods } };
}

function blockPeer(block: IpBlock): PolicyPeer {
    const everything = [{ cidr: "0.0.0.0/0" }, { cidr: "::/0" }];
    for (const blocks of [[block], everything]) {
        try {
            return { blocks, addresses: addressesOf(blocks) };
        } catch (error) {
            // A block that cannot be read is held to be everything.
            if (!(error instanceof AddressError)) {
                throw error;
            }
        }
    }
    throw new Error("unreachable: every address is readable");
}

function refuseOpening(rule: Rule, peer: Peer, opening: Opening, report: Report, context: RuleContext): void {
    const { role, side } = rule;
    const port = portText(opening.transport, opening.from, opening.to);
    const [source, destination] = side === "ingress" ? [peer.name, role.name] : [role.name, peer.name];
    const about = { role: role.name, port };
    const rows = rowsBetween(rule, peer, context);
    const fitting = rows.filter((flow) => fits(flow, opening));
    if (fitting.length > 0) {
        const place = sentence([...new Set(fitting.map((flow) => placeText(flow.place)))].slice(0, 3));
        report.refuse(
            `${peer.name} as a peer of ${role.name} on ${port} is wider than the row (${place}).`,
            ["Narrow the peer to what Isolation makes for the row, or remove the policy: policies only add up."],
            about,
        );
        return;
    }
    const unnamed = peer.role ? peer.name : undefined;
    report.refuse(
        `${source} → ${destination} ${port} is not in the matrix.`,
        [
            describe(rule, peer, rows),
            rowToAdd(context, {
                source: side === "ingress" ? unnamed : role.name,
                destination: side === "ingress" ? role.name : unnamed,
                ...opening,
            }),
        ],
        about,
    );
}

/** The rows between the role and the peer; for addresses, those with an end outside the cluster. */
function rowsBetween({ role, side }: Rule, peer: Peer, { matrix }: RuleContext): ResolvedFlow[] {
    const flows = side === "ingress" ? matrix.flowsTo(role) : matrix.flowsFrom(role);
    return flows.filter((flow) => {
        const end = side === "ingress" ? flow.from : flow.to;
        return peer.role ? end.name === peer.role.name : !["workload", "service"].includes(end.kind);
    });
}

function fits(flow: ResolvedFlow, { transport, from, to }: Opening): boolean {
    return flow.transport === transport && flow.ports.some((range) => range.from <= from && to <= range.to);
}

/** What the matrix does list, so that a slip in the port or the transport shows. */
function describe({ role, side }: Rule, peer: Peer, rows: ResolvedFlow[]): string {
    const other = peer.role ? peer.name : "addresses outside the cluster";
    const lead = side === "ingress" ? `${role.name} receives` : `${role.name} sends to ${other}`;
    if (rows.length === 0) {
        return side === "ingress" ? `${lead} nothing from ${other}.` : `${role.name} sends nothing to ${other}.`;
    }
    const ports = rows.flatMap((flow) =>
        flow.ports.map((range) => `${portText(flow.transport, range.from, range.to)} (${placeText(flow.place)})`),
    );
    const listed = sentence([...new Set(ports)]);
    return side === "ingress" ? `${lead} from ${other} ${listed}.` : `${lead} on ${listed}.`;
}

function mend({ role, side }: Rule): string[] {
    const listed = side === "ingress" ? `what connects to ${role.name}` : `what ${role.name} connects to`;
    return [`The rows of the matrix list ${listed}; Isolation makes the policy for them.`];
}

function onPorts(openings: Opening[]): string {
    const ports = openings.map(({ transport, from, to }) => portText(transport, from, to));
    return ports.length > 0 ? ` on ${sentence(ports)}` : "";
}
