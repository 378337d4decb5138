import { flatten, type KubernetesObject } from "../network";
import { connectedLabelPresent } from "./connected-label-present";
import { containerPortListed } from "./container-port-listed";
import { defaultDenyPresent } from "./default-deny-present";
import { endpointsByHand } from "./endpoints-by-hand";
import { exceptionValid } from "./exception-valid";
import { flowsRealised } from "./flows-realised";
import { knownObjects } from "./known-objects";
import { loadBalancerSourcesListed } from "./load-balancer-sources-listed";
import { networkPolicyListed } from "./network-policy-listed";
import { noHiddenObjects } from "./no-hidden-objects";
import { noHostPort } from "./no-host-port";
import { noOtherWayIn } from "./no-other-way-in";
import { noOrphanPolicy } from "./no-orphan-policy";
import { nothingWider } from "./nothing-wider";
import { podTemplateRestricted } from "./pod-template-restricted";
import { probePortListed } from "./probe-port-listed";
import { pssLabelsPresent } from "./pss-labels-present";
import { roleKnown } from "./role-known";
import { atLevels } from "./levels";
import { refusedFlowsClosed } from "./refused-flows-closed";
import type { Finding, ObjectRule, RuleContext, StackRule } from "./rule";
import { servicePortListed } from "./service-port-listed";
import { targetPortListed } from "./target-port-listed";

/** The rules that judge one object, in the order their findings are printed. */
export const objectRules: ObjectRule[] = [
    roleKnown,
    servicePortListed,
    containerPortListed,
    probePortListed,
    targetPortListed,
    networkPolicyListed,
    noHostPort,
    loadBalancerSourcesListed,
    endpointsByHand,
    noOtherWayIn,
    noHiddenObjects,
    connectedLabelPresent,
    podTemplateRestricted,
    pssLabelsPresent,
    exceptionValid(() => ({ object: objectRules, stack: stackRules })),
];

/** The rules that judge all objects of a stack together. */
export const stackRules: StackRule[] = [
    defaultDenyPresent,
    nothingWider,
    refusedFlowsClosed,
    flowsRealised,
    noOrphanPolicy,
];

/** The names of all rules. */
export const ruleNames = (): string[] => [...objectRules, ...stackRules].map(({ name }) => name);

/** Everything that the object rules have against an object; a List is judged item by item. */
export function checkObject(object: KubernetesObject, context: RuleContext): Finding[] {
    return flatten([object]).flatMap((item) =>
        objectRules.flatMap((rule) => atLevels(rule.check(item, context), context.levels)),
    );
}

/** Everything that the stack rules have against the objects of a stack. */
export function checkStack(objects: KubernetesObject[], context: RuleContext): Finding[] {
    const known = knownObjects(objects);
    return stackRules.flatMap((rule) => atLevels(rule.check(known, context), context.levels));
}
