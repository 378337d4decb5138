import { listens, refusePort } from "./listeners";
import { containers, podTemplate, roleOfTemplate } from "./pods";
import { objectRule } from "./rule";

/**
 * A container, init and ephemeral ones included, declares ports of its pod's role alone; it may declare none.
 * Exporters and other sidecars are held to the role's rows as well: their port is a listener of the role.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
 */
export const containerPortListed = objectRule(
    "container-port-listed",
    "A container listens only on ports that the matrix lists for its role.",
    (object, report, context) => {
        const pods = podTemplate(object);
        const role = pods && roleOfTemplate(context, object, pods);
        if (!role) {
            return;
        }
        report.each(containers(pods.spec), (container) => {
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
        });
    },
);

/** A name is for the message alone: one that is unknown is left out. */
function nameOf(field: { text(): string | undefined }): string | undefined {
    try {
        return field.text();
    } catch {
        return undefined;
    }
}
