import type { Matrix, ResolvedFlow, Role, Transport } from "../matrix";
import { addressesOf, INTERNET_SOURCES, toCidrs } from "./addresses";
import { configCommand, SettingsError, type NetworkSettings } from "./settings";

export interface NodeRulesSettings {
    readonly network: NetworkSettings;
    /** The role of kind `nodes` that the rules are for; left out where the matrix has one alone. */
    readonly role?: string;
    /** Addresses of roles that no key of `network.people` holds, by the name of the role. */
    readonly addresses?: Readonly<Record<string, readonly string[]>>;
}

/** The table that the rules are in: nothing else of the node's is read or changed. */
export const NODE_TABLE = "matrice_nodes";

/** One port of the node's, or one that the node asks, and the rows that open it. */
interface Service {
    readonly transport: Transport;
    readonly from: number;
    readonly to: number;
    readonly flows: ResolvedFlow[];
}

type Direction = "input" | "output";

/**
 * The nftables rules of a node, as text for `nft -f`: who may open the ports that rows open at the node (SSH), and whom
 * it may ask (DNS, NTP). A port that no row names is left as it is, for kubelet, the network plugin and kube-proxy open
 * ports of their own; so is one whose rows come from pods, whose addresses nobody knows: network policies judge those.
 *
 * The rules are a table of their own with hooks for the node's own packets alone: what is forwarded to pods never
 * passes. They run before the usual filters, so that what they drop stays dropped and what they let pass is judged
 * further. https://wiki.nftables.org/wiki-nftables/index.php/Netfilter_hooks
 *
 * Throws SettingsError when the addresses of a role are missing, be it that a setting is to hold them or that other rows
 * of the same port have theirs; Error when the role is not one of nodes.
 */
export function nodeRules(matrix: Matrix, settings: NodeRulesSettings): string {
    const role = nodesRole(matrix, settings.role);
    const chains = [
        ...chain("input", servicesOf(matrix.flowsTo(role)), settings),
        "",
        ...chain("output", servicesOf(matrix.flowsFrom(role)), settings),
    ];
    return [
        `# Rules of the nodes (${role.name}), generated from the matrix of ${matrix.platform}.`,
        "# Declared before it is deleted, a table is replaced whole, whether it was there or not.",
        `table inet ${NODE_TABLE}`,
        `delete table inet ${NODE_TABLE}`,
        `table inet ${NODE_TABLE} {`,
        ...chains.map((line) => (line === "" ? "" : `    ${line}`)),
        "}",
        "",
    ].join("\n");
}

function nodesRole(matrix: Matrix, name: string | undefined): Role {
    const nodes = matrix.roles.filter(({ kind }) => kind === "nodes");
    const role = name === undefined ? nodes[0] : matrix.role(name);
    if (role?.kind !== "nodes" || (name === undefined && nodes.length > 1)) {
        const known = nodes.map((one) => one.name).join(", ") || "none";
        throw new Error(`The rules are for one role of kind nodes: name it (the matrix has: ${known}).`);
    }
    return role;
}

/** The ports of flows, each with its rows, in the order of transports and numbers. */
function servicesOf(flows: readonly ResolvedFlow[]): Service[] {
    const services = new Map<string, Service>();
    for (const flow of flows) {
        for (const { from, to } of flow.ports) {
            const key = `${flow.transport}/${from}-${to}`;
            const service = services.get(key) ?? { transport: flow.transport, from, to, flows: [] };
            service.flows.push(flow);
            services.set(key, service);
        }
    }
    return [...services.values()].sort(
        (a, b) => a.transport.localeCompare(b.transport) || a.from - b.from || a.to - b.to,
    );
}

