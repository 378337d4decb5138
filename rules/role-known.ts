import type { Field } from "./field";
import { sentence } from "./listeners";
import { groupKind, namespaceOf, podTemplates, roleByLabels, roleOfTemplate } from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";

const label = "app.kubernetes.io/name";

/**
 * What runs, listens or lets in belongs to a role of the inventory: a workload by its namespace and pod label, a Service
 * by its selector, a NetworkPolicy by its pod selector. Namespaces that the platform does not own are refused.
 */
export const roleKnown = objectRule(
    "role-known",
    "Workloads, Services and NetworkPolicies belong to a role of the inventory.",
    (object, report, context) => {
        const kind = groupKind(object);
        if (kind === "/Namespace") {
            checkNamespace(object.at("metadata", "name").text() ?? "", report, context);
            return;
        }
        const pods = podTemplates(object);
        if (pods.length === 0 && !selectors[kind]) {
            return;
        }
        const namespace = namespaceOf(object);
        if (!checkNamespace(namespace, report, context)) {
            return;
        }
        for (const one of pods) {
            report.attempt(() => {
                if (!roleOfTemplate(context, object, one)) {
                    refuseUnknown(one.metadata.get("labels"), namespace, report, context);
                }
            });
        }
        if (selectors[kind] && !selectors[kind](object, context)) {
            refuseUnknown(selectorOf(object, kind), namespace, report, context);
        }
    },
);

const selectorOf = (object: Field, kind: string): Field =>
    kind === "/Service" ? object.at("spec", "selector") : object.at("spec", "podSelector", "matchLabels");

/** Whether what the object selects is settled: a role, or (true) something that another rule judges. */
const selectors: Record<string, (object: Field, context: RuleContext) => unknown> = {
    "/Service": (object, context) => {
        const spec = object.get("spec");
        // No selector: endpoints-by-hand judges it. ExternalName: service-port-listed does.
        return (
            spec.get("type").text() === "ExternalName" ||
            spec.get("selector").keys().length === 0 ||
            roleByLabels(context, namespaceOf(object), spec.get("selector"))
        );
    },
    "networking.k8s.io/NetworkPolicy": (object, context) => {
        const selector = object.at("spec", "podSelector");
        // Every pod of the namespace: network-policy-listed judges what it lets in.
        const everyPod = selector.get("matchLabels").keys().length === 0;
        return everyPod || roleByLabels(context, namespaceOf(object), selector.get("matchLabels"));
    },
};

function checkNamespace(namespace: string, report: Report, context: RuleContext): boolean {
    const { namespaces, platform } = context.matrix;
    if (namespaces.includes(namespace)) {
        return true;
    }
    report.refuse(`namespace ${namespace} is not one of the platform ${platform}.`, [
        `Its namespaces are ${sentence([...namespaces])} (namespaces in ${context.platformFiles.inventory}).`,
    ]);
    return false;
}

function refuseUnknown(labels: Field, namespace: string, report: Report, context: RuleContext): void {
    const name = labels.get(label).text();
    const found = name === undefined ? `no label ${label}` : `${label}: ${name}`;
    const known = context.matrix.roles
        .filter((role) => role.workload?.namespace === namespace && role.podLabels[label])
        .map((role) => role.podLabels[label]);
    report.refuse(`${labels.path} has ${found}, which is no role of namespace ${namespace} in the inventory.`, [
        known.length ? `Its roles there are ${sentence([...new Set(known)].sort())}.` : "It has no role there.",
        `To allow it, add to ${context.platformFiles.inventory} under roles:  <Role>: { workload: ${namespace}/${name ?? "<name>"}, zone: <zone> }`,
    ]);
}
