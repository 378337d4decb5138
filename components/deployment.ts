import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { podTemplate, type PodArgs } from "./pod";
import { disruptionBudget, metadata, serviceAccount } from "./workload";

export interface DeploymentArgs extends PodArgs {
    readonly replicas: number;
    /**
     * How pods are replaced: `rolling` starts a new one before an old one stops, `recreate` never has two at once.
     * Defaults to rolling.
     */
    readonly replacement?: "rolling" | "recreate";
}

const STRATEGIES = {
    rolling: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    recreate: { type: "Recreate" },
} as const;

/**
 * Creates a role's Deployment with the identity of its pods and, for more than one, their disruption budget.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
 */
export function deployment(
    name: string,
    args: DeploymentArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.apps.v1.Deployment {
    const { replicas, replacement = "rolling", ...pod } = args;
    const { parent } = opts;
    const account = serviceAccount(name, pod.role, { parent });
    disruptionBudget(name, pod.role, replicas, { parent });
    return new k8s.apps.v1.Deployment(
        name,
        {
            metadata: metadata(pod.role),
            spec: {
                replicas,
                revisionHistoryLimit: 3,
                strategy: STRATEGIES[replacement],
                selector: { matchLabels: pod.role.podLabels },
                template: podTemplate(pod),
            },
        },
        pulumi.mergeOptions(opts, { dependsOn: account }),
    );
}
