import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import { deployment } from "./deployment";
import { emptyDir, type HardenedContainer, type Resources } from "./pod";
import { PRELOAD_FILE, preloadEnvironment, preloadSource, type PreloadSettings } from "./preload";
import { authorityFile, configMap, secret, secretVariables, variables } from "./secrets";
import { metricsService, service } from "./service";
import { portOf } from "./workload";

export interface WebAppArgs {
    readonly role: Role;
    readonly image: pulumi.Input<string>;
    /** Defaults to 2: one is there while the other is replaced. */
    readonly replicas?: number;
    readonly resources: Resources;
    /** Variables by name. The port's need not be given: see `portVariable`. */
    readonly environment?: Record<string, pulumi.Input<string>>;
    /** Variables whose values are secret, for images that take a secret in no other way. */
    readonly secretEnvironment?: Record<string, pulumi.Input<string>>;
    /** Secret files by name, in /run/secrets/app. */
    readonly files?: Record<string, pulumi.Input<string>>;
    /** The Secret whose ca.crt the application trusts, in /run/secrets/authority. */
    readonly authority?: string;
    /** The path that answers 2xx when the application serves. Defaults to "/". */
    readonly probePath?: string;
    /** The variable that tells the image where to listen. Defaults to PORT. */
    readonly portVariable?: string;
    /** The variable that tells the image where to show its metrics, where it has one. */
    readonly metricsPortVariable?: string;
    /** A client keeps to one pod, as sockets that begin by polling need. Defaults to false. */
    readonly sticky?: boolean;
    /** Sends the server-side calls for a public host to its Service in the cluster (components/preload). */
    readonly preload?: Omit<PreloadSettings, "folder">;
    /** The user that the process has. Defaults to 10001, which no image and no node gives a name. */
    readonly user?: number;
    /** Seconds that a pod goes on serving while proxies forget it. Defaults to 5. */
    readonly drainSeconds?: number;
    /** Seconds between SIGTERM and SIGKILL, after the drain. Defaults to 25. */
    readonly stopSeconds?: number;
}

const PRELOAD_FOLDER = "/opt/preload";
/** Where an application finds its secret files. */
export const SECRETS_FOLDER = "/run/secrets/app";

/**
 * A stateless web application: a Deployment that listens where the matrix says, behind a Service of the same port.
 * Without a row that opens its port it has no Service, no listener and no probe.
 */
export class WebApp extends pulumi.ComponentResource {
    constructor(name: string, args: WebAppArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:WebApp", name, {}, opts);
        const { role, replicas = 2 } = args;
        if (!Number.isInteger(replicas) || replicas < 1) {
            throw new pulumi.ResourceError(`replicas is ${replicas}: give a whole number from 1.`, this);
        }
        const child = { parent: this };
        const mounted = mounts(name, args, child);
        deployment(
            name,
            {
                role,
                replicas,
                user: args.user ?? 10001,
                gracePeriodSeconds: drainSeconds(args) + (args.stopSeconds ?? 25),
                containers: [container(name, args, mounted)],
                volumes: [emptyDir("tmp", "128Mi"), ...mounted.volumes],
            },
            child,
        );
        service(name, { role, purpose: "http", sticky: args.sticky }, child);
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

/** What a container gets from Secrets and ConfigMaps. */
interface Mounted {
    readonly environment: k8s.types.input.core.v1.EnvVar[];
    readonly mounts: k8s.types.input.core.v1.VolumeMount[];
    readonly volumes: k8s.types.input.core.v1.Volume[];
}

function mounts(name: string, args: WebAppArgs, opts: pulumi.CustomResourceOptions): Mounted {
    const mounted: Mounted = { environment: [], mounts: [], volumes: [] };
    if (args.secretEnvironment !== undefined) {
        const values = secret(`${name}-environment`, args.role, args.secretEnvironment, opts);
        mounted.environment.push(...secretVariables(values, Object.keys(args.secretEnvironment)));
    }
    if (args.files !== undefined) {
        const files = secret(`${name}-files`, args.role, args.files, opts);
        mounted.mounts.push({ name: "files", mountPath: SECRETS_FOLDER, readOnly: true });
        mounted.volumes.push({ name: "files", secret: { secretName: files.metadata.name, defaultMode: 0o440 } });
    }
    if (args.authority !== undefined) {
        const { mount, volume } = authorityFile(args.authority);
        mounted.mounts.push(mount);
        mounted.volumes.push(volume);
    }
    if (args.preload !== undefined) {
        const script = configMap(`${name}-preload`, args.role, { [PRELOAD_FILE]: preloadSource() }, opts);
        mounted.environment.push(...variables(preloadEnvironment({ folder: PRELOAD_FOLDER, ...args.preload })));
        mounted.mounts.push({ name: "preload", mountPath: PRELOAD_FOLDER, readOnly: true });
        mounted.volumes.push({ name: "preload", configMap: { name: script.metadata.name } });
    }
    return mounted;
}

function container(name: string, args: WebAppArgs, mounted: Mounted): HardenedContainer {
    const { role, portVariable = "PORT", metricsPortVariable } = args;
    const http = portOf(role, "http");
    const metrics = portOf(role, "metrics");
    return {
        name,
        image: args.image,
        resources: args.resources,
        ports: [
            ...(http === undefined ? [] : [{ name: "http", containerPort: http, protocol: "TCP" }]),
            ...(metrics === undefined ? [] : [{ name: "metrics", containerPort: metrics, protocol: "TCP" }]),
        ],
        env: [
            ...variables({
                ...args.environment,
                ...(http !== undefined && { [portVariable]: String(http) }),
                ...(metrics !== undefined && metricsPortVariable && { [metricsPortVariable]: String(metrics) }),
            }),
            ...mounted.environment,
        ],
        ...(http !== undefined && probes(args.probePath ?? "/", http)),
        lifecycle: { preStop: { sleep: { seconds: drainSeconds(args) } } },
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...mounted.mounts],
    };
}

function drainSeconds(args: WebAppArgs): number {
    return args.drainSeconds ?? 5;
}

/** Five minutes to start, out of the Service after 15 s without an answer, started again after 60 s. */
function probes(
    path: string,
    port: number,
): Pick<HardenedContainer, "startupProbe" | "readinessProbe" | "livenessProbe"> {
    const httpGet = { path, port, scheme: "HTTP" };
    return {
        startupProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 60 },
        readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { httpGet, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 3 },
    };
}
