import type { Matrix, ResolvedFlow, Role } from "../matrix";
import type { PodClass } from "./classes";
import { difference, union } from "./intervals";
import { flatten, type KubernetesObject } from "./kubernetes";
import { contact } from "./peers";
import { coversPorts, portSet } from "./ports";
import { reach, type Reach } from "./reach";
import { unrealised } from "./realised";
import type { NetworkSettings } from "./settings";

/**
 * How far a flow is shown to be as written. `declared`: a row says so, and nothing among the objects answers to it.
 * `admitted`: both ends' pods and a listener stand among objects that an API server took. `computed`: their policies let
 * it through besides, by {@link reach}. Nothing here sends a packet, so nothing is more than computed.
 */
export type Grade = "declared" | "admitted" | "computed";

export interface Evidence {
    readonly flow: ResolvedFlow;
    readonly grade: Grade;
}

/**
 * The grade of each flow of a matrix by the objects of a cluster. Where neither end is a pod no policy says anything, and
 * the flow stays declared. Throws SettingsError, PolicyError.
 */
export function evidence(matrix: Matrix, objects: readonly KubernetesObject[], settings: NetworkSettings): Evidence[] {
    const all = flatten(objects);
    const judged = reach(all);
    const classes = new Map<Role | undefined, PodClass[]>();
    for (const one of judged.classes) {
        const [{ namespace, labels }] = one.pods;
        const role = matrix.roleOfPod(namespace, labels);
        classes.set(role, [...(classes.get(role) ?? []), one]);
    }
    const silent = new Set(unrealised(matrix, all).map(({ flow }) => flow));
    return matrix.flows.map((flow) => {
        const own = [flow.from, flow.to].filter(({ kind }) => kind === "workload");
        if (own.length === 0 || silent.has(flow) || own.some((role) => !classes.has(role))) {
            return { flow, grade: "declared" };
        }
        return { flow, grade: isOpen(flow, judged, classes, settings) ? "computed" : "admitted" };
    });
}

function isOpen(
    flow: ResolvedFlow,
    judged: Reach,
    classes: ReadonlyMap<Role | undefined, PodClass[]>,
    settings: NetworkSettings,
): boolean {
    const [sources, destinations] = [flow.from, flow.to].map((role) => classes.get(role) ?? []);
    if (flow.from.workload !== undefined && flow.to.workload !== undefined) {
        const ports = portSet(flow.transport, flow.ports);
        // Pods that the platform does not own may be missing from the objects: their end is not its matter.
        return sources.every((source) =>
            destinations.every((destination) => coversPorts(judged.portsBetween(source, destination), ports)),
        );
    }
    const side = flow.from.workload === undefined ? "ingress" : "egress";
    const { peer, ports } = contact(flow, side, settings);
    const addresses = "blocks" in peer ? peer.addresses : [];
    return (side === "ingress" ? destinations : sources).every((one) => {
        const open = judged.outside(side, one).filter((part) => coversPorts(part.ports, ports));
        return difference(addresses, union(...open.map((part) => part.addresses))).length === 0;
    });
}
