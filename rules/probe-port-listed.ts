import type { Role } from "../matrix";
import type { Field } from "./field";
import { listening, listens, refusePort } from "./listeners";
import { containers, eachRole } from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";

const hooks = [
    ["livenessProbe"],
    ["readinessProbe"],
    ["startupProbe"],
    ["lifecycle", "postStart"],
    ["lifecycle", "preStop"],
];
const actions = ["httpGet", "tcpSocket", "grpc"];

/**
 * The kubelet connects to a pod on ports of its role alone: probes and lifecycle hooks by httpGet, tcpSocket or grpc.
 * A named port must be one that the container declares; exec and sleep open nothing.
 * https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
 */
export const probePortListed = objectRule(
    "probe-port-listed",
    "Probes and lifecycle hooks use only ports that the matrix lists for their role.",
    (object, report, context) =>
        eachRole(object, report, context, (pods, role) =>
            report.each(containers(pods.spec), (container) => checkContainer(container, role, report, context)),
        ),
);

function checkContainer(container: Field, role: Role, report: Report, context: RuleContext): void {
    for (const hook of hooks) {
        for (const action of actions) {
            report.attempt(() => checkAction(container, [...hook, action], role, report, context));
        }
    }
}

function checkAction(container: Field, path: string[], role: Role, report: Report, context: RuleContext): void {
    const field = container.at(...path);
    if (!field.present) {
        return;
    }
    const port = field.get("port");
    const number = port.number();
    if (number !== undefined) {
        if (!listens(role, "TCP", number)) {
            refusePort(report, context, role, "TCP", number, { where: path.join(".") });
        }
        return;
    }
    const name = port.text();
    const declared = container.get("ports").items();
    if (!declared.some((candidate) => candidate.get("name").text() === name)) {
        report.refuse(
            name ? `${port.path} names "${name}", which the container does not declare.` : `${port.path} is missing.`,
            [listening(role), "Write the port's number, or declare a container port of that name."],
            { role: role.name, port: name },
        );
    }
}
