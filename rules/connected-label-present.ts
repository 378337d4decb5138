import type { Role } from "../matrix";
import type { Field } from "./field";
import { groupKind, namespaceOf, podTemplates, roleByLabels, roleOfTemplate, selectorLabels } from "./pods";
import { objectRule, type Report } from "./rule";

/** The label that connects a pod: removing it isolates the pod from every flow and every Service. */
export const CONNECTED = "matrice.dev/connected";

/**
 * One label connects a pod: it stands in the pod templates, Services and NetworkPolicies of the platform's roles, so
 * that taking it off a pod isolates it. Policies only add up: one that selects without it keeps a quarantined pod open.
 */
export const connectedLabelPresent = objectRule(
    "connected-label-present",
    `Pod templates, Services and NetworkPolicies of a role carry ${CONNECTED}: "true".`,
    (object, report, context) => {
        for (const pods of podTemplates(object)) {
            report.attempt(() => {
                const role = roleOfTemplate(context, object, pods);
                const labels = pods.metadata.get("labels");
                checkLabel(labels.get(CONNECTED), () => labels.get(CONNECTED).text(), role, true, report);
            });
        }
        const kind = groupKind(object);
        if (kind === "/Service") {
            const selector = object.at("spec", "selector");
            const role = selector.keys().length > 0 ? roleByLabels(context, namespaceOf(object), selector) : undefined;
            checkLabel(selector.get(CONNECTED), () => selector.get(CONNECTED).text(), role, false, report);
        } else if (kind === "networking.k8s.io/NetworkPolicy") {
            const selector = object.at("spec", "podSelector");
            const labels = selectorLabels(selector);
            const role =
                Object.keys(labels).length > 0 ? context.matrix.roleOfPod(namespaceOf(object), labels) : undefined;
            checkLabel(selector.at("matchLabels", CONNECTED), () => labels[CONNECTED], role, false, report);
        }
    },
);

function checkLabel(
    label: Field,
    value: () => string | undefined,
    role: Role | undefined,
    pods: boolean,
    report: Report,
): void {
    // Pods that the platform does not own have labels of their own.
    if (role?.podLabels[CONNECTED] === undefined || value() === "true") {
        return;
    }
    const found = value() === undefined ? "missing" : `"${value()}"`;
    report.refuse(
        `${label.path} is ${found}: ${pods ? `pods of ${role.name} would have no flow` : `an isolated pod of ${role.name} would stay reachable`}.`,
        [`Set ${CONNECTED}: "true".`],
        { role: role.name },
    );
}
