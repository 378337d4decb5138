import type { Role } from "../matrix";
import type { Field } from "./field";
import { groupKind, namespaceOf, podTemplate, roleByLabels, roleOfTemplate } from "./pods";
import { objectRule } from "./rule";

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
        const kind = groupKind(object);
        let labels: Field | undefined;
        let role: Role | undefined;
        const pods = podTemplate(object);
        if (pods) {
            labels = pods.metadata.get("labels");
            role = roleOfTemplate(context, object, pods);
        } else if (kind === "/Service" || kind === "networking.k8s.io/NetworkPolicy") {
            labels =
                kind === "/Service" ? object.at("spec", "selector") : object.at("spec", "podSelector", "matchLabels");
            role = labels.keys().length > 0 ? roleByLabels(context, namespaceOf(object), labels) : undefined;
        }
        // Pods that the platform does not own have labels of their own.
        if (!labels || role?.podLabels[CONNECTED] === undefined) {
            return;
        }
        const label = labels.get(CONNECTED);
        if (label.text() !== "true") {
            const found = label.present ? `"${label.text()}"` : "missing";
            report.refuse(
                `${label.path} is ${found}: ${pods ? `pods of ${role.name} would have no flow` : `an isolated pod of ${role.name} would stay reachable`}.`,
                [`Set ${CONNECTED}: "true".`],
                { role: role.name },
            );
        }
    },
);
