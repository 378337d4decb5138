import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Role } from "../../matrix";
import { emptyDir, podTemplate, type HardenedContainer } from "../pod";
import { configMap, secret, secretVariables, variables } from "../secrets";
import { volumeExporter } from "../volume-exporter";
import { portOf } from "../workload";
import { mongodbScript } from "./scripts";

/** The user that the image's mongod runs as. */
export const MONGODB_USER = 999;

/** The name of a member's volume. */
export const DATA = "data";

const KEY_FOLDER = "/run/mongodb-key";
const KEY_SOURCE_FOLDER = "/run/secrets/key";
const ROOT_FOLDER = "/run/secrets/root";
const SCRIPTS_FOLDER = "/opt/mongodb";

export interface MemberArgs {
    readonly role: Role;
    readonly replicaSet: string;
    readonly image: pulumi.Input<string>;
    /** Holds `keyfile`, by which members know one another. */
    readonly key: k8s.core.v1.Secret;
    /** The administrator that the image's entrypoint makes when the volume is empty; the Secret holds `password`. */
    readonly root: { readonly user: string; readonly secret: k8s.core.v1.Secret };
    /** The Secret holds MONGODB_PASSWORD. */
    readonly exporter: {
        readonly image: pulumi.Input<string>;
        readonly user: string;
        readonly secret: k8s.core.v1.Secret;
    };
    /** node_exporter's image, which says how full the volume is where a row reads it. */
    readonly volumeExporterImage?: pulumi.Input<string>;
    readonly scriptName: string;
    readonly opts: pulumi.CustomResourceOptions;
}

/** Generates the key that the members share: 756 bytes in base64, as MongoDB's manual makes it, within its 1024. */
export function keySecret(name: string, role: Role, opts: pulumi.CustomResourceOptions): k8s.core.v1.Secret {
    const key = new random.RandomBytes(`${name}-key`, { length: 756 }, opts);
    return secret(`${name}-key`, role, { keyfile: pulumi.secret(key.base64) }, { parent: opts.parent });
}

/** The pod of a member: mongod, the copy of the key that it accepts, and its exporter where a row reads its metrics. */
export function memberTemplate(args: MemberArgs): k8s.types.input.core.v1.PodTemplateSpec {
    const { role } = args;
    const scripts = configMap(args.scriptName, role, { "keyfile.sh": mongodbScript("keyfile.sh") }, args.opts);
    const metrics = portOf(role, "metrics");
    return podTemplate({
        role,
        user: MONGODB_USER,
        // A primary hands over, then flushes what it has in memory.
        gracePeriodSeconds: 90,
        initContainers: [keyCopy(args)],
        containers: [
            mongod(args),
            ...(metrics === undefined ? [] : [exporter(args, metrics)]),
            ...volumeExporter(role, args.volumeExporterImage, DATA),
        ],
        volumes: [
            emptyDir("tmp", "128Mi"),
            emptyDir("key", "1Mi", "Memory"),
            { name: "scripts", configMap: { name: scripts.metadata.name } },
            { name: "key-source", secret: { secretName: args.key.metadata.name, defaultMode: 0o440 } },
            { name: "root", secret: { secretName: args.root.secret.metadata.name, defaultMode: 0o440 } },
        ],
    });
}

function keyCopy(args: MemberArgs): HardenedContainer {
    return {
        name: "keyfile",
        image: args.image,
        command: ["sh", `${SCRIPTS_FOLDER}/keyfile.sh`],
        env: variables({
            KEYFILE_SOURCE: `${KEY_SOURCE_FOLDER}/keyfile`,
            KEYFILE_TARGET: `${KEY_FOLDER}/keyfile`,
            KEYFILE_OWNER: String(MONGODB_USER),
        }),
        resources: { cpu: ["10m", "100m"], memory: ["16Mi", "64Mi"] },
        volumeMounts: [
            { name: "scripts", mountPath: SCRIPTS_FOLDER, readOnly: true },
            { name: "key-source", mountPath: KEY_SOURCE_FOLDER, readOnly: true },
            { name: "key", mountPath: KEY_FOLDER },
        ],
    };
}

function mongod(args: MemberArgs): HardenedContainer {
    const port = args.role.port("mongodb");
    // While the entrypoint makes the administrator, mongod listens on 127.0.0.1 alone and the probes wait. A connection
    // is enough to ask: a probe that logs in would starve a busy member and then have it killed for being slow.
    const tcpSocket = { port };
    return {
        name: "mongodb",
        image: args.image,
        args: [
            "mongod",
            "--replSet",
            args.replicaSet,
            "--keyFile",
            `${KEY_FOLDER}/keyfile`,
            "--bind_ip_all",
            "--port",
            String(port),
        ],
        env: variables({
            MONGO_INITDB_ROOT_USERNAME: args.root.user,
            MONGO_INITDB_ROOT_PASSWORD_FILE: `${ROOT_FOLDER}/password`,
            HOME: "/tmp",
        }),
        ports: [{ name: "mongodb", containerPort: port, protocol: "TCP" }],
        // mongod gives its cache half of what the limit leaves above 1 GiB.
        resources: { cpu: ["250m", "2"], memory: ["1Gi", "2Gi"] },
        startupProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 60 },
        readinessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 3 },
        livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 6 },
        volumeMounts: [
            { name: DATA, mountPath: "/data/db" },
            { name: "tmp", mountPath: "/tmp" },
            { name: "key", mountPath: KEY_FOLDER, readOnly: true },
            { name: "root", mountPath: ROOT_FOLDER, readOnly: true },
        ],
    };
}

/** Reads its own member over the pod's loopback, which no policy concerns; its image takes a password by variable only. */
function exporter(args: MemberArgs, metrics: number): HardenedContainer {
    const httpGet = { path: "/", port: metrics, scheme: "HTTP" };
    return {
        name: "exporter",
        image: args.exporter.image,
        args: [
            `--web.listen-address=:${metrics}`,
            `--mongodb.uri=mongodb://127.0.0.1:${args.role.port("mongodb")}/admin?directConnection=true`,
            "--collector.diagnosticdata",
            "--collector.replicasetstatus",
            "--compatible-mode",
        ],
        env: [
            ...variables({ MONGODB_USER: args.exporter.user }),
            ...secretVariables(args.exporter.secret, ["MONGODB_PASSWORD"]),
        ],
        ports: [{ name: "metrics", containerPort: metrics, protocol: "TCP" }],
        resources: { cpu: ["20m", "200m"], memory: ["32Mi", "128Mi"] },
        readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 },
    };
}
