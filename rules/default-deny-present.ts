import type { KubernetesObject } from "../network";
import { Field, UnknownValue } from "./field";
import { groupKind } from "./pods";
import { Report, type StackRule } from "./rule";

/**
 * A default-deny in every namespace of the platform that the stack uses: a policy that selects every pod, names both
 * policy types and has no rules. Without it, a pod that no policy selects accepts and sends anything.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies
 */
export const defaultDenyPresent: StackRule = {
    name: "default-deny-present",
    description: "Every namespace of the platform denies all ingress and egress by default.",
    check(objects, context) {
        const used = new Set(objects.flatMap(namespaceUsed));
        const denied = new Set(objects.filter(isDefaultDeny).map((object) => object.metadata.namespace ?? "default"));
        return context.matrix.namespaces
            .filter((namespace) => used.has(namespace) && !denied.has(namespace))
            .flatMap((namespace) => {
                const report = new Report(defaultDenyPresent.name, `Namespace ${namespace}`);
                report.refuse("no default-deny NetworkPolicy closes it.", [
                    "A pod that no policy selects would accept and send anything.",
                    "Deploy Isolation, or a NetworkPolicy with podSelector: {} and policyTypes: [Ingress, Egress] and no rules.",
                ]);
                return report.findings;
            });
    },
};

function namespaceUsed(object: KubernetesObject): string[] {
    const name = object.kind === "Namespace" ? object.metadata?.name : object.metadata?.namespace;
    return typeof name === "string" ? [name] : [];
}

function isDefaultDeny(object: KubernetesObject): boolean {
    const field = new Field(object);
    const spec = field.get("spec");
    try {
        return (
            groupKind(field) === "networking.k8s.io/NetworkPolicy" &&
            ["matchLabels", "matchExpressions"].every((key) => spec.at("podSelector", key).keys().length === 0) &&
            spec.at("podSelector", "matchExpressions").items().length === 0 &&
            ["Ingress", "Egress"].every((type) =>
                spec
                    .get("policyTypes")
                    .items()
                    .some((item) => item.value === type),
            ) &&
            ["ingress", "egress"].every((side) => spec.get(side).items().length === 0)
        );
    } catch (error) {
        if (!(error instanceof UnknownValue)) {
            throw error;
        }
        // A policy with an unknown value is not known to close anything.
        return false;
    }
}
