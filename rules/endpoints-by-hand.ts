import { groupKind, namespaceOf } from "./pods";
import { objectRule } from "./rule";

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
            report.refuse("endpoints written by hand lead a Service to addresses that no role of the matrix has.", [
                "Remove it, and give the Service a selector.",
            ]);
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
