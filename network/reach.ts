import type { Transport } from "../matrix";
import { ANY_ADDRESS, parseAddress, type AddressSet } from "./addresses";
import { Classifier, portNumber, type PodClass } from "./classes";
import { boundaries, has, intervalSet } from "./intervals";
import { flatten, type KubernetesObject, type NetworkPolicy } from "./kubernetes";
import { podsOf, type PodShape } from "./pods";
import { readPolicy, type Direction, type Rule, type RulePorts } from "./policy-rules";
import { ALL_PORTS, hasPort, intersectPorts, NO_PORTS, noPorts, portSet, unitePorts, type PortSet } from "./ports";
import { readService, servicePorts, type ServicePort } from "./services";

/** One end of a connection: pods of a class, or addresses outside the cluster. */
export type End = { readonly pods: PodClass } | { readonly addresses: AddressSet };

export interface Connection {
    readonly source: End;
    readonly destination: End;
    readonly ports: PortSet;
}

/** What a class may do in one direction: everything, or what the rules of the policies that select it allow. */
interface Sides {
    readonly isolated: boolean;
    readonly policies: readonly NetworkPolicy[];
    readonly rules: readonly Rule[];
}

/** What decides a connection at one of its ends. */
export interface Decision {
    readonly direction: Direction;
    readonly pods: PodClass;
    /** The policies that select the pods in this direction; none leaves them open. */
    readonly policies: readonly NetworkPolicy[];
    /** The rules of those policies that let the connection through. */
    readonly allowedBy: readonly { readonly policy: NetworkPolicy; readonly index: number }[];
}

/**
 * What can connect to what, by the semantics of NetworkPolicy v1: a pod that no policy selects in a direction is open
 * in it; policies only add up; a connection needs the source's egress and the destination's ingress; replies need
 * nothing. https://kubernetes.io/docs/concepts/services-networking/network-policies/
 *
 * The work follows the number of classes and of connections, not the pairs of pods.
 */
export class Reach {
    readonly classes: readonly PodClass[];
    /** Every port of every Service, with the pods behind it. Policies judge the pod's port, after translation. */
    readonly services: readonly ServicePort[];
    private readonly classifier: Classifier;
    private readonly sides: Record<Direction, Sides[]>;

    /** Throws PolicyError for a policy that the API server would refuse. */
    constructor(objects: readonly KubernetesObject[]) {
        const all = flatten(objects);
        this.classifier = new Classifier(podsOf(all), all);
        const policies = all
            .filter((object): object is NetworkPolicy => object.kind === "NetworkPolicy")
            .map((policy) => ({ policy, ...readPolicy(policy, this.classifier) }));
        const services = all
            .filter(({ kind, apiVersion }) => kind === "Service" && apiVersion === "v1")
            .map((service) => readService(service, this.classifier));
        this.classes = this.classifier.divide();
        this.services = services.flatMap((service) => servicePorts(service, this.classifier));

        const gather = (direction: Direction): Sides[] => {
            const sides = this.classes.map(() => ({
                isolated: false,
                policies: [] as NetworkPolicy[],
                rules: [] as Rule[],
            }));
            for (const { policy, subject, [direction]: rules } of policies) {
                for (const { id } of rules === undefined ? [] : this.classifier.classes(subject)) {
                    sides[id].isolated = true;
                    sides[id].policies.push(policy);
                    sides[id].rules.push(...rules!);
                }
            }
            return sides;
        };
        this.sides = { ingress: gather("ingress"), egress: gather("egress") };
    }

    /** The ports on which pods of one class can connect to (other) pods of a class. */
    portsBetween(source: PodClass, destination: PodClass): PortSet {
        const ingress = this.portsOf("ingress", destination, source, destination);
        return noPorts(ingress)
            ? ingress
            : intersectPorts(ingress, this.portsOf("egress", source, destination, destination));
    }

    /** The addresses outside the cluster that a class can be reached from, or reach, divided by ports. */
    outside(direction: Direction, one: PodClass): { addresses: AddressSet; ports: PortSet }[] {
        const { isolated, rules } = this.sides[direction][one.id];
        if (!isolated) {
            return [{ addresses: ANY_ADDRESS, ports: ALL_PORTS }];
        }
        // A port's name means something on the destination alone, and an address has no names.
        const destination = direction === "ingress" ? one : undefined;
        return divideByPorts(
            rules
                .map((rule) => ({
                    addresses: rule.anyone ? ANY_ADDRESS : rule.addresses,
                    ports: resolvePorts(rule.ports, destination),
                }))
                .filter(({ addresses, ports }) => addresses.length > 0 && !noPorts(ports)),
        );
    }

    /** Whether one connection is allowed; an end is a class or an address outside the cluster. */
    allows(source: PodClass | string, destination: PodClass | string, transport: Transport, port: number): boolean {
        if (typeof source !== "string" && typeof destination !== "string") {
            return hasPort(this.portsBetween(source, destination), transport, port);
        }
        if (typeof source === "string" && typeof destination === "string") {
            return true;
        }
        const [direction, one, address] =
            typeof source === "string"
                ? (["ingress", destination as PodClass, source] as const)
                : (["egress", source, destination as string] as const);
        const position = parseAddress(address);
        return this.outside(direction, one).some(
            ({ addresses, ports }) => has(addresses, position) && hasPort(ports, transport, port),
        );
    }

