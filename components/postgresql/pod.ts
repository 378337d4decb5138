import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { DATA } from "../stateful";
import { emptyDir, type HardenedContainer } from "../pod";
import { variables } from "../secrets";
import { portOf } from "../workload";
import { defaultFrame } from "./configuration";

/** The user and group postgres of the official image. https://hub.docker.com/_/postgres */
export const POSTGRESQL_USER = 999;
/** The exporter's user of the database. */
export const METRICS = "metrics";
/** The user nobody, in the exporter's image and in the server's: by it the server knows the exporter. */
const EXPORTER_USER = 65534;

const DATA_FOLDER = "/var/lib/postgresql";
const SCRIPTS_FOLDER = "/opt/postgresql";
const PASSWORDS_FOLDER = "/run/secrets/postgresql";
const DONE = "/tmp/done";

/** What the pod runs. */
export interface Programs {
    readonly role: Role;
    readonly image: pulumi.Input<string>;
    readonly exporterImage: pulumi.Input<string>;
    readonly database: string;
}

/** What the pod mounts: names of Secrets and ConfigMaps. */
export interface Mounted {
    readonly configuration: pulumi.Input<string>;
    readonly scripts: pulumi.Input<string>;
    readonly passwords: pulumi.Input<string>;
    readonly certificate: string;
}

/** What the ConfigMaps of the scripts holds beside the generated SQL. */
export function keepScript(): string {
    return readFileSync(join(__dirname, "scripts", "keep.sh"), "utf8");
}

/** The server, what keeps its users and rights, and its exporter where a row reads its metrics. */
export function containers(args: Programs): HardenedContainer[] {
    const metrics = portOf(args.role, "metrics");
    return [server(args), keeper(args), ...(metrics === undefined ? [] : [exporter(args, metrics)])];
}

export function volumes(mounted: Mounted): k8s.types.input.core.v1.Volume[] {
    const kept = (name: string, secretName: pulumi.Input<string>) => ({
        name,
        secret: { secretName, defaultMode: 0o440 },
    });
    return [
        emptyDir("tmp", "128Mi"),
        // Queries that run in parallel share memory here; the container's limit counts it.
        emptyDir("shared-memory", "256Mi", "Memory"),
        emptyDir("socket", "1Mi"),
        { name: "configuration", configMap: { name: mounted.configuration } },
        { name: "scripts", configMap: { name: mounted.scripts } },
        kept("passwords", mounted.passwords),
        kept("certificate", mounted.certificate),
    ];
}

const socket = { name: "socket", mountPath: defaultFrame.socket };
const certificate = { name: "certificate", mountPath: defaultFrame.certificates, readOnly: true };

function server({ role, image }: Programs): HardenedContainer {
    const port = role.port("postgresql");
    const ready = { exec: { command: ["pg_isready", "-q", "-h", defaultFrame.socket, "-p", String(port)] } };
    return {
        name: "postgresql",
        image,
        args: ["postgres", "-c", `config_file=${defaultFrame.configuration}/postgresql.conf`],
        env: variables({
            PGDATA: `${DATA_FOLDER}/18/docker`,
            PGPORT: String(port),
            POSTGRES_INITDB_ARGS: "--encoding=UTF8 --locale=C.UTF-8 --data-checksums",
            // The image asks for a password of the administrator: a random word that nobody keeps, gone after the start.
            POSTGRES_PASSWORD_FILE: "/proc/sys/kernel/random/uuid",
        }),
        ports: [{ name: "postgresql", containerPort: port, protocol: "TCP" }],
        resources: { cpu: ["250m", "2"], memory: ["512Mi", "1Gi"] },
        startupProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 60 },
        readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { ...ready, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
        volumeMounts: [
            { name: DATA, mountPath: DATA_FOLDER },
            { name: "tmp", mountPath: "/tmp" },
            { name: "shared-memory", mountPath: "/dev/shm" },
            { name: "configuration", mountPath: defaultFrame.configuration, readOnly: true },
            socket,
            certificate,
        ],
    };
}

function keeper({ role, image, database }: Programs): HardenedContainer {
    return {
        name: "keeper",
        image,
        command: ["sh", `${SCRIPTS_FOLDER}/keep.sh`],
        env: variables({
            PGHOST: defaultFrame.socket,
            PGPORT: String(role.port("postgresql")),
            PGUSER: "postgres",
            DATABASE: database,
            SCRIPTS: SCRIPTS_FOLDER,
            PASSWORDS: PASSWORDS_FOLDER,
            CERTIFICATE: `${defaultFrame.certificates}/tls.crt`,
            DONE,
        }),
        resources: { cpu: ["10m", "200m"], memory: ["16Mi", "64Mi"] },
        // The pod takes requests once users and rights are as the settings say.
        readinessProbe: { exec: { command: ["test", "-f", DONE] }, periodSeconds: 5, failureThreshold: 3 },
        volumeMounts: [
            { name: "tmp", mountPath: "/tmp" },
            { name: "scripts", mountPath: SCRIPTS_FOLDER, readOnly: true },
            { name: "passwords", mountPath: PASSWORDS_FOLDER, readOnly: true },
            socket,
            certificate,
        ],
    };
}

/** Reads the server over the pod's socket, where it is known by its system user: it has no password. */
function exporter({ role, exporterImage, database }: Programs, metrics: number): HardenedContainer {
    const httpGet = { path: "/", port: metrics, scheme: "HTTP" };
    const settings = new URLSearchParams({
        host: defaultFrame.socket,
        port: String(role.port("postgresql")),
        user: METRICS,
        sslmode: "disable",
    });
    return {
        name: "exporter",
        image: exporterImage,
        user: EXPORTER_USER,
        args: [`--web.listen-address=:${metrics}`],
        env: variables({ DATA_SOURCE_NAME: `postgresql:///${database}?${settings}` }),
        ports: [{ name: "metrics", containerPort: metrics, protocol: "TCP" }],
        resources: { cpu: ["20m", "200m"], memory: ["32Mi", "128Mi"] },
        readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 },
        volumeMounts: [socket],
    };
}
