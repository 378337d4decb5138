import type { Matrix, ResolvedFlow, Role } from "../matrix";
import type { AddressSet } from "./addresses";
import type { PodClass } from "./classes";
import { difference, intersection, union } from "./intervals";
import { flatten, type KubernetesObject } from "./kubernetes";
import { contact, meetsPeer, type Contact, type Peer } from "./peers";
import { podsOf } from "./pods";
import type { Direction } from "./policy-rules";
import { intersectPorts, noPorts, NO_PORTS, unitePorts, type PortSet } from "./ports";
import { reach, type Reach } from "./reach";
import type { NetworkSettings } from "./settings";

/** A row that refuses a flow which the objects let through all the same. */
export interface OpenRefusal {
    readonly flow: ResolvedFlow;
    /** The ports of the row that are open. */
    readonly ports: PortSet;
    /** Where one end is outside the cluster, the addresses for which they are. */
    readonly addresses?: AddressSet;
    /** The rows that may have opened it: those between the same pods, or with some of the same addresses. */
    readonly openedBy: readonly ResolvedFlow[];
}

/**
 * The refusing rows of a matrix (`Matrix.refused`) that do not hold: what they refuse can connect by the policies among
 * the objects. A role of which the objects have no pods is judged as if it had one, so policies alone can be judged.
 *
 * A refused internet does not contradict rows about people with addresses of their own, which are a part of it; it does
 * contradict rows about other parties whose names the network plugin does not know, since those open all of it. Where
 * neither end is a pod no policy says anything, and nothing is found. Throws SettingsError, PolicyError.
 */
export function openRefusals(
    matrix: Matrix,
    objects: readonly KubernetesObject[],
    settings: NetworkSettings,
): OpenRefusal[] {
    if (matrix.refused.length === 0) {
        return [];
    }
    const judged = reach([...objects, ...missingPods(matrix, objects)]);
    const classes = new Map<Role | undefined, PodClass[]>();
    for (const one of judged.classes) {
        const role = matrix.roleOfPod(one.pods[0].namespace, one.pods[0].labels);
        classes.set(role, [...(classes.get(role) ?? []), one]);
    }
    const podsOfRole = (role: Role) => classes.get(role) ?? [];
    return matrix.refused.flatMap((flow) => {
        const [sources, destinations] = [podsOfRole(flow.from), podsOfRole(flow.to)];
        if (flow.from.workload !== undefined && flow.to.workload !== undefined) {
            return betweenPods(matrix, flow, sources, destinations, judged, settings);
        }
        if (flow.from.workload === undefined && flow.to.workload === undefined) {
            return [];
        }
        return flow.from.workload === undefined
            ? withAddresses(matrix, flow, "ingress", destinations, judged, settings)
            : withAddresses(matrix, flow, "egress", sources, judged, settings);
    });
}

/** A pod for each role that has none among the objects. */
function missingPods(matrix: Matrix, objects: readonly KubernetesObject[]): KubernetesObject[] {
    const present = new Set(
        podsOf(flatten(objects)).map(({ namespace, labels }) => matrix.roleOfPod(namespace, labels)),
    );
    return matrix.roles
        .filter((role) => role.workload !== undefined && !present.has(role))
        .map(({ workload, podLabels }) => ({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { ...workload!, labels: { ...podLabels } },
            spec: { containers: [{ name: "main" }] },
        }));
}

function betweenPods(
    matrix: Matrix,
    flow: ResolvedFlow,
    sources: readonly PodClass[],
    destinations: readonly PodClass[],
    judged: Reach,
    settings: NetworkSettings,
): OpenRefusal[] {
    const refused = contact(flow, "egress", settings).ports;
    const open = sources.flatMap((source) =>
        destinations.map((destination) => intersectPorts(refused, judged.portsBetween(source, destination))),
    );
    const ports = unitePorts(NO_PORTS, ...open);
    const rows = matrix.flowsFrom(flow.from).filter(({ to }) => to === flow.to);
    return noPorts(ports) ? [] : [{ flow, ports, openedBy: rows }];
}

function withAddresses(
    matrix: Matrix,
    flow: ResolvedFlow,
    direction: Direction,
    pods: readonly PodClass[],
    judged: Reach,
    settings: NetworkSettings,
): OpenRefusal[] {
    const refused = contact(flow, direction, settings);
    const own = direction === "ingress" ? flow.to : flow.from;
    const rows = direction === "ingress" ? matrix.flowsTo(own) : matrix.flowsFrom(own);
    const contacts = rows.map((row) => contact(row, direction, settings)).filter(({ peer }) => "blocks" in peer);
    let ports = NO_PORTS;
    let addresses: AddressSet = [];
    for (const part of pods.flatMap((one) => judged.outside(direction, one))) {
        const openPorts = intersectPorts(part.ports, refused.ports);
        if (!noPorts(openPorts)) {
            const allowed = contacts.filter(
                (other) => isPartOf(other, refused, direction) && !noPorts(intersectPorts(other.ports, openPorts)),
            );
            const rest = difference(
                intersection(part.addresses, addressesOfPeer(refused.peer)),
                union<bigint>(...allowed.map(({ peer }) => addressesOfPeer(peer))),
            );
            if (rest.length > 0) {
                ports = unitePorts(ports, openPorts);
                addresses = union(addresses, rest);
            }
        }
    }
    const openedBy = contacts
        .filter((other) => meetsPeer(other.peer, refused.peer) && !noPorts(intersectPorts(other.ports, ports)))
        .map((other) => other.flow);
    return addresses.length === 0 ? [] : [{ flow, ports, addresses, openedBy }];
}

/** Whether a row is about a part of the internet that another row is about: the end it names has addresses of its own. */
function isPartOf(other: Contact, whole: Contact, direction: Direction): boolean {
    const end = ({ flow }: Contact) => (direction === "ingress" ? flow.from : flow.to);
    return end(whole).kind === "internet" && end(whole) !== end(other) && end(other).cidrs !== undefined;
}

function addressesOfPeer(peer: Peer): AddressSet {
    return "blocks" in peer ? peer.addresses : [];
}
