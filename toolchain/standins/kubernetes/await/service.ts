/**
 * A Service is ready when it targets pods (ready or not: what waits for them is their workload), and a LoadBalancer when
 * it has an address: https://kubernetes.io/docs/concepts/services-networking/service/
 */
import type { Properties } from "../../properties";
import { list, name, namespace, record, text } from "../objects";
import { warningTexts } from "./pods";
import { type Awaiter, type Readiness, ready, type WaitContext, waiting } from "./readiness";

async function look(live: Properties, context: WaitContext): Promise<Readiness> {
    const type = text(live, "spec", "type");
    const reasons: string[] = [];
    const selects = Object.keys(record(live, "spec", "selector")).length > 0;
    const headless = text(live, "spec", "clusterIP") === "None";
    if (type !== "ExternalName" && !headless && selects && !(await hasEndpoints(live, context))) {
        reasons.push(
            "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
        );
    }
    if (type === "LoadBalancer" && list(live, "status", "loadBalancer", "ingress").length === 0) {
        reasons.push("Service was not allocated an IP address; does your cloud provider support this?");
    }
    return reasons.length === 0 ? ready : waiting(...reasons);
}

async function hasEndpoints(live: Properties, context: WaitContext): Promise<boolean> {
    const slices = await context.cluster.client.get(
        `/apis/discovery.k8s.io/v1/namespaces/${namespace(live)}/endpointslices`,
        { labelSelector: `kubernetes.io/service-name=${name(live)}` },
    );
    return list(slices, "items").some((slice) => list(slice, "endpoints").length > 0);
}

export const service: Awaiter = { seconds: 600, look, explain: warningTexts };
