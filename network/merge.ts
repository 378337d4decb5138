import type { ResolvedFlow, Transport } from "../matrix";
import type { AddressSet } from "./addresses";
import { boundaries, covers, overlaps, union, type Interval } from "./intervals";
import { coversPeer, meetsPeer, peerKey, type Contact, type Peer } from "./peers";
import { noPorts, subtractPorts, TRANSPORTS, unitePorts, portSet, type PortSet } from "./ports";

/** What one rule of a generated policy allows, and the flows that need it. */
export interface PlannedRule {
    readonly peer: Peer;
    readonly ports: PortSet;
    readonly flows: readonly ResolvedFlow[];
}

/**
 * The rules for what a role has to do with its peers: one a distinct peer, ports joined. A range of ports that wider
 * peers open already is left out, and a rule without ports with it, so every range of every rule is needed.
 * Sorted: pods before addresses, then by peer.
 */
export function mergeRules(contacts: readonly Contact[]): PlannedRule[] {
    const byPeer = new Map<string, { peer: Peer; ports: PortSet }>();
    for (const { peer, ports } of contacts) {
        const key = peerKey(peer);
        const known = byPeer.get(key);
        byPeer.set(key, { peer, ports: known === undefined ? ports : unitePorts(known.ports, ports) });
    }
    const sorted = [...byPeer.entries()].sort(([keyA, a], [keyB, b]) => {
        const kinds = Number("blocks" in a.peer) - Number("blocks" in b.peer);
        return kinds || (keyA < keyB ? -1 : 1);
    });
    const rules = withoutCovered(sorted.map(([, rule]) => rule));
    return rules.map((rule) => ({
        ...rule,
        flows: contacts
            .filter(({ peer, ports }) => meetsPeer(peer, rule.peer) && portsOverlap(ports, rule.ports))
            .map(({ flow }) => flow),
    }));
}

function portsOverlap(a: PortSet, b: PortSet): boolean {
    return TRANSPORTS.some((transport) => overlaps(a[transport], b[transport]));
}

function withoutCovered(rules: readonly { peer: Peer; ports: PortSet }[]): { peer: Peer; ports: PortSet }[] {
    const left = [...rules];
    // Narrow peers give way to wide ones; each decision sees those before it, so two never give way to each other.
    const order = left.map((_, index) => index).sort((a, b) => compareBreadth(left[a].peer, left[b].peer));
    for (const index of order) {
        const { peer } = left[index];
        for (const transport of TRANSPORTS) {
            for (const [from, to] of left[index].ports[transport]) {
                const others = left.filter((_, at) => at !== index);
                if (opened(others, peer, transport, [from, to])) {
                    const range = portSet(transport, [{ from, to: to - 1 }]);
                    left[index] = { peer, ports: subtractPorts(left[index].ports, range) };
                }
            }
        }
    }
    return left.filter(({ ports }) => !noPorts(ports));
}

/** Whether the rules open the whole range of ports to the whole peer. */
function opened(
    rules: readonly { peer: Peer; ports: PortSet }[],
    peer: Peer,
    transport: Transport,
    range: Interval<number>,
): boolean {
    const touching = rules.filter(({ ports }) => overlaps(ports[transport], [range]));
    const edges = boundaries([[range], ...touching.map(({ ports }) => ports[transport])]).filter(
        (edge) => edge >= range[0] && edge < range[1],
    );
    return edges.every((edge) => {
        const here = touching.filter(({ ports }) => covers(ports[transport], [[edge, edge + 1]]));
        return "blocks" in peer
            ? covers(union<bigint>(...here.map(({ peer: other }) => addresses(other))), peer.addresses)
            : here.some(({ peer: other }) => coversPeer(other, peer));
    });
}

/** Negative when `a` is the narrower: a part of a peer has fewer addresses, or more labels, than the whole. */
function compareBreadth(a: Peer, b: Peer): number {
    if ("blocks" in a || "blocks" in b) {
        const more = size(addresses(a)) - size(addresses(b));
        return more < 0n ? -1 : more > 0n ? 1 : 0;
    }
    return Object.keys(b.labels).length - Object.keys(a.labels).length;
}

function size(set: AddressSet): bigint {
    return set.reduce((total, [from, to]) => total + to - from, 0n);
}

function addresses(peer: Peer): AddressSet {
    return "blocks" in peer ? peer.addresses : [];
}
