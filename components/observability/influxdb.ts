import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap, password, secret, variables } from "../secrets";
import { metricsService, service } from "../service";
import { portOf } from "../workload";
import { INFLUXDB_FOLDER, influxdbConfiguration } from "./influxdb-configuration";
import { containerPorts, DATA, hours, httpProbes, stateful, type Keeper } from "../stateful";

/** The image is one of InfluxDB 1.x: later ones do not take what Prometheus writes. */
export interface InfluxDBArgs extends Keeper {
    /** The database that metrics are written to. Defaults to "prometheus". */
    readonly database?: string;
    /** Days that values are kept. Defaults to 365. */
    readonly retentionDays?: number;
    /** Which of the stack's passwords are in force. Defaults to 1. */
    readonly passwordGeneration?: number;
}

/** The user of the image. */
const USER = 1500;
const CONFIGURATION_FOLDER = "/etc/influxdb";
const SECRETS_FOLDER = "/run/secrets/influxdb";
const ADMIN = "admin";
const WRITER = "writer";

/**
 * InfluxDB 1.x, which keeps metrics for longer than Prometheus. Before it serves, an init container makes its database,
 * retention and users (prepare-influxdb.sh); one user may write and nothing else. A new password takes the pod's place
 * and is set as it starts.
 */
export class InfluxDB extends pulumi.ComponentResource {
    /** What Prometheus needs to write; the password is secret. */
    readonly longTerm: { role: Role; database: string; user: string; password: pulumi.Output<string> };

    constructor(name: string, args: InfluxDBArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:InfluxDB", name, {}, opts);
        const { role, database = "prometheus" } = args;
        const child = { parent: this };
        const writer = password(`${name}-writer-password`, child, args.passwordGeneration);
        const passwords = secret(
            `${name}-passwords`,
            role,
            {
                "admin-password": password(`${name}-admin-password`, child, args.passwordGeneration),
                "writer-password": writer,
            },
            child,
        );
        const port = portOf(role, "http");
        const files = configMap(
            name,
            role,
            { "influxdb.conf": influxdbConfiguration({ port }), "prepare.sh": prepareScript() },
            child,
        );
        stateful(name, {
            keeper: args,
            user: USER,
            gracePeriodSeconds: 60,
            // Without a port nobody can ask it for anything.
            initContainers: port === undefined ? [] : [prepare(args, database, port)],
            containers: [influxdb(args, port)],
            volumes: [
                emptyDir("tmp", "64Mi"),
                { name: "configuration", configMap: { name: files.metadata.name } },
                { name: "passwords", secret: { secretName: passwords.metadata.name, defaultMode: 0o440 } },
            ],
            opts: child,
        });
        service(name, { role, purpose: "http" }, child);
        metricsService(name, role, child);
        this.longTerm = { role, database, user: WRITER, password: writer };
        this.registerOutputs();
    }
}

/** The script that makes database, retention and users; what it does and the environment it reads stand at its head. */
export function prepareScript(): string {
    return readFileSync(join(__dirname, "prepare-influxdb.sh"), "utf8");
}

const MOUNTS = [
    { name: DATA, mountPath: INFLUXDB_FOLDER },
    { name: "tmp", mountPath: "/tmp" },
    { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
];

function prepare({ image, retentionDays = 365 }: InfluxDBArgs, database: string, port: number): HardenedContainer {
    return {
        name: "prepare",
        image,
        command: ["sh", `${CONFIGURATION_FOLDER}/prepare.sh`],
        env: variables({
            INFLUXDB_CONFIGURATION: `${CONFIGURATION_FOLDER}/influxdb.conf`,
            INFLUXDB_PREPARE_PORT: String(port),
            INFLUXDB_DATABASE: database,
            INFLUXDB_RETENTION: hours(retentionDays),
            INFLUXDB_ADMIN: ADMIN,
            INFLUXDB_WRITER: WRITER,
            INFLUXDB_SECRETS: SECRETS_FOLDER,
            // Its client keeps a history of what it is told.
            HOME: "/tmp",
        }),
        resources: { cpu: ["50m", "500m"], memory: ["128Mi", "1Gi"] },
        volumeMounts: [...MOUNTS, { name: "passwords", mountPath: SECRETS_FOLDER, readOnly: true }],
    };
}

function influxdb({ role, image }: InfluxDBArgs, port: number | undefined): HardenedContainer {
    return {
        name: "influxdb",
        image,
        // Not the image's entrypoint, which would make users of its own.
        command: ["influxd", "-config", `${CONFIGURATION_FOLDER}/influxdb.conf`],
        ports: containerPorts(role),
        resources: { cpu: ["100m", "1"], memory: ["512Mi", "2Gi"] },
        ...httpProbes(port, { ready: "/ping", alive: "/ping" }, 600),
        volumeMounts: MOUNTS,
    };
}
