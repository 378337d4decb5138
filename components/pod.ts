import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import { excuses, podExcuses } from "./excuses";
import { labels, nameOf } from "./workload";

type Container = k8s.types.input.core.v1.Container;
type PodSpec = k8s.types.input.core.v1.PodSpec;
type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;

/** The first port that a process binds without a privilege. https://docs.kernel.org/networking/ip-sysctl.html */
const FIRST_UNPRIVILEGED = 1024;

/** Request and limit of each resource, as Kubernetes quantities: `cpu: ["100m", "1"]`. */
export interface Resources {
    readonly cpu: readonly [request: string, limit: string];
    readonly memory: readonly [request: string, limit: string];
    /** Logs and emptyDirs. Defaults to 64Mi and 512Mi. */
    readonly storage?: readonly [request: string, limit: string];
}

export interface HardenedContainer extends Omit<Container, "resources" | "securityContext"> {
    readonly resources: Resources;
    /** A user of its own, where the pod's would be let in by what the containers share. Defaults to the pod's. */
    readonly user?: number;
}

export interface PodArgs {
    readonly role: Role;
    readonly containers: HardenedContainer[];
    readonly initContainers?: HardenedContainer[];
    readonly volumes?: k8s.types.input.core.v1.Volume[];
    /** The user and group that every process has, never 0. */
    readonly user: number;
    /** Defaults to the user. */
    readonly group?: number;
    /** Seconds between SIGTERM and SIGKILL, what preStop takes included. Defaults to 30. */
    readonly gracePeriodSeconds?: number;
    readonly restartPolicy?: "Always" | "OnFailure" | "Never";
    readonly annotations?: Record<string, pulumi.Input<string>>;
}

/**
 * The template of a pod that the PSS level `restricted` admits, with a read-only root file system, no token of the
 * Kubernetes API and the label that connects it (see {@link labels}).
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function podTemplate(args: PodArgs): PodTemplate {
    const { role, user, group = user, containers, initContainers = [] } = args;
    const users = [...containers, ...initContainers].flatMap((one) => one.user ?? []);
    return {
        metadata: {
            labels: labels(role),
            annotations: {
                ...excuses(podExcuses(containers.map(hardened), [user, group, ...users])),
                ...args.annotations,
            },
        },
        spec: {
            serviceAccountName: nameOf(role),
            automountServiceAccountToken: false,
            // Variables named after every Service would tell each pod of the others, and collide with an image's own.
            enableServiceLinks: false,
            securityContext: {
                runAsNonRoot: true,
                runAsUser: user,
                runAsGroup: group,
                fsGroup: group,
                fsGroupChangePolicy: "OnRootMismatch",
                seccompProfile: { type: "RuntimeDefault" },
                sysctls: sysctls(role),
            },
            terminationGracePeriodSeconds: args.gracePeriodSeconds ?? 30,
            restartPolicy: args.restartPolicy,
            topologySpreadConstraints: spread(role),
            initContainers: args.initContainers?.map(hardened),
            containers: args.containers.map(hardened),
            volumes: args.volumes,
        },
    };
}

/** A container without privileges whose root file system is read-only, with requests and limits of every kind. */
export function hardened({ resources, user, ...container }: HardenedContainer): Container {
    const { cpu, memory, storage = ["64Mi", "512Mi"] } = resources;
    return {
        imagePullPolicy: "IfNotPresent",
        terminationMessagePolicy: "FallbackToLogsOnError",
        ...container,
        resources: {
            requests: { cpu: cpu[0], memory: memory[0], "ephemeral-storage": storage[0] },
            limits: { cpu: cpu[1], memory: memory[1], "ephemeral-storage": storage[1] },
        },
        securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            ...(user !== undefined && { runAsUser: user }),
        },
    };
}

/** An emptyDir, in memory where what it holds must never touch a disk. */
export function emptyDir(name: string, sizeLimit: string, medium?: "Memory"): k8s.types.input.core.v1.Volume {
    return { name, emptyDir: { sizeLimit, medium } };
}

/**
 * Lets a process without privileges bind a port under 1024; safe since the sysctl belongs to the pod's own network
 * namespace. https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
 */
function sysctls(role: Role): k8s.types.input.core.v1.Sysctl[] | undefined {
    const privileged = role.listeners().some(({ from }) => from < FIRST_UNPRIVILEGED);
    return privileged ? [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] : undefined;
}

/** Prefers another node, then another zone, for each pod of a role; a lone node still takes them all. */
function spread(role: Role): PodSpec["topologySpreadConstraints"] {
    return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: role.podLabels },
    }));
}