    /** What decides one connection at each of its ends that is a class: it is allowed when each end is open or lets it through. */
    decide(source: PodClass | string, destination: PodClass | string, transport: Transport, port: number): Decision[] {
        const at = (direction: Direction, own: PodClass | string, peer: PodClass | string): Decision[] => {
            if (typeof own === "string") {
                return [];
            }
            const { policies, rules } = this.sides[direction][own.id];
            const target = typeof destination === "string" ? undefined : destination;
            const fits = (rule: Rule) =>
                rule.anyone ||
                (typeof peer === "string"
                    ? has(rule.addresses, parseAddress(peer))
                    : rule.selectors.some((id) => this.classifier.selectors(peer).has(id)));
            const allowedBy = rules.filter(
                (rule) => fits(rule) && hasPort(resolvePorts(rule.ports, target), transport, port),
            );
            return [{ direction, pods: own, policies, allowedBy }];
        };
        return [...at("egress", source, destination), ...at("ingress", destination, source)];
    }

    /** Every allowed connection between classes, and between classes and addresses outside. */
    *connections(): Generator<Connection> {
        const open = this.classes.filter(({ id }) => !this.sides.egress[id].isolated);
        const reachedBy = this.sourcesByDestination();
        for (const destination of this.classes) {
            for (const { addresses, ports } of this.outside("ingress", destination)) {
                yield { source: { addresses }, destination: { pods: destination }, ports };
            }
            const ingress = this.sides.ingress[destination.id];
            // Candidates come from the side that narrows; the other side is then only asked.
            const candidates = ingress.isolated
                ? this.peersOf(ingress.rules)
                : new Set([...open, ...(reachedBy.get(destination) ?? [])]);
            for (const source of candidates) {
                const ports = this.portsBetween(source, destination);
                if (!noPorts(ports)) {
                    yield { source: { pods: source }, destination: { pods: destination }, ports };
                }
            }
        }
        for (const source of this.classes) {
            for (const { addresses, ports } of this.outside("egress", source)) {
                yield { source: { pods: source }, destination: { addresses }, ports };
            }
        }
    }

    /** The class of the pods with these labels; undefined when the objects have no such pod. */
    classOf(namespace: string, labels: Readonly<Record<string, string>>): PodClass | undefined {
        const fits = (pod: PodShape) =>
            pod.namespace === namespace && Object.entries(labels).every(([key, value]) => pod.labels[key] === value);
        return this.classes.find((one) => one.pods.some(fits));
    }

    private peersOf(rules: readonly Rule[]): Set<PodClass> {
        if (rules.some(({ anyone }) => anyone)) {
            return new Set(this.classes);
        }
        const selectors = new Set(rules.flatMap((rule) => rule.selectors));
        return new Set([...selectors].flatMap((selector) => this.classifier.classes(selector)));
    }

    /** For destinations that are open to all, the isolated sources whose egress rules lead there. */
    private sourcesByDestination(): Map<PodClass, PodClass[]> {
        const sources = new Map<PodClass, PodClass[]>();
        for (const source of this.classes) {
            const { isolated, rules } = this.sides.egress[source.id];
            for (const destination of isolated ? this.peersOf(rules) : []) {
                if (!this.sides.ingress[destination.id].isolated) {
                    const known = sources.get(destination);
                    if (known === undefined) {
                        sources.set(destination, [source]);
                    } else {
                        known.push(source);
                    }
                }
            }
        }
        return sources;
    }

    private portsOf(direction: Direction, one: PodClass, peer: PodClass, destination: PodClass): PortSet {
        const { isolated, rules } = this.sides[direction][one.id];
        if (!isolated) {
            return ALL_PORTS;
        }
        const selectors = this.classifier.selectors(peer);
        const fitting = rules.filter((rule) => rule.anyone || rule.selectors.some((id) => selectors.has(id)));
        return unitePorts(NO_PORTS, ...fitting.map((rule) => resolvePorts(rule.ports, destination)));
    }
}

/** Which connections the objects allow, among namespaces, workloads, Pods, Services and NetworkPolicies. */
export function reach(objects: readonly KubernetesObject[]): Reach {
    return new Reach(objects);
}

function resolvePorts({ numbers, names }: RulePorts, destination: PodClass | undefined): PortSet {
    const meant = names.flatMap(({ name, transport }) => {
        const number = destination && portNumber(destination.pods[0], name, transport);
        return number === undefined ? [] : [portSet(transport, [{ from: number, to: number }])];
    });
    return unitePorts(numbers, ...meant);
}

/** Cuts overlapping blocks so that each address has one set of ports, and joins the addresses of equal sets. */
function divideByPorts(
    blocks: { addresses: AddressSet; ports: PortSet }[],
): { addresses: AddressSet; ports: PortSet }[] {
    if (blocks.length < 2) {
        return blocks;
    }
    const edges = boundaries(blocks.map(({ addresses }) => addresses));
    const parts = new Map<string, { addresses: [bigint, bigint][]; ports: PortSet }>();
    for (let i = 0; i + 1 < edges.length; i++) {
        const here = blocks.filter(({ addresses }) => has(addresses, edges[i]));
        if (here.length > 0) {
            const ports = unitePorts(...here.map((block) => block.ports));
            const key = JSON.stringify(ports);
            const part = parts.get(key) ?? { addresses: [], ports };
            part.addresses.push([edges[i], edges[i + 1]]);
            parts.set(key, part);
        }
    }
    return [...parts.values()].map(({ addresses, ports }) => ({ addresses: intervalSet(addresses), ports }));
}
