import type { Transport } from "../matrix";
import { addressesOf, AddressError, type AddressSet } from "./addresses";
import type { Classifier } from "./classes";
import { union } from "./intervals";
import {
    objectName,
    type NetworkPolicy,
    type NetworkPolicyPeer,
    type NetworkPolicyPort,
    type NetworkPolicySpec,
} from "./kubernetes";
import { ALL_PORTS, NO_PORTS, portSet, unitePorts, type PortSet } from "./ports";

/** A policy that the API server would refuse; the message names the policy, the place and what is wrong. */
export class PolicyError extends Error {}

export type Direction = "ingress" | "egress";

/** The ports of a rule: numbers, and names whose number each destination pod decides. */
export interface RulePorts {
    readonly numbers: PortSet;
    readonly names: readonly { name: string; transport: Transport }[];
}

/** One rule of a policy, ready to be judged. */
export interface Rule {
    readonly policy: NetworkPolicy;
    /** Its place among the policy's rules of this direction. */
    readonly index: number;
    /** Whether it names no peers, which means all. */
    readonly anyone: boolean;
    /** Selectors of its pod peers, as the classifier numbers them. */
    readonly selectors: readonly number[];
    /** The addresses of its ipBlock peers. They mean addresses outside the cluster: CNIs differ on those of pods. */
    readonly addresses: AddressSet;
    readonly ports: RulePorts;
}

/** A policy read: the pods it selects and, for each direction that it isolates, what it allows. */
export interface PolicyRules {
    readonly subject: number;
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
}

/**
 * The directions that a policy isolates: those it names, else ingress, and egress when it has egress rules.
 * https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
 */
export function directionsOf(spec: NetworkPolicySpec): Direction[] {
    const types = spec.policyTypes ?? [];
    if (types.length === 0) {
        return (spec.egress ?? []).length === 0 ? ["ingress"] : ["ingress", "egress"];
    }
    return (["ingress", "egress"] as const).filter((direction) =>
        types.includes(direction === "ingress" ? "Ingress" : "Egress"),
    );
}

/** Reads a policy, registering its selectors and port names with the classifier. Throws PolicyError. */
export function readPolicy(policy: NetworkPolicy, classifier: Classifier): PolicyRules {
    const namespace = policy.metadata.namespace ?? "default";
    const spec = policy.spec ?? {};
    const directions = directionsOf(spec);
    const read = (direction: Direction): Rule[] | undefined => {
        if (!directions.includes(direction)) {
            return undefined;
        }
        const rules =
            direction === "ingress"
                ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
                : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
        return rules.map(({ peers = [], ports = [] }, index) => {
            const at = `${objectName(policy)}, ${direction}[${index}]`;
            return {
                policy,
                index,
                anyone: peers.length === 0,
                ...readPeers(peers, namespace, classifier, at),
                ports: readPorts(ports, classifier, at),
            };
        });
    };
    return {
        subject: classifier.select(namespace, spec.podSelector ?? {}),
        ingress: read("ingress"),
        egress: read("egress"),
    };
}

function readPeers(peers: NetworkPolicyPeer[], namespace: string, classifier: Classifier, at: string) {
    const selectors: number[] = [];
    let addresses: AddressSet = [];
    for (const { ipBlock, namespaceSelector, podSelector } of peers) {
        if (ipBlock !== undefined) {
            if (namespaceSelector !== undefined || podSelector !== undefined) {
                throw new PolicyError(`${at}: a peer has an ipBlock or selectors, not both`);
            }
            try {
                addresses = union(addresses, addressesOf([ipBlock]));
            } catch (error) {
                throw error instanceof AddressError ? new PolicyError(`${at}: ${error.message}`) : error;
            }
        } else if (namespaceSelector !== undefined || podSelector !== undefined) {
            selectors.push(classifier.select(namespaceSelector ?? namespace, podSelector ?? {}));
        } else {
            throw new PolicyError(`${at}: a peer without ipBlock, namespaceSelector and podSelector`);
        }
    }
    return { selectors, addresses };
}

function readPorts(ports: NetworkPolicyPort[], classifier: Classifier, at: string): RulePorts {
    if (ports.length === 0) {
        return { numbers: ALL_PORTS, names: [] };
    }
    let numbers = NO_PORTS;
    const names: { name: string; transport: Transport }[] = [];
    for (const { protocol: transport = "TCP", port, endPort } of ports) {
        if (endPort !== undefined && (typeof port !== "number" || endPort < port)) {
            throw new PolicyError(`${at}: endPort ${endPort} needs a port number not above it`);
        }
        if (typeof port === "string") {
            classifier.name(port, transport);
            names.push({ name: port, transport });
        } else {
            const ranges = port === undefined ? undefined : [{ from: port, to: endPort ?? port }];
            numbers = unitePorts(numbers, portSet(transport, ranges));
        }
    }
    return { numbers, names };
}
