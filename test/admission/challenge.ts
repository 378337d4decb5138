import type { KubernetesObject } from "../../network";
import { template } from "../mutations/objects";

/** What cert-manager makes for a challenge. https://cert-manager.io/docs/configuration/acme/http01/ */
const solver = { "acme.cert-manager.io/http01-solver": "true", "acme.cert-manager.io/http-token": "1" };
export const challenge: KubernetesObject[] = ["Pod", "Service", "Ingress"].map((kind) => {
    const metadata = { name: "cm-acme-http-solver-1", namespace: "e-chauffeur", labels: solver };
    const pod = template("acme-solver", { name: "acmesolver", ports: [{ name: "http", containerPort: 8089 }] });
    const backend = { service: { name: "cm-acme-http-solver-1", port: { number: 8089 } } };
    return {
        Pod: {
            apiVersion: "v1",
            kind,
            metadata: { ...metadata, labels: { ...solver, ...pod.metadata.labels } },
            spec: pod.spec,
        },
        Service: { apiVersion: "v1", kind, metadata, spec: { selector: solver, ports: [{ port: 8089 }] } },
        Ingress: {
            apiVersion: "networking.k8s.io/v1",
            kind,
            metadata,
            spec: { rules: [{ http: { paths: [{ path: "/.well-known", pathType: "Exact", backend }] } }] },
        },
    }[kind]!;
});
