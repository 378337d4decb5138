import * as k8s from "@pulumi/kubernetes";

/** Where client libraries look for the token. */
const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * What automountServiceAccountToken would mount, in one container alone: a token of the Kubernetes API that ends within
 * the hour and is renewed. https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
 */
export function apiToken(): {
    readonly volume: k8s.types.input.core.v1.Volume;
    readonly mount: k8s.types.input.core.v1.VolumeMount;
} {
    return {
        volume: {
            name: "token",
            projected: {
                defaultMode: 0o440,
                sources: [
                    { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
                    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
                    {
                        downwardAPI: {
                            items: [
                                {
                                    path: "namespace",
                                    fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
                                },
                            ],
                        },
                    },
                ],
            },
        },
        mount: { name: "token", mountPath: FOLDER, readOnly: true },
    };
}
