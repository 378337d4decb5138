import type { KubernetesObject } from "../../network";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- changes of every kind of object
export type Loose = any;

/** A change to the platform that leaves the matrix, and what must be said of it. */
export interface Rogue {
    readonly title: string;
    /** What the change adds to the platform. */
    readonly add: readonly KubernetesObject[];
    /** The one rule meant for it. */
    readonly rule: string;
    /** What its message names: resource, role, port, row. */
    readonly names: readonly RegExp[];
}

/** A change that stays inside the matrix. */
export interface Harmless {
    readonly title: string;
    readonly add: readonly KubernetesObject[];
}

export const own = (name: string) => ({ "app.kubernetes.io/name": name, "matrice.dev/connected": "true" });

/** An object named after what is tried, so that many stand beside each other in one program. */
export function object(
    apiVersion: string,
    kind: string,
    name: string,
    more: object = {},
    namespace: string | undefined = "e-chauffeur",
): KubernetesObject {
    return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) }, ...more };
}

export function cluster(apiVersion: string, kind: string, name: string, more: object = {}): KubernetesObject {
    return { apiVersion, kind, metadata: { name }, ...more };
}

export const edit = (one: KubernetesObject, change: (one: Loose) => unknown): KubernetesObject => {
    change(one);
    return one;
};

/** A Service of a role; `spec` beside its selector. */
export const service = (name: string, role: string, spec: object): KubernetesObject =>
    object("v1", "Service", name, { spec: { selector: own(role), ...spec } });

export const ports = (...list: object[]) => ({ ports: list });

/** A container that meets the restricted Pod Security Standard. */
export const container = (more: object = {}) => ({
    name: "main",
    image: "registry.example/image:1",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    ...more,
});

/** A pod template of a role that every rule accepts. */
export const template = (role: string, one: object = {}, spec: object = {}) => ({
    metadata: { labels: own(role) },
    spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
        containers: [container(one)],
        ...spec,
    },
});

const selecting = (role: string, pods: object) => ({
    spec: { selector: { matchLabels: own(role) }, template: pods },
});

/** The kinds that make pods, each from a template. */
export const workloads: Record<string, (name: string, role: string, pods: Loose) => KubernetesObject> = {
    Deployment: (name, role, pods) => object("apps/v1", "Deployment", name, selecting(role, pods)),
    StatefulSet: (name, role, pods) =>
        object("apps/v1", "StatefulSet", name, { spec: { ...selecting(role, pods).spec, serviceName: role } }),
    DaemonSet: (name, role, pods) => object("apps/v1", "DaemonSet", name, selecting(role, pods)),
    ReplicaSet: (name, role, pods) => object("apps/v1", "ReplicaSet", name, selecting(role, pods)),
    ReplicationController: (name, role, pods) =>
        object("v1", "ReplicationController", name, { spec: { selector: own(role), template: pods } }),
    Job: (name, _, pods) =>
        object("batch/v1", "Job", name, {
            spec: { template: { ...pods, spec: { ...pods.spec, restartPolicy: "Never" } } },
        }),
    CronJob: (name, _, pods) =>
        object("batch/v1", "CronJob", name, {
            spec: {
                schedule: "0 3 * * *",
                jobTemplate: { spec: { template: { ...pods, spec: { ...pods.spec, restartPolicy: "Never" } } } },
            },
        }),
    Pod: (name, _, pods) =>
        edit(object("v1", "Pod", name, { spec: pods.spec }), ({ metadata }) => Object.assign(metadata, pods.metadata)),
    PodTemplate: (name, _, pods) => object("v1", "PodTemplate", name, { template: pods }),
};

/** A Deployment of a role; `one` goes to its container, `spec` to its pods. */
export const deployment = (name: string, role: string, one: object = {}, spec: object = {}): KubernetesObject =>
    workloads.Deployment(name, role, template(role, one, spec));

/** A peer of policies: the pods of a role. */
export const peer = (role: string, namespace = "e-chauffeur") => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: own(role) },
});

export const tcp = (port: number | string, endPort?: number) => ({
    port,
    protocol: "TCP",
    ...(endPort ? { endPort } : {}),
});

/** A NetworkPolicy of a role. */
export const policy = (
    name: string,
    role: string,
    rules: { ingress?: object[]; egress?: object[] },
): KubernetesObject =>
    object("networking.k8s.io/v1", "NetworkPolicy", name, {
        spec: {
            podSelector: { matchLabels: own(role) },
            policyTypes: [...(rules.ingress ? ["Ingress"] : []), ...(rules.egress ? ["Egress"] : [])],
            ...rules,
        },
    });
