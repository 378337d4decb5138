import type { Field } from "./field";
import { groupKind } from "./pods";
import { objectRule } from "./rule";

/** Groups whose kinds route traffic from outside to Services, by a controller that the matrix does not list. */
const routing: Record<string, string[]> = {
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
    "networking.istio.io": ["Gateway", "VirtualService"],
    "projectcontour.io": ["HTTPProxy"],
    "route.openshift.io": ["Route"],
};

/**
 * The proxy is the one way in, and its routes come from the matrix. An Ingress or a Gateway route would open another.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/ , https://gateway-api.sigs.k8s.io/
 */
export const noOtherWayIn = objectRule(
    "no-other-way-in",
    "No Ingress, Gateway or route: what comes from outside enters by the edge role and its rows.",
    (object, report) => {
        const [group, kind] = groupKind(object).split("/");
        if (!routing[group]?.includes(kind)) {
            return;
        }
        const ports = openings(object);
        report.refuse(`this ${kind} would let in traffic${ports ? ` on ${ports}` : ""} past the rows of the matrix.`, [
            "Remove it, and add the row <edge role> → <role> to the matrix: the proxy's routes come from the rows.",
        ]);
    },
);

/** The backends or listeners, where they are known: they make the message exact, and decide nothing. */
function openings(object: Field): string {
    try {
        const listeners = object.at("spec", "listeners").items();
        const rules = object.at("spec", "rules").items();
        const paths = rules.flatMap((rule) => rule.at("http", "paths").items());
        const found = [
            ...listeners.map((listener) => listener.get("port").text()),
            ...paths.map((path) =>
                backend(path.at("backend", "service", "name"), path.at("backend", "service", "port", "number")),
            ),
            ...rules
                .flatMap((rule) => rule.get("backendRefs").items())
                .map((ref) => backend(ref.get("name"), ref.get("port"))),
        ];
        return [...new Set(found.filter(Boolean))].join(", ");
    } catch {
        return "";
    }
}

const backend = (name: Field, port: Field) => [name.text(), port.text()].filter(Boolean).join(" ");
