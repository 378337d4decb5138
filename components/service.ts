import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import { metadata, portOf } from "./workload";

export interface ServiceArgs {
    readonly role: Role;
    /** The purpose of the port, which names it: "http", "mongodb"… */
    readonly purpose: string;
    /** Purposes of further ports of the same Service. Defaults to none. */
    readonly beside?: readonly string[];
    /** No address of its own: the name resolves to every pod, ready or not. Defaults to false. */
    readonly headless?: boolean;
    /** A client keeps to one pod for an hour. Defaults to false. */
    readonly sticky?: boolean;
    /** What follows the role's name in the Service's. Defaults to nothing. */
    readonly suffix?: string;
    readonly annotations?: Record<string, string>;
}

/**
 * Services are not waited for: the provider waits until one has endpoints, which need pods, and the engine registers only
 * so many resources at a time. As many Services as it has places would hold all of them, and no Deployment would start.
 * Their pods are waited for.
 */
const UNAWAITED = { "pulumi.com/skipAwait": "true" };

/**
 * Creates the Service of a role's port: the number is the matrix's, in the Service as in the container, and the
 * selector is that of connected pods. Creates nothing where no row opens a port of it.
 */
export function service(
    name: string,
    args: ServiceArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service | undefined {
    const { role, purpose, beside = [], headless, sticky, suffix, annotations } = args;
    const ports = [purpose, ...beside].flatMap((one) => {
        const port = portOf(role, one);
        return port === undefined ? [] : [{ name: one, port, targetPort: port, protocol: "TCP" }];
    });
    if (ports.length === 0) return undefined;
    return new k8s.core.v1.Service(
        suffix === undefined ? name : `${name}-${suffix}`,
        {
            metadata: { ...metadata(role, suffix), annotations: { ...UNAWAITED, ...annotations } },
            spec: {
                type: "ClusterIP",
                ...(headless && { clusterIP: "None", publishNotReadyAddresses: true }),
                ...(sticky && {
                    sessionAffinity: "ClientIP",
                    sessionAffinityConfig: { clientIP: { timeoutSeconds: 3600 } },
                }),
                selector: role.podLabels,
                ports,
            },
        },
        opts,
    );
}

/**
 * Creates the headless Service through which Prometheus finds every pod of a role by DNS, those that are not ready
 * included: it needs no access to the Kubernetes API. Creates nothing where no row lets the role's metrics, or those of its
 * volumes, be read.
 */
export function metricsService(
    name: string,
    role: Role,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service | undefined {
    return service(name, { role, purpose: "metrics", beside: ["volumes"], headless: true, suffix: "metrics" }, opts);
}
