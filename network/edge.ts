import { rangesOverlap, type Matrix, type ResolvedFlow, type Role } from "../matrix";

/**
 * The flows by which something outside the cluster reaches a role. A load balancer hides who calls it, so the flows
 * towards it stand in place of its own: those with a port in common with what it passes on.
 */
export function outsideFlows(matrix: Matrix, role: Role): ResolvedFlow[] {
    return matrix.flowsTo(role).flatMap((flow) => {
        if (flow.from.kind === "loadBalancer") {
            return matrix
                .flowsTo(flow.from)
                .filter((behind) => behind.transport === flow.transport && rangesOverlap(behind.ports, flow.ports));
        }
        return ["people", "internet", "external"].includes(flow.from.kind) ? [flow] : [];
    });
}
