import type { Matrix, Role } from "../matrix";
import type { Field } from "./field";
import { listening } from "./listeners";
import {
    containers,
    groupKind,
    namespaceOf,
    podTemplates,
    roleByLabels,
    roleOfTemplate,
    type PodTemplate,
} from "./pods";
import { objectRule, type Report, type RuleContext } from "./rule";

const outside = new Set(["people", "internet", "external", "loadBalancer"]);

/** Whether a role is the edge: some row lets something outside the cluster connect to it. */
export function isEdge(matrix: Matrix, role: Role): boolean {
    return matrix.flowsTo(role).some((flow) => outside.has(flow.from.kind));
}

/**
 * Nothing opens a port of a node: a host port, the host's network or process space, or a node port outside the edge
 * role is reached from outside past every NetworkPolicy.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/ (Host Namespaces, Host Ports)
 */
export const noHostPort = objectRule(
    "no-host-port",
    "Nothing opens a port of a node, save node ports of the edge role.",
    (object, report, context) => {
        const kind = groupKind(object);
        if (kind === "/Service") {
            checkService(object, report, context);
        } else if (kind === "cert-manager.io/Issuer" || kind === "cert-manager.io/ClusterIssuer") {
            checkIssuer(object, report);
        }
        for (const pods of podTemplates(object)) {
            report.attempt(() => checkPods(object, pods, report, context));
        }
    },
);

function checkPods(object: Field, pods: PodTemplate, report: Report, context: RuleContext): void {
    const role = roleOf(() => roleOfTemplate(context, object, pods));
    const whose = role ? ` of role ${role.name}` : "";
    const about = { role: role?.name };
    const listed = role ? [listening(role)] : [];
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
        report.attempt(() => {
            const field = pods.spec.get(key);
            if (field.value === true) {
                report.refuse(
                    `${field.path} is true: the pod${whose} would share the node's.`,
                    [`Remove ${key}.`],
                    about,
                );
            }
        });
    }
    report.each(
        containers(pods.spec).flatMap((container) => container.get("ports").items()),
        (port) => {
            const number = port.get("hostPort").number();
            if (number) {
                const transport = port.get("protocol").text() ?? "TCP";
                report.refuse(
                    `${port.path}.hostPort${whose} opens ${number}/${transport} on the node, past every NetworkPolicy.`,
                    [
                        ...listed,
                        "No row can allow it. Remove hostPort: clients reach the pod by its Service, on the role's ports.",
                    ],
                    { ...about, port: `${number}/${transport}` },
                );
            }
        },
    );
}

function checkService(object: Field, report: Report, context: RuleContext): void {
    const spec = object.get("spec");
    const type = spec.get("type").text() ?? "ClusterIP";
    const asked = spec
        .get("ports")
        .items()
        .filter((port) => port.get("nodePort").number());
    if (type !== "NodePort" && type !== "LoadBalancer" && asked.length === 0) {
        return;
    }
    const role = roleByLabels(context, namespaceOf(object), spec.get("selector"));
    if (role && isEdge(context.matrix, role)) {
        return;
    }
    const what = asked[0]
        ? `${asked[0].path}.nodePort opens ${asked[0].get("nodePort").number()} on every node`
        : `type ${type} opens a port on every node`;
    const whose = role
        ? `${role.name} is not an edge role: no row lets anything outside the cluster connect to it.`
        : "";
    report.refuse(`${what}.`, [...(whose ? [whose] : []), "Use type ClusterIP."], {
        role: role?.name,
        port: asked[0] && `${asked[0].get("nodePort").number()}/${asked[0].get("protocol").text() ?? "TCP"}`,
    });
}

/** cert-manager's HTTP-01 solver makes a Service per challenge, a NodePort one unless told otherwise. */
function checkIssuer(object: Field, report: Report): void {
    report.each(object.at("spec", "acme", "solvers").items(), (solver) => {
        for (const via of ["ingress", "gatewayHTTPRoute"]) {
            const settings = solver.at("http01", via);
            const type = settings.present ? (settings.get("serviceType").text() ?? "NodePort") : "ClusterIP";
            if (type !== "ClusterIP") {
                report.refuse(
                    `${settings.path}.serviceType is ${type}: each challenge would open a port on every node.`,
                    [`Set ${settings.path}.serviceType to ClusterIP.`],
                );
            }
        }
    });
}

/** The role for a message, left out when it cannot be known. */
function roleOf(find: () => Role | undefined): Role | undefined {
    try {
        return find();
    } catch {
        return undefined;
    }
}
