import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";

/** Where a role's objects are and what they are called. Throws when the inventory gives the role no workload. */
export function workloadOf(role: Role): { namespace: string; name: string } {
    if (role.workload === undefined) {
        throw new pulumi.RunError(
            `Role ${role.name} (${role.kind}) has no workload: give it one in inventory.yaml, "workload: namespace/name".`,
        );
    }
    return role.workload;
}

export function nameOf(role: Role): string {
    return workloadOf(role).name;
}

/**
 * The labels of every object of a role. A pod is selected by `app.kubernetes.io/name` and by the label that connects
 * it, `matrice.dev/connected`: removing that one isolates the pod.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function labels(role: Role): Record<string, string> {
    return { ...role.podLabels, ...objectLabels(role) };
}

function objectLabels(role: Role): Record<string, string> {
    return {
        "app.kubernetes.io/name": nameOf(role),
        "app.kubernetes.io/part-of": role.platform,
        "app.kubernetes.io/managed-by": "matrice",
    };
}

/** Name, namespace and labels of an object that bears its role's name, or that name with a suffix. */
export function metadata(
    role: Role,
    suffix?: string,
): { name: string; namespace: string; labels: Record<string, string> } {
    const { namespace, name } = workloadOf(role);
    return { name: suffix === undefined ? name : `${name}-${suffix}`, namespace, labels: objectLabels(role) };
}

/**
 * Namespace and labels without a name: Pulumi then names the object and replaces it under a new name when its data
 * change, which rolls the pods that mount it.
 */
export function unnamed(role: Role): { namespace: string; labels: Record<string, string> } {
    return { namespace: workloadOf(role).namespace, labels: objectLabels(role) };
}

/** The port that a role serves for a purpose, or undefined where no row opens one. */
export function portOf(role: Role, purpose: string): number | undefined {
    return role.listeners().some(({ purposes }) => purposes.includes(purpose)) ? role.port(purpose) : undefined;
}

/** The name by which the cluster's DNS knows a role's Service, whole: no search list is walked to find it. */
export function hostOf(role: Role): string {
    const { namespace, name } = workloadOf(role);
    return `${name}.${namespace}.svc.cluster.local`;
}

/** Creates the identity of a role's pods, which no pod of another role has. */
export function serviceAccount(
    name: string,
    role: Role,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccount {
    return new k8s.core.v1.ServiceAccount(
        name,
        { metadata: metadata(role), automountServiceAccountToken: false },
        opts,
    );
}

/** Creates a budget that lets one pod of a role be evicted at a time; a lone pod has none, or a node never drains. */
export function disruptionBudget(
    name: string,
    role: Role,
    replicas: number,
    opts: pulumi.CustomResourceOptions,
): k8s.policy.v1.PodDisruptionBudget | undefined {
    if (replicas < 2) return undefined;
    return new k8s.policy.v1.PodDisruptionBudget(
        name,
        {
            metadata: metadata(role),
            spec: {
                maxUnavailable: 1,
                selector: { matchLabels: role.podLabels },
                // A pod that crashes must not keep its node from being drained.
                unhealthyPodEvictionPolicy: "AlwaysAllow",
            },
        },
        opts,
    );
}
