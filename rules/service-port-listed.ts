import type { Role } from "../matrix";
import type { Field } from "./field";
import { listening, listens, portText, refusePort, rowToAdd, sentence } from "./listeners";
import { groupKind, namespaceOf, roleByLabels } from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";

/**
 * A Service answers on ports of its role alone. Its role is its selector's; `port` and `targetPort` are both compared
 * (a named targetPort leads to a container's port, which container-port-listed compares).
 * https://kubernetes.io/docs/concepts/services-networking/service/
 */
export const servicePortListed = objectRule(
    "service-port-listed",
    "A Service opens only ports that the matrix lists for the role it selects.",
    (object, report, context) => {
        if (groupKind(object) !== "/Service") {
            return;
        }
        const spec = object.get("spec");
        report.attempt(() => refuseExternalAddresses(object, report, context));
        if (spec.get("type").text() === "ExternalName") {
            checkExternalName(spec, report, context);
            return;
        }
        const role = roleByLabels(context, namespaceOf(object), spec.get("selector"));
        if (role) {
            report.each(spec.get("ports").items(), (port) => checkPort(port, role, report, context));
        }
    },
);

function checkPort(port: Field, role: Role, report: Report, context: RuleContext): void {
    const transport = port.get("protocol").text() ?? "TCP";
    const number = port.get("port").number();
    const target = port.get("targetPort");
    if (number === undefined) {
        report.refuse(`${port.path}.port is not a number.`, [listening(role)], { role: role.name });
    } else if (!listens(role, transport, number)) {
        refusePort(report, context, role, transport, number);
    }
    const targetNumber = target.number();
    if (targetNumber !== undefined && targetNumber !== number && !listens(role, transport, targetNumber)) {
        refusePort(report, context, role, transport, targetNumber, { where: `${target.path} ${targetNumber}` });
    }
}

/** An address that a Service claims for itself brings in traffic past the edge (CVE-2020-8554). */
function refuseExternalAddresses(object: Field, report: Report, context: RuleContext): void {
    const spec = object.get("spec");
    const addresses = spec.get("externalIPs").items();
    if (addresses.length === 0) {
        return;
    }
    const role = roleByLabels(context, namespaceOf(object), spec.get("selector"));
    const ports = spec
        .get("ports")
        .items()
        .map((port) => portText(port.get("protocol").text() ?? "TCP", port.get("port").text() ?? ""));
    report.refuse(
        `externalIPs claims addresses outside the cluster for ${sentence(ports)}${role ? ` of role ${role.name}` : ""}, which no row of the matrix can list.`,
        [
            ...(role ? [listening(role)] : []),
            "Remove spec.externalIPs; what comes from outside enters by the edge role's load balancer.",
        ],
        { role: role?.name, port: ports[0] },
    );
}

/** An ExternalName is another name for a host outside: the host must be one of an external role's. */
function checkExternalName(spec: Field, report: Report, context: RuleContext): void {
    const host = spec.get("externalName").text()?.toLowerCase().replace(/\.$/, "") ?? "";
    const role = context.matrix.roles.find((candidate) => candidate.hosts.includes(host));
    if (!role) {
        report.refuse(`externalName ${host} is the host of no role in the inventory.`, [
            "Remove the Service, or list the host in inventory.yaml under the external role that it belongs to.",
        ]);
        return;
    }
    report.each(spec.get("ports").items(), (port) => {
        const transport = port.get("protocol").text() ?? "TCP";
        const number = port.get("port").number();
        if (number !== undefined && !listens(role, transport, number)) {
            report.refuse(
                `${number}/${transport} of role ${role.name} is not in the matrix.`,
                [listening(role), rowToAdd(context, { destination: role.name, transport, from: number })],
                { role: role.name, port: `${number}/${transport}` },
            );
        }
    });
}
