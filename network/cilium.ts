import type { Matrix, ResolvedFlow, Role } from "../matrix";
import type { KubernetesObject, LabelSelector } from "./kubernetes";
import { hasPort, portRanges, portSet, unitePorts, type PortSet } from "./ports";
import { SettingsError, type NetworkSettings } from "./settings";

/** What a policy by host names allows: the ports of one other party. */
export interface NamedRule {
    readonly to: Role;
    readonly ports: PortSet;
    readonly flows: readonly ResolvedFlow[];
}

interface CiliumPorts {
    ports: { port: string; endPort?: number; protocol: string }[];
    rules?: { dns: { matchPattern: string }[] };
}

/** https://docs.cilium.io/en/stable/security/policy/language/#dns-based */
export interface CiliumNetworkPolicy extends KubernetesObject {
    apiVersion: "cilium.io/v2";
    kind: "CiliumNetworkPolicy";
    spec: {
        endpointSelector: LabelSelector;
        egress: {
            toFQDNs?: { matchName?: string; matchPattern?: string }[];
            toEndpoints?: LabelSelector[];
            toPorts: CiliumPorts[];
        }[];
    };
}

/** The port of the domain name system (RFC 1035, 4.2). */
const DNS_PORT = 53;
/** How Cilium calls a pod's namespace among its labels. */
const CILIUM_NAMESPACE = "k8s:io.kubernetes.pod.namespace";

/** Whether the network plugin can hold a flow by the names of its destination, so that no addresses need be open. */
export function isByName(flow: ResolvedFlow, { cni }: NetworkSettings): boolean {
    const to = partyOf(flow);
    return cni === "cilium" && to.kind === "external" && to.hosts.length > 0 && to.cidrs === undefined;
}

/** The destination; the other party that the row means, where the inventory narrows it. */
function partyOf({ to, narrowed }: ResolvedFlow): Role {
    return narrowed ?? to;
}

/** One rule for each other party that flows lead to by name, in the order of their names. */
export function namedRules(flows: readonly ResolvedFlow[], settings: NetworkSettings): NamedRule[] {
    const byRole = new Map<Role, ResolvedFlow[]>();
    for (const flow of flows.filter((one) => isByName(one, settings))) {
        byRole.set(partyOf(flow), [...(byRole.get(partyOf(flow)) ?? []), flow]);
    }
    return [...byRole]
        .sort(([a], [b]) => (a.slug < b.slug ? -1 : 1))
        .map(([to, own]) => ({
            to,
            ports: unitePorts(...own.map((flow) => portSet(flow.transport, flow.ports))),
            flows: own,
        }));
}

/** The spec of the policy that opens the names, and the names alone, to a role. Throws SettingsError without DNS row. */
export function namedSpec(role: Role, rules: readonly NamedRule[], matrix: Matrix): CiliumNetworkPolicy["spec"] {
    return {
        endpointSelector: { matchLabels: { ...role.podLabels } },
        egress: [
            ...rules.map(({ to, ports }) => ({
                toFQDNs: [...to.hosts]
                    .sort()
                    .map((host) => (host.includes("*") ? { matchPattern: host } : { matchName: host })),
                toPorts: [{ ports: ciliumPorts(ports) }],
            })),
            dnsRule(role, matrix),
        ],
    };
}

/**
 * Cilium learns the addresses of names from the answers to the pod's own questions, which a rule about DNS makes it
 * read. It opens no more than the row to the cluster's DNS does.
 */
function dnsRule(role: Role, matrix: Matrix): CiliumNetworkPolicy["spec"]["egress"][number] {
    const questions = matrix
        .flowsFrom(role)
        .filter((flow) => flow.to.kind === "service")
        .filter((flow) => hasPort(portSet(flow.transport, flow.ports), flow.transport, DNS_PORT));
    if (questions.length === 0) {
        throw new SettingsError(
            `With cni: cilium ${role.name} reaches other parties by name, and no row lets it ask the cluster's DNS.\n` +
                `  Add to the annex:  | ${role.name} | <cluster DNS> | ${DNS_PORT} | TCP-UDP | names of other parties |`,
        );
    }
    const transports = [...new Set(questions.map(({ transport }) => transport))].sort();
    const services = [...new Set(questions.map(({ to }) => to))];
    return {
        toEndpoints: services.map(({ workload, podLabels }) => ({
            matchLabels: { [CILIUM_NAMESPACE]: workload!.namespace, ...podLabels },
        })),
        toPorts: [
            {
                ports: transports.map((protocol) => ({ port: String(DNS_PORT), protocol })),
                rules: { dns: [{ matchPattern: "*" }] },
            },
        ],
    };
}

function ciliumPorts(ports: PortSet): CiliumPorts["ports"] {
    return portRanges(ports).map(({ transport, from, to }) => ({
        port: String(from),
        ...(to > from ? { endPort: to } : {}),
        protocol: transport,
    }));
}
