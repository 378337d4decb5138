import type { KubernetesObject } from "../../network";

/** Groups that an API server has of its own. */
const builtIn =
    /^(apps|batch|autoscaling|policy|networking\.k8s\.io|discovery\.k8s\.io|rbac\.authorization\.k8s\.io|admissionregistration\.k8s\.io|apiregistration\.k8s\.io)$/;

/** Definitions for the custom kinds among objects, which take whatever is written: a rule, not a schema, has to refuse. */
export function definitions(objects: readonly KubernetesObject[]): KubernetesObject[] {
    const kinds = new Map<string, KubernetesObject>();
    for (const { apiVersion, kind, metadata } of objects) {
        const [group, version] = apiVersion.split("/");
        if (version === undefined || builtIn.test(group)) continue;
        const plural = `${kind.toLowerCase()}s`;
        const name = `${plural}.${group}`;
        kinds.set(name, {
            apiVersion: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            // Groups of Kubernetes' own domain are protected.
            metadata: { name, annotations: { "api-approved.kubernetes.io": "unapproved, for tests" } },
            spec: {
                group,
                names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
                scope: metadata.namespace ? "Namespaced" : "Cluster",
                versions: [
                    {
                        name: version,
                        served: true,
                        storage: true,
                        schema: {
                            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                        },
                    },
                ],
            },
        });
    }
    return [...kinds.values()];
}
