import type { Role } from "../matrix";
import type { Field } from "./field";
import { listens, refusePort } from "./listeners";
import { containers, eachRole, groupKind } from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";

/**
 * A container, init and ephemeral ones included, declares ports of its pod's role alone; it may declare none.
 * Exporters and other sidecars are held to the role's rows as well: their port is a listener of the role.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
 */
export const containerPortListed = objectRule(
    "container-port-listed",
    "A container listens only on ports that the matrix lists for its role.",
    (object, report, context) =>
        eachRole(object, report, context, (pods, role) => {
            report.each(containers(pods.spec), (container) => checkContainer(container, role, report, context));
            const local = pods.spec.get("listenLocal").value === true;
            for (const port of (!local && operatorPorts[groupKind(object)]) || []) {
                if (!listens(role, "TCP", port)) {
                    refusePort(report, context, role, "TCP", port, { where: "the operator's container" });
                }
            }
        }),
);

/** What the containers that an operator adds listen on. https://prometheus-operator.dev/docs/api-reference/api/ */
const operatorPorts: Record<string, number[]> = {
    "monitoring.coreos.com/Prometheus": [9090],
    "monitoring.coreos.com/PrometheusAgent": [9090],
    "monitoring.coreos.com/Alertmanager": [9093],
    "monitoring.coreos.com/ThanosRuler": [10902],
};

function checkContainer(container: Field, role: Role, report: Report, context: RuleContext): void {
    report.each(container.get("ports").items(), (port) => {
        const transport = port.get("protocol").text() ?? "TCP";
        const number = port.get("containerPort").number();
        if (number === undefined) {
            report.refuse(`${port.path}.containerPort is not a number.`, [], { role: role.name });
        } else if (!listens(role, transport, number)) {
            const name = nameOf(container.get("name"));
            refusePort(report, context, role, transport, number, { where: name && `container ${name}` });
        }
    });
}

/** A name is for the message alone: one that is unknown is left out. */
function nameOf(field: Field): string | undefined {
    try {
        return field.text();
    } catch {
        return undefined;
    }
}
