/**
 * Which fields of which kinds can't be changed in place, so that a change of them replaces the object. Sources: the
 * validation of updates in Kubernetes' API conventions and each kind's reference page, and the official Pulumi
 * provider's documented replacements (ConfigMap and Secret data, so that their users roll).
 */
import { groupOf } from "./objects";

export interface Mutability {
    /** `enableConfigMapMutable`: data of a ConfigMap changes in place. */
    readonly configMaps: boolean;
    /** `enableSecretMutable`: data of a Secret changes in place. */
    readonly secrets: boolean;
}

/** A pattern is a path whose `*` stands for any one name or index; it covers everything below it. */
type Patterns = readonly string[];

const everywhere: Patterns = ["kind", "metadata.name", "metadata.namespace", "metadata.generateName"];

const byKind: Readonly<Record<string, Patterns>> = {
    "apps/DaemonSet": ["spec.selector"],
    "apps/Deployment": ["spec.selector"],
    "apps/ReplicaSet": ["spec.selector"],
    "apps/StatefulSet": ["spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"],
    "batch/Job": [
        "spec.completions",
        "spec.parallelism",
        "spec.selector",
        "spec.template",
        "spec.completionMode",
        "spec.podFailurePolicy",
        "spec.backoffLimitPerIndex",
        "spec.managedBy",
    ],
    "/PersistentVolumeClaim": [
        "spec.accessModes",
        "spec.dataSource",
        "spec.dataSourceRef",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeMode",
        "spec.volumeName",
    ],
    "/ResourceQuota": ["spec.scopes", "spec.scopeSelector"],
    "/Service": ["spec.clusterIP"],
    "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
    "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
    "scheduling.k8s.io/PriorityClass": ["value", "preemptionPolicy"],
    "node.k8s.io/RuntimeClass": ["handler"],
    "networking.k8s.io/IngressClass": ["spec.controller"],
    "discovery.k8s.io/EndpointSlice": ["addressType"],
    "apiextensions.k8s.io/CustomResourceDefinition": [
        "spec.group",
        "spec.scope",
        "spec.names.plural",
        "spec.names.kind",
    ],
};

/** Of a Pod's and a PersistentVolume's spec only these change in place: the rest is fixed. */
const onlyMutable: Readonly<Record<string, Patterns>> = {
    "/Pod": ["spec.activeDeadlineSeconds", "spec.tolerations", "spec.schedulingGates"],
    "/PersistentVolume": [
        "spec.capacity",
        "spec.accessModes",
        "spec.claimRef",
        "spec.mountOptions",
        "spec.persistentVolumeReclaimPolicy",
        "spec.storageClassName",
        "spec.volumeAttributesClassName",
    ],
};

/** Whether a change at this path (names and indices) of an object of this kind replaces the object. */
export function isImmutable(
    apiVersion: string,
    kind: string,
    path: readonly (string | number)[],
    mutability: Mutability,
): boolean {
    if (matchesAny(everywhere, path)) return true;
    const key = `${groupOf(apiVersion)}/${kind}`;
    if (key === "/ConfigMap") {
        return !mutability.configMaps ? matchesAny(["data", "binaryData", "immutable"], path) : path[0] === "immutable";
    }
    if (key === "/Secret") {
        if (matchesAny(["type", "immutable"], path)) return true;
        return !mutability.secrets && matchesAny(["data", "stringData"], path);
    }
    if (onlyMutable[key]) return path[0] === "spec" && !matchesAny(onlyMutable[key], path);
    return matchesAny(byKind[key] ?? [], path);
}

function matchesAny(patterns: Patterns, path: readonly (string | number)[]): boolean {
    return patterns.some((pattern) =>
        pattern
            .split(".")
            .every((step, index) => index < path.length && (step === "*" || step === String(path[index]))),
    );
}
