import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import { excuses } from "./excuses";
import { podTemplate, type PodArgs } from "./pod";
import { volumeExporter } from "./volume-exporter";
import { metadata, nameOf, portOf, serviceAccount } from "./workload";

/** The volume that a program keeps its data on. */
export interface Storage {
    /** As a Kubernetes quantity: `15Gi`. */
    readonly size: string;
    /** Defaults to the cluster's own default. */
    readonly storageClass?: string;
}

/** A program of one role that keeps its data on a volume. */
export interface Keeper {
    readonly role: Role;
    readonly image: pulumi.Input<string>;
    readonly storage: Storage;
    /** node_exporter's image, for the volume: without it, or without the row, nothing tells how full it is. */
    readonly volumeExporterImage?: pulumi.Input<string>;
    /** Refuses to delete what keeps data, and keeps the volume when it is deleted. Defaults to false. */
    readonly protect?: boolean;
}

export interface StatefulArgs extends Omit<PodArgs, "role"> {
    /** Of its arguments the image is the container's. */
    readonly keeper: Keeper;
    readonly opts: pulumi.CustomResourceOptions;
}

const ONE_POD = {
    "statefulset-has-servicename": "its one pod is asked by the address of its Service and needs no name of its own",
};

/** The volume's name in the pod. */
export const DATA = "data";

/**
 * Creates the one pod of a program that keeps its data on a volume of its own. One: a second would not share the data,
 * so while the pod moves to another node the program is away.
 */
export function stateful(name: string, args: StatefulArgs): k8s.apps.v1.StatefulSet {
    const { keeper, opts, ...pod } = args;
    const { role, storage, protect = false, volumeExporterImage } = keeper;
    const containers = [...pod.containers, ...volumeExporter(role, volumeExporterImage, DATA)];
    const account = serviceAccount(name, role, opts);
    return new k8s.apps.v1.StatefulSet(
        name,
        {
            metadata: { ...metadata(role), annotations: excuses(ONE_POD) },
            spec: {
                replicas: 1,
                serviceName: nameOf(role),
                revisionHistoryLimit: 3,
                selector: { matchLabels: role.podLabels },
                template: podTemplate({ role, ...pod, containers }),
                volumeClaimTemplates: [
                    {
                        metadata: { name: DATA },
                        spec: {
                            accessModes: ["ReadWriteOnce"],
                            storageClassName: storage.storageClass,
                            resources: { requests: { storage: storage.size } },
                        },
                    },
                ],
                persistentVolumeClaimRetentionPolicy: {
                    whenDeleted: protect ? "Retain" : "Delete",
                    whenScaled: "Retain",
                },
            },
        },
        { ...opts, protect, dependsOn: account },
    );
}

/** The ports of a role's container, each number once: a program may serve and show its metrics on the same. */
export function containerPorts(role: Role): k8s.types.input.core.v1.ContainerPort[] {
    const ports = new Map<number, string>();
    for (const purpose of ["http", "metrics"]) {
        const port = portOf(role, purpose);
        if (port !== undefined && !ports.has(port)) ports.set(port, purpose);
    }
    return [...ports].map(([containerPort, name]) => ({ name, containerPort, protocol: "TCP" }));
}

/** Probes of a program that answers over HTTP; none where no row opens its port, since it then listens to nobody. */
export function httpProbes(
    port: number | undefined,
    paths: { readonly ready: string; readonly alive: string },
    startSeconds = 300,
): Pick<k8s.types.input.core.v1.Container, "startupProbe" | "readinessProbe" | "livenessProbe"> {
    if (port === undefined) return {};
    const get = (path: string) => ({ httpGet: { path, port, scheme: "HTTP" }, timeoutSeconds: 5 });
    return {
        startupProbe: { ...get(paths.ready), periodSeconds: 5, failureThreshold: Math.ceil(startSeconds / 5) },
        readinessProbe: { ...get(paths.ready), periodSeconds: 10, failureThreshold: 3 },
        livenessProbe: { ...get(paths.alive), periodSeconds: 20, failureThreshold: 6 },
    };
}

/** A number of days for programs that know hours: `hours(30)` is "720h". Throws RangeError for a part of a day. */
export function hours(days: number): string {
    if (!Number.isInteger(days) || days < 1) throw new RangeError(`${days} is not a whole number of days from 1.`);
    return `${days * 24}h`;
}
