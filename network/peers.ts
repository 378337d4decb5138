import type { ResolvedFlow, Role } from "../matrix";
import {
    addressesOf,
    INTERNET_DESTINATIONS,
    INTERNET_SOURCES,
    tidyBlocks,
    type AddressSet,
    type IpBlock,
} from "./addresses";
import { covers, overlaps } from "./intervals";
import { NAMESPACE_LABEL, type NetworkPolicyPeer } from "./kubernetes";
import type { Direction } from "./policy-rules";
import { portSet, type PortSet } from "./ports";
import { configCommand, SettingsError, type NetworkSettings } from "./settings";

/** The other end of a flow as a policy sees it: pods of one workload, or address blocks. */
export type Peer =
    | { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
    | { readonly blocks: readonly IpBlock[]; readonly addresses: AddressSet };

/** The peer of a flow's other end, and the ports that a policy has to allow. */
export interface Contact {
    readonly peer: Peer;
    readonly ports: PortSet;
    readonly flow: ResolvedFlow;
}

/** The peer for the other end of a flow, seen from a pod. Throws SettingsError when its addresses are not set. */
export function contact(flow: ResolvedFlow, direction: Direction, settings: NetworkSettings): Contact {
    const role = direction === "ingress" ? flow.from : flow.to;
    const ports =
        role.kind === "controlPlane" && direction === "egress"
            ? controlPlanePorts(flow, settings)
            : portSet(flow.transport, flow.ports);
    return { peer: peerOf(role, direction, settings), ports, flow };
}

/** A role as the peer of a pod. Throws SettingsError when its addresses are not set. */
export function peerOf(role: Role, direction: Direction, settings: NetworkSettings): Peer {
    switch (role.kind) {
        case "workload":
        case "service":
            if (role.workload === undefined) {
                throw new Error(`Role ${role.name} has no workload`);
            }
            return { namespace: role.workload.namespace, labels: role.podLabels };
        case "people":
        case "external":
        case "internet":
            if (direction === "ingress" && settings.edge === "proxyProtocol") {
                return blocksPeer(cidrBlocks(settings.loadBalancerCidrs, role, "loadBalancerCidrs"));
            }
            if (role.cidrs !== undefined) {
                return blocksPeer(cidrBlocks(settings.people[role.cidrs], role, `people.${role.cidrs}`));
            }
            return blocksPeer(direction === "ingress" ? INTERNET_SOURCES : INTERNET_DESTINATIONS);
        case "controlPlane":
            return blocksPeer(cidrBlocks(settings.controlPlane.cidrs, role, "controlPlane.cidrs"));
        case "loadBalancer":
            return blocksPeer(cidrBlocks(settings.loadBalancerCidrs, role, "loadBalancerCidrs"));
        case "nodes": {
            const key = role.cidrs ?? role.slug;
            return blocksPeer(cidrBlocks(settings.people[key], role, `people.${key}`));
        }
        case "group":
            throw new Error(`Group ${role.name} should have been replaced by its members`);
    }
}

function cidrBlocks(cidrs: readonly string[] | undefined, role: Role, key: string): IpBlock[] {
    if (cidrs === undefined || cidrs.length === 0) {
        throw new SettingsError(
            `The setting matrice:network.${key} is missing: it holds the addresses of role ${role.name}.\n` +
                `  Run: ${configCommand(`.${key}[0]`, "203.0.113.0/24")}`,
        );
    }
    return cidrs.map((cidr) => ({ cidr }));
}

function blocksPeer(blocks: readonly IpBlock[]): Peer {
    const known = internet.get(blocks);
    if (known !== undefined) {
        return known;
    }
    const tidy = tidyBlocks(blocks);
    const peer = { blocks: tidy, addresses: addressesOf(tidy) };
    if (blocks === INTERNET_SOURCES || blocks === INTERNET_DESTINATIONS) {
        internet.set(blocks, peer);
    }
    return peer;
}

/** The peers of the internet, which has many blocks and stands in many rules. */
const internet = new Map<readonly IpBlock[], Peer>();

/** A provider may serve the API on another port than the row's; a stack has to declare that. */
function controlPlanePorts(flow: ResolvedFlow, { controlPlane }: NetworkSettings): PortSet {
    const { port, translated } = controlPlane;
    const written = flow.ports.length === 1 && flow.ports[0].from === port && flow.ports[0].to === port;
    if (port === undefined || written) {
        return portSet(flow.transport, flow.ports);
    }
    if (translated !== true) {
        const ports = flow.ports.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(", ");
        throw new SettingsError(
            `The control plane is served on ${port}, the row ${flow.source} → ${flow.destination} ` +
                `(${flow.place.file}:${flow.place.line}) says ${ports}: an undeclared translation is refused.\n` +
                `  If the provider translates the port, run: ${configCommand(".controlPlane.translated", "true")}`,
        );
    }
    return portSet(flow.transport, [{ from: port, to: port }]);
}

/** Equal for peers that are written the same. */
export function peerKey(peer: Peer): string {
    return JSON.stringify(
        "blocks" in peer
            ? peer.blocks
            : [peer.namespace, Object.entries(peer.labels).sort(([a], [b]) => (a < b ? -1 : 1))],
    );
}

/** Whether every pod or address of `part` is one of `whole`. */
export function coversPeer(whole: Peer, part: Peer): boolean {
    if ("blocks" in whole || "blocks" in part) {
        return "blocks" in whole && "blocks" in part && covers(whole.addresses, part.addresses);
    }
    return (
        whole.namespace === part.namespace &&
        Object.entries(whole.labels).every(([key, value]) => part.labels[key] === value)
    );
}

/** Whether some pod or address may be of both. */
export function meetsPeer(a: Peer, b: Peer): boolean {
    if ("blocks" in a || "blocks" in b) {
        return "blocks" in a && "blocks" in b && overlaps(a.addresses, b.addresses);
    }
    return (
        a.namespace === b.namespace &&
        Object.entries(a.labels).every(([key, value]) => b.labels[key] === undefined || b.labels[key] === value)
    );
}

/** The peer as a policy writes it: namespaceSelector and podSelector together, never as two peers. */
export function peerSpec(peer: Peer): NetworkPolicyPeer[] {
    return "blocks" in peer
        ? peer.blocks.map((ipBlock) => ({ ipBlock }))
        : [
              {
                  namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: peer.namespace } },
                  podSelector: { matchLabels: { ...peer.labels } },
              },
          ];
}
