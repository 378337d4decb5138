import type { Role } from "../matrix";
import {
    coversPorts,
    NO_PORTS,
    planPolicies,
    unitePorts,
    type Peer,
    type PlannedRule,
    type PolicyPlan,
    type PortSet,
} from "../network";
import { covers, union } from "../network/intervals";
import { coversPeer } from "../network/peers";
import type { RuleContext } from "./rule";

export type Side = "ingress" | "egress";

const indexes = new WeakMap<object, { network: object; plans: Map<Role, PolicyPlan> }>();

/**
 * What the matrix and the network settings let each role connect to: the policies that network/ plans, once per
 * matrix. They are the measure, so that a policy written by hand is held to exactly what Isolation would make.
 */
export function plansOf({ matrix, network }: RuleContext): ReadonlyMap<Role, PolicyPlan> {
    let index = indexes.get(matrix);
    if (index?.network !== network) {
        index = { network, plans: new Map(planPolicies(matrix, network).map((plan) => [plan.role, plan])) };
        indexes.set(matrix, index);
    }
    return index.plans;
}

/** The rules of a role's policy in one direction; none for a role that has no policy. */
export function rulesOf(context: RuleContext, role: Role, side: Side): readonly PlannedRule[] {
    return plansOf(context).get(role)?.[side] ?? [];
}

/** Whether the rules of a role let the whole of a peer use all of the ports. */
export function isAllowed(context: RuleContext, role: Role, side: Side, peer: Peer, ports: PortSet): boolean {
    const rules = rulesOf(context, role, side);
    if ("blocks" in peer) {
        const blocks = rules.flatMap((rule) =>
            "blocks" in rule.peer && coversPorts(rule.ports, ports) ? [rule.peer.addresses] : [],
        );
        return covers(union(...blocks), peer.addresses);
    }
    const fitting = rules.filter((rule) => coversPeer(rule.peer, peer));
    return coversPorts(unitePorts(NO_PORTS, ...fitting.map((rule) => rule.ports)), ports);
}
