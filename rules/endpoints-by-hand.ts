import type { Role } from "../matrix";
import type { Field } from "./field";
import { listening, portText, sentence } from "./listeners";
import { groupKind, namespaceOf } from "./pods";
import { objectRule, type RuleContext } from "./rule";
import { roleOfService } from "./services";

/**
 * Endpoints are the cluster's to write: by hand they lead a Service to any address, past its role's selector.
 * https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
 */
export const endpointsByHand = objectRule(
    "endpoints-by-hand",
    "A Service leads to the pods it selects: no Endpoints, EndpointSlices or Services without a selector.",
    (object, report, context) => {
        const kind = groupKind(object);
        if (kind === "/Endpoints" || kind === "discovery.k8s.io/EndpointSlice") {
            const { role, ports } = about(object, context);
            const whose = role ? ` of role ${role.name}` : "";
            report.refuse(
                `endpoints written by hand lead a Service${whose} to addresses that no role of the matrix has${ports.length ? `, on ${sentence(ports)}` : ""}.`,
                [
                    ...(role ? [listening(role)] : []),
                    "No row can allow it. Remove it, and give the Service a selector: its endpoints are then its role's pods.",
                ],
                { role: role?.name, port: ports[0] },
            );
            return;
        }
        if (kind !== "/Service") {
            return;
        }
        const spec = object.get("spec");
        if (spec.get("type").text() === "ExternalName" || spec.get("selector").keys().length > 0) {
            return;
        }
        const namespace = namespaceOf(object);
        const names = context.matrix.roles
            .filter((role) => role.workload?.namespace === namespace)
            .map((role) => role.workload?.name);
        report.refuse("it has no selector, so its endpoints would be written by hand and its role is unknown.", [
            `Select a role of ${namespace} by app.kubernetes.io/name${names.length ? `: ${names.join(", ")}` : ""}.`,
        ]);
    },
);

/** Whose Service it feeds and on which ports, where that is known: for the message alone. */
function about(object: Field, context: RuleContext): { role?: Role; ports: string[] } {
    try {
        const service = object.at("metadata", "labels", "kubernetes.io/service-name").text();
        const name = service ?? object.at("metadata", "name").text() ?? "";
        const lists = [object, ...object.get("subsets").items()].flatMap((one) => one.get("ports").items());
        return {
            role: roleOfService(namespaceOf(object), name, context),
            ports: lists.map((port) =>
                portText(port.get("protocol").text() ?? "TCP", port.get("port").text() ?? "any"),
            ),
        };
    } catch {
        return { ports: [] };
    }
}
