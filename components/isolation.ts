import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Matrix } from "../matrix";
import { namedPolicies, policies, type KubernetesObject, type NetworkSettings } from "../network";

export interface IsolationArgs {
    readonly matrix: Matrix;
    readonly network: NetworkSettings;
    /** Refuses to delete the namespaces, and with them everything they hold. Defaults to false. */
    readonly protect?: boolean;
}

/** The version of the Pod Security Standards that namespaces enforce: pinned, so that an upgrade changes nothing. */
const PSS_VERSION = "v1.35";

/**
 * The namespaces of a platform, each closed by default and opened by the policies that its documents come to. What runs
 * depends on it, so that no pod starts before its policy.
 */
export class Isolation extends pulumi.ComponentResource {
    constructor(name: string, args: IsolationArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Isolation", name, {}, opts);
        const { matrix, protect } = args;
        const namespaces = new Map(
            matrix.namespaces.map((namespace) => [
                namespace,
                new k8s.core.v1.Namespace(
                    `${name}-${namespace}`,
                    { metadata: { name: namespace, labels: namespaceLabels(matrix.platform) } },
                    { parent: this, protect },
                ),
            ]),
        );
        const inNamespace = ({ metadata }: KubernetesObject): pulumi.CustomResourceOptions => {
            const namespace = namespaces.get(metadata.namespace!);
            if (namespace === undefined) {
                throw new pulumi.ResourceError(
                    `A policy stands in namespace ${metadata.namespace}, which is not in the inventory's namespaces.`,
                    this,
                );
            }
            return { parent: this, dependsOn: namespace };
        };
        for (const policy of policies(matrix, args.network)) {
            const { metadata, spec } = policy as typeof policy & k8s.types.input.networking.v1.NetworkPolicy;
            new k8s.networking.v1.NetworkPolicy(
                `${name}-${metadata.namespace}-${metadata.name}`,
                { metadata, spec },
                inNamespace(policy),
            );
        }
        // A plugin that knows names has policies of its own kind for what is reached by name.
        for (const policy of namedPolicies(matrix, args.network)) {
            const { apiVersion, kind, metadata, spec } = policy as typeof policy & k8s.apiextensions.CustomResourceArgs;
            new k8s.apiextensions.CustomResource(
                `${name}-${policy.metadata.namespace}-${policy.metadata.name}-names`,
                { apiVersion, kind, metadata, spec },
                inNamespace(policy),
            );
        }
        this.registerOutputs();
    }
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/ */
function namespaceLabels(platform: string): Record<string, string> {
    const standard = ["enforce", "warn", "audit"].flatMap((mode) => [
        [`pod-security.kubernetes.io/${mode}`, "restricted"],
        [`pod-security.kubernetes.io/${mode}-version`, PSS_VERSION],
    ]);
    return {
        "app.kubernetes.io/part-of": platform,
        "app.kubernetes.io/managed-by": "matrice",
        ...Object.fromEntries(standard),
    };
}