function chain(direction: Direction, services: readonly Service[], settings: NodeRulesSettings): string[] {
    const judged = services.map((service) => ({ service, peers: peersOf(service, direction, settings) }));
    const left = judged.flatMap(({ service, peers }) => (peers === undefined ? [service] : []));
    const managed = judged.flatMap(({ service, peers }) => (peers === undefined ? [] : [{ service, peers }]));
    return [
        `chain ${direction} {`,
        ...[
            `type filter hook ${direction} priority filter - 10; policy accept;`,
            "ct state established,related accept",
            `${direction === "input" ? "iifname" : "oifname"} "lo" accept`,
            ...left.map((service) => `# ${label(service)} is left to others: ${rows(service)}`),
            ...managed.flatMap(({ service, peers }) => accepts(service, direction, peers)),
            // Every port is shut after all were opened: ranges of two rows may overlap.
            ...managed.map(({ service }) => `${match(service)} counter ${direction === "input" ? "drop" : REJECT}`),
        ].map((line) => `    ${line}`),
        "}",
    ];
}

/** The node's own programs learn at once that they may not. */
const REJECT = "reject with icmpx admin-prohibited";

function accepts(service: Service, direction: Direction, cidrs: readonly string[]): string[] {
    const side = direction === "input" ? "saddr" : "daddr";
    const families = [
        { name: "ip", blocks: cidrs.filter((cidr) => !cidr.includes(":")) },
        { name: "ip6", blocks: cidrs.filter((cidr) => cidr.includes(":")) },
    ];
    return [
        `# ${rows(service)}`,
        ...families.flatMap(({ name, blocks }) =>
            blocks.length === 0 ? [] : [`${name} ${side} { ${blocks.join(", ")} } ${match(service)} accept`],
        ),
    ];
}

function match({ transport, from, to }: Service): string {
    return `${transport.toLowerCase()} dport ${from === to ? from : `${from}-${to}`}`;
}

function label({ transport, from, to }: Service): string {
    return `${from === to ? from : `${from}-${to}`}/${transport}`;
}

function rows({ flows }: Service): string {
    const texts = flows.map(
        ({ from, to, place }) => `${from.name} → ${to.name} (${place.file.split("/").at(-1)}:${place.line})`,
    );
    return [...new Set(texts)].join(", ");
}

/** The addresses at the other end of a service, IPv4 first; undefined when no row of it has any. */
function peersOf(service: Service, direction: Direction, settings: NodeRulesSettings): string[] | undefined {
    const peers = service.flows.map(({ from, to }) => (direction === "input" ? from : to));
    const known = peers.map((peer) => ({ peer, cidrs: cidrsOf(peer, settings) }));
    if (known.every(({ cidrs }) => cidrs === undefined)) return undefined;
    const missing = known.find(({ cidrs }) => cidrs === undefined);
    if (missing !== undefined) {
        throw new SettingsError(
            `The port ${label(service)} of nodes is open to ${missing.peer.name} too, whose addresses are not set: ` +
                `it would be shut out. Give them in the settings of the node rules, addresses["${missing.peer.name}"].`,
        );
    }
    return toCidrs(addressesOf(known.flatMap(({ cidrs = [] }) => cidrs.map((cidr) => ({ cidr })))));
}

function cidrsOf(role: Role, { network, addresses = {} }: NodeRulesSettings): readonly string[] | undefined {
    const own = addresses[role.name] ?? network.people[role.cidrs ?? role.slug];
    if (own !== undefined && own.length > 0) return own;
    if (role.cidrs !== undefined) {
        throw new SettingsError(
            `The setting matrice:network.people.${role.cidrs} is missing: it holds the addresses of role ${role.name}.\n` +
                `  Run: ${configCommand(`.people.${role.cidrs}[0]`, "203.0.113.0/24")}`,
        );
    }
    switch (role.kind) {
        case "internet":
            return INTERNET_SOURCES.map(({ cidr }) => cidr);
        case "loadBalancer":
            return network.loadBalancerCidrs.length > 0 ? network.loadBalancerCidrs : undefined;
        case "controlPlane":
            return network.controlPlane.cidrs.length > 0 ? network.controlPlane.cidrs : undefined;
        default:
            return undefined;
    }
}
