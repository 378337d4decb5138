import type { Role } from "../matrix";
import { FLOWS_ANNOTATION, matches, podsOf, type KubernetesObject } from "../network";
import { plansOf } from "./allowed-peers";
import { withException } from "./exceptions";
import { Field } from "./field";
import { sentence } from "./listeners";
import { groupKind } from "./pods";
import { roleKnown } from "./role-known";
import { Report, resourceName, type RuleContext, type StackRule } from "./rule";

/**
 * Every NetworkPolicy selects pods, of the stack or of a role whose workload is still to come, and flows of the matrix
 * stand behind it. A policy left over waits for somebody to wear its labels. One that names no role of the inventory
 * is role-known's, and what one opens network-policy-listed's.
 */
export const noOrphanPolicy: StackRule = {
    name: "no-orphan-policy",
    description: "Every NetworkPolicy selects pods of the stack or a role, and flows stand behind it.",
    check(objects, context) {
        const pods = podsOf(objects);
        return objects.filter(isPolicy).flatMap((policy) => {
            if (roleKnown.check(policy, context).length > 0) {
                return [];
            }
            const report = new Report(noOrphanPolicy.name, resourceName(policy));
            const { namespace = "default" } = policy.metadata;
            const selector = policy.spec?.podSelector ?? {};
            const roles = context.matrix.roles.filter(
                (role) => role.workload?.namespace === namespace && matches(selector, labelsOf(role, context)),
            );
            if (!roles.length && !pods.some((pod) => pod.namespace === namespace && matches(selector, pod.labels))) {
                report.refuse(
                    "its podSelector selects no pod of the stack and no role of the inventory.",
                    [
                        "It would open whatever wears those labels one day.",
                        "Remove it, or select a role by app.kubernetes.io/name alone.",
                    ],
                    { role: context.matrix.roleOfPod(namespace, selector.matchLabels ?? {})?.name },
                );
            } else {
                refuseWithoutFlows(policy, roles, report, context);
            }
            return withException(report, new Field(policy), noOrphanPolicy.name, context);
        });
    },
};

const isPolicy = (object: KubernetesObject) => groupKind(new Field(object)) === "networking.k8s.io/NetworkPolicy";

/** The labels of a role's pods, whether or not the stack has any yet. */
function labelsOf(role: Role, { matrix }: RuleContext): Record<string, string> {
    return {
        "app.kubernetes.io/name": role.workload?.name ?? "",
        "app.kubernetes.io/part-of": matrix.platform,
        ...role.podLabels,
    };
}

function refuseWithoutFlows(policy: KubernetesObject, roles: Role[], report: Report, context: RuleContext): void {
    const role = roles[0]?.name;
    const written = policy.metadata.annotations?.[FLOWS_ANNOTATION];
    const known = new Set(context.matrix.flows.map(({ id }) => id));
    const gone = (written ?? "").split("\n").filter((id) => id.trim() !== "" && !known.has(id.trim()));
    if (gone.length > 0) {
        report.refuse(
            `its annotation ${FLOWS_ANNOTATION} names ${sentence(gone)}, which is no flow of the matrix.`,
            [`Remove the policy, or write the row in ${context.platformFiles.matrix}.`],
            { role },
        );
        return;
    }
    const { podSelector = {}, ingress = [], egress = [] } = policy.spec ?? {};
    const everyPod = matches(podSelector, {});
    // Isolation gives every role a policy, also one that no row names.
    const planned = roles
        .flatMap((one) => plansOf(context).get(one) ?? [])
        .some((plan) => plan.ingress.length + plan.egress.length + plan.byName.length === 0);
    if (!everyPod && !planned && ingress.length + egress.length === 0) {
        report.refuse(
            `no flow stands behind it: it selects ${roles.map(({ name }) => name).join(", ") || "some pods"} and opens nothing.`,
            ["Remove it: default-deny closes what no policy opens."],
            { role },
        );
    }
}
