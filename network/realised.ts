import type { Matrix, PortRange, ResolvedFlow, Role } from "../matrix";
import { difference, overlaps } from "./intervals";
import { flatten, type KubernetesObject } from "./kubernetes";
import { podsOf } from "./pods";
import { NO_PORTS, portSet, unitePorts, type PortSet } from "./ports";

/** A flow that the documents open and nothing listens for. */
export interface UnrealisedFlow {
    readonly flow: ResolvedFlow;
    /** The ranges of the flow without a listener. */
    readonly ports: readonly PortRange[];
}

/**
 * The flows to workloads of the platform for whose ports the objects have neither a container that declares them nor a
 * Service that leads to them. A single port has to be listened on itself; within a range one listener is enough, since
 * a range is a choice (passive FTP, media). Optional roles that the objects lack are left out.
 */
export function unrealised(matrix: Matrix, objects: readonly KubernetesObject[]): UnrealisedFlow[] {
    const listening = listeners(matrix, flatten(objects));
    return matrix.flows.flatMap((flow) => {
        const ports = listening.get(flow.to) ?? NO_PORTS;
        if (flow.to.kind !== "workload" || (flow.to.optional && !listening.has(flow.to))) {
            return [];
        }
        const missing = flow.ports.filter(({ from, to }) =>
            from === to
                ? difference([[from, to + 1]], ports[flow.transport]).length > 0
                : !overlaps([[from, to + 1]], ports[flow.transport]),
        );
        return missing.length === 0 ? [] : [{ flow, ports: missing }];
    });
}

/** What listens in the pods of each role that the objects have. */
function listeners(matrix: Matrix, objects: readonly KubernetesObject[]): Map<Role, PortSet> {
    const found = new Map<Role, PortSet>();
    const add = (role: Role | undefined, ...ports: PortSet[]) => {
        if (role !== undefined) {
            found.set(role, unitePorts(found.get(role) ?? NO_PORTS, ...ports));
        }
    };
    for (const { namespace, labels, ports } of podsOf(objects)) {
        const sets = ports.map(({ transport, number }) => portSet(transport, [{ from: number, to: number }]));
        add(matrix.roleOfPod(namespace, labels), ...sets);
    }
    for (const { kind, apiVersion, metadata, spec } of objects) {
        if (kind === "Service" && apiVersion === "v1" && spec?.selector !== undefined) {
            const role = matrix.roleOfPod(metadata.namespace ?? "default", spec.selector);
            for (const { port, targetPort = port, protocol = "TCP" } of spec.ports ?? []) {
                if (typeof targetPort === "number") {
                    add(role, portSet(protocol, [{ from: targetPort, to: targetPort }]));
                }
            }
        }
    }
    return found;
}
