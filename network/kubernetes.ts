import type { Transport } from "../matrix";
import type { IpBlock } from "./addresses";

/** A Kubernetes object as JSON. */
export interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata: {
        name?: string;
        namespace?: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
        ownerReferences?: { kind: string; name: string; controller?: boolean }[];
    };
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape of the rest depends on the kind
    [key: string]: any;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ */
export interface LabelSelector {
    matchLabels?: Record<string, string>;
    matchExpressions?: {
        key: string;
        operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
        values?: string[];
    }[];
}

export interface NetworkPolicyPeer {
    namespaceSelector?: LabelSelector;
    podSelector?: LabelSelector;
    ipBlock?: IpBlock;
}

export interface NetworkPolicyPort {
    protocol?: Transport;
    port?: number | string;
    endPort?: number;
}

export interface NetworkPolicySpec {
    podSelector?: LabelSelector;
    policyTypes?: ("Ingress" | "Egress")[];
    ingress?: { from?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[];
    egress?: { to?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[];
}

/** https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
export interface NetworkPolicy extends KubernetesObject {
    apiVersion: "networking.k8s.io/v1";
    kind: "NetworkPolicy";
    spec: NetworkPolicySpec;
}

/** The label that the API server puts on every namespace; nobody can change it. */
export const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

/** How messages name an object: "Service e-chauffeur/api". */
export function objectName({ kind, metadata }: KubernetesObject): string {
    return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name ?? "(unnamed)"}`;
}

/** The objects with every List among them replaced by its items. */
export function flatten(objects: readonly KubernetesObject[]): KubernetesObject[] {
    return objects.flatMap((object) =>
        object.kind.endsWith("List") && Array.isArray(object.items) ? flatten(object.items) : [object],
    );
}
