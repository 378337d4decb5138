import type { Role } from "../matrix";
import type { Field } from "./field";
import { listening, listens, placeText, portText, rowToAdd, sentence } from "./listeners";
import { isEdge } from "./no-host-port";
import { groupKind, namespaceOf } from "./pods";
import { objectRule, type RuleContext } from "./rule";
import { roleOfService } from "./services";

/** Kinds that route traffic from outside to Services, by a controller that the matrix does not list. */
export const routing: Readonly<Record<string, string[]>> = {
    "networking.k8s.io": ["Ingress"],
    extensions: ["Ingress"],
    "gateway.networking.k8s.io": [
        "Gateway",
        "ListenerSet",
        "HTTPRoute",
        "GRPCRoute",
        "TCPRoute",
        "TLSRoute",
        "UDPRoute",
    ],
    "gateway.networking.x-k8s.io": ["XListenerSet"],
    "traefik.io": ["IngressRoute", "IngressRouteTCP", "IngressRouteUDP"],
    "traefik.containo.us": ["IngressRoute", "IngressRouteTCP", "IngressRouteUDP"],
    "networking.istio.io": ["Gateway", "VirtualService", "ServiceEntry", "WorkloadEntry"],
    "projectcontour.io": ["HTTPProxy"],
    "route.openshift.io": ["Route"],
    "k8s.nginx.org": ["VirtualServer", "VirtualServerRoute", "TransportServer", "GlobalConfiguration"],
    "configuration.konghq.com": ["TCPIngress", "UDPIngress"],
    "getambassador.io": ["Host", "Listener", "Mapping", "TCPMapping"],
    "elbv2.k8s.aws": ["TargetGroupBinding"],
    "multicluster.x-k8s.io": ["ServiceExport", "ServiceImport"],
};

/** Whether objects of a kind (`group/Kind`) let traffic in. */
export function routes(groupKind: string): boolean {
    const [group, kind] = groupKind.split("/");
    return routing[group]?.includes(kind) ?? false;
}

/**
 * The proxy is the one way in, and its routes come from the matrix. An Ingress or a Gateway route would open another.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/ , https://gateway-api.sigs.k8s.io/
 */
export const noOtherWayIn = objectRule(
    "no-other-way-in",
    "No Ingress, Gateway or route: what comes from outside enters by the edge role and its rows.",
    (object, report, context) => {
        const kind = groupKind(object);
        if (!routes(kind)) {
            return;
        }
        const found = openings(object, context);
        const edges = context.matrix.roles.filter((role) => isEdge(context.matrix, role)).map(({ name }) => name);
        const ports = found.map(({ text }) => text);
        const role = found.find((opening) => opening.role)?.role;
        const port = found.find((opening) => opening.port !== undefined)?.port;
        report.refuse(
            `this ${kind.split("/")[1]} would let in traffic${ports.length ? ` on ${sentence([...new Set(ports)])}` : ""} past the rows of the matrix.`,
            [
                ...(role ? [listening(role)] : []),
                `What comes from outside enters by ${sentence(edges) || "the edge role"}, whose routes come from the rows. Remove it.`,
                mend(role, port, edges[0], context),
            ],
            { role: role?.name, port: port === undefined ? undefined : portText("TCP", port) },
        );
    },
);

/** The row that routes to a role: the one that stands, or the one to add. */
function mend(
    role: Role | undefined,
    port: number | undefined,
    edge: string | undefined,
    context: RuleContext,
): string {
    const row = role && context.matrix.flowsTo(role).find(({ from }) => from.name === edge);
    return row && (port === undefined || listens(role, "TCP", port))
        ? `The row ${row.source} → ${row.destination} stands already (${placeText(row.place)}).`
        : rowToAdd(context, { source: edge, destination: role?.name, transport: "TCP", from: port ?? "<port>" });
}

interface Opening {
    text: string;
    role?: Role;
    port?: number;
}

/** The backends or listeners, where they are known: they make the message exact, and decide nothing. */
function openings(object: Field, context: RuleContext): Opening[] {
    try {
        const spec = object.get("spec");
        const rules = ["rules", "http", "tcp", "tls", "routes"].flatMap((key) => spec.get(key).items());
        const ingress = [
            spec.get("defaultBackend"),
            ...rules.flatMap((rule) =>
                rule
                    .at("http", "paths")
                    .items()
                    .map((path) => path.get("backend")),
            ),
        ].map((backend) => ({
            name: backend.at("service", "name"),
            port: backend.at("service", "port", "number"),
        }));
        const others = rules
            .flatMap((rule) => ["backendRefs", "services"].flatMap((key) => rule.get(key).items()))
            .map((backend) => ({ name: backend.get("name"), port: backend.get("port") }));
        const listeners = spec
            .get("listeners")
            .items()
            .map((listener) => ({ name: undefined, port: listener.get("port") }));
        return [...listeners, ...ingress, ...others].flatMap(({ name, port }) => {
            const service = name?.text();
            const text = [service, port.text()].filter(Boolean).join(" ");
            const role = service ? roleOfService(namespaceOf(object), service, context) : undefined;
            return text ? [{ text, role, port: port.number() }] : [];
        });
    } catch {
        return [];
    }
}
