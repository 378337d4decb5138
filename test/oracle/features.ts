import type {
    KubernetesObject,
    LabelSelector,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
} from "../../network";

/** A change of policies that takes a feature's effect away; gives the policy less, or none at all. */
type Change = (policy: NetworkPolicy) => NetworkPolicy | undefined;

/**
 * A feature of policies with the two ways to take it away. A verdict that turns is one that the feature decided:
 * `closed` closes what only the feature opened (its allowed verdicts), `opened` opens what only it kept shut.
 */
export interface Feature {
    readonly name: string;
    readonly closed: Change;
    readonly opened: Change;
}

const isEmpty = (selector: LabelSelector | undefined): boolean =>
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0;

/** Changes entries of each rule's list; a list of which nothing is left takes its rule along (empty would mean all). */
function inRules<T>(
    policy: NetworkPolicy,
    list: "peers" | "ports",
    change: (entry: T) => T | undefined,
): NetworkPolicy {
    const spec: NetworkPolicySpec = { ...policy.spec };
    for (const direction of ["ingress", "egress"] as const) {
        const key = list === "ports" ? "ports" : direction === "ingress" ? "from" : "to";
        const rules = policy.spec[direction] as Record<string, T[] | undefined>[] | undefined;
        const changed = rules?.flatMap((rule) => {
            const entries = rule[key] ?? [];
            const left = entries.map(change).filter((entry) => entry !== undefined);
            return entries.length > 0 && left.length === 0 ? [] : [{ ...rule, [key]: left }];
        });
        if (changed !== undefined) {
            Object.assign(spec, { [direction]: changed });
        }
    }
    // What the policy isolates stays as it was when its rules go.
    const types = spec.policyTypes ?? [];
    const isolates = types.length > 0 ? types : policy.spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
    return { ...policy, spec: { ...spec, policyTypes: isolates as NetworkPolicySpec["policyTypes"] } };
}

const inPorts = (policy: NetworkPolicy, change: (port: NetworkPolicyPort) => NetworkPolicyPort | undefined) =>
    inRules(policy, "ports", change);
const inPeers = (policy: NetworkPolicy, change: (peer: NetworkPolicyPeer) => NetworkPolicyPeer | undefined) =>
    inRules(policy, "peers", change);

export const features: readonly Feature[] = [
    {
        name: "named ports",
        closed: (policy) => inPorts(policy, (port) => (typeof port.port === "string" ? undefined : port)),
        opened: (policy) =>
            inPorts(policy, (port) => (typeof port.port === "string" ? { protocol: port.protocol } : port)),
    },
    {
        name: "endPort",
        closed: (policy) => inPorts(policy, ({ endPort: _, ...port }) => port),
        opened: (policy) =>
            inPorts(policy, (port) => (port.endPort === undefined ? port : { ...port, endPort: 65535 })),
    },
    {
        name: "ipBlock with except",
        closed: (policy) => inPeers(policy, (peer) => (peer.ipBlock?.except === undefined ? peer : undefined)),
        opened: (policy) =>
            inPeers(policy, (peer) => (peer.ipBlock === undefined ? peer : { ipBlock: { cidr: peer.ipBlock.cidr } })),
    },
    {
        name: "empty selectors",
        // As a peer it opens to all; as the policy's own it isolates all.
        closed: (policy) =>
            inPeers(policy, (peer) => (isEmpty(peer.podSelector ?? peer.namespaceSelector) ? undefined : peer)),
        opened: (policy) => (isEmpty(policy.spec.podSelector) ? undefined : policy),
    },
    {
        name: "namespace selectors",
        closed: (policy) =>
            inPeers(policy, (peer) =>
                peer.namespaceSelector === undefined || isEmpty(peer.namespaceSelector) ? peer : undefined,
            ),
        opened: (policy) =>
            inPeers(policy, (peer) =>
                peer.namespaceSelector === undefined ? peer : { ...peer, namespaceSelector: {} },
            ),
    },
];

/** The objects with a change made to each policy. */
export function changed(objects: readonly KubernetesObject[], change: Change): KubernetesObject[] {
    return objects.flatMap((object) => {
        const left = object.kind === "NetworkPolicy" ? change(object as NetworkPolicy) : object;
        return left === undefined ? [] : [left];
    });
}
