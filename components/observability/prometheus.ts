import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap, secret } from "../secrets";
import { metricsService, service } from "../service";
import { portOf } from "../workload";
import type { Files } from "./monitoring-files";
import { prometheusConfiguration, prometheusFile, retentionSize, type LongTerm } from "./prometheus-configuration";
import { deploymentRules, type Running, type Task } from "./prometheus-rules";
import { containerPorts, DATA, hours, httpProbes, stateful, type Keeper } from "../stateful";

export interface PrometheusArgs extends Keeper {
    readonly matrix: Matrix;
    /** Where alerts go. */
    readonly alertmanager?: Role;
    /** The database of InfluxDB 1.x that keeps metrics for longer. */
    readonly longTerm?: Omit<LongTerm, "passwordFile"> & { readonly password: pulumi.Output<string> };
    /** Rule files by name. */
    readonly rules?: Files;
    /** What each role runs, for the alerts that go by it. */
    readonly running?: ReadonlyMap<Role, Running>;
    /** What roles do on a schedule. */
    readonly scheduled?: ReadonlyMap<Role, Task>;
    /** Days that metrics are kept here; less when the volume is full. Defaults to 15. */
    readonly retentionDays?: number;
}

/** The user nobody of the image. */
const USER = 65534;
const CONFIGURATION_FOLDER = "/etc/prometheus";
const RULES_FOLDER = "/etc/prometheus-rules";
const SECRETS_FOLDER = "/run/secrets/prometheus";
const DATA_FOLDER = "/prometheus";

/**
 * Prometheus: its targets, what it writes to and where its alerts go are its rows (see prometheusConfiguration). It has
 * no access to the API of Kubernetes, and nobody can change or stop it over HTTP.
 */
export class Prometheus extends pulumi.ComponentResource {
    constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Prometheus", name, {}, opts);
        const { role, longTerm } = args;
        const child = { parent: this };
        const derived = prometheusConfiguration({
            ...args,
            longTerm: longTerm && { ...longTerm, passwordFile: `${SECRETS_FOLDER}/remote-write-password` },
            rulesFolder: RULES_FOLDER,
        });
        for (const report of derived.reports) void pulumi.log.warn(report, this);
        const configuration = configMap(name, role, { "prometheus.yaml": prometheusFile(derived) }, child);
        const rules = configMap(`${name}-rules`, role, ruleFiles(args), child);
        const passwords =
            longTerm && secret(`${name}-secrets`, role, { "remote-write-password": longTerm.password }, child);
        stateful(name, {
            keeper: args,
            user: USER,
            // It writes what it has in memory to disk.
            gracePeriodSeconds: 120,
            containers: [prometheus(args)],
            volumes: [
                emptyDir("tmp", "64Mi"),
                { name: "configuration", configMap: { name: configuration.metadata.name } },
                { name: "rules", configMap: { name: rules.metadata.name } },
                ...(passwords === undefined
                    ? []
                    : [{ name: "secrets", secret: { secretName: passwords.metadata.name, defaultMode: 0o440 } }]),
            ],
            opts: child,
        });
        service(name, { role, purpose: "http" }, child);
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

/** The rule files: those given, and one of what only the program knows. */
function ruleFiles({ role, matrix, rules = {}, running = new Map(), scheduled }: PrometheusArgs): Files {
    const named = Object.entries(rules).map(([file, text]) => [file.replace(/\.ya?ml$/, ".yaml"), text]);
    return { ...Object.fromEntries(named), "deployment.yaml": deploymentRules({ role, matrix, running, scheduled }) };
}

function prometheus(args: PrometheusArgs): HardenedContainer {
    const { role, storage, retentionDays = 15 } = args;
    const port = portOf(role, "http");
    return {
        name: "prometheus",
        image: args.image,
        args: [
            `--config.file=${CONFIGURATION_FOLDER}/prometheus.yaml`,
            `--storage.tsdb.path=${DATA_FOLDER}`,
            `--storage.tsdb.retention.time=${hours(retentionDays)}`,
            `--storage.tsdb.retention.size=${retentionSize(storage.size)}`,
            `--web.listen-address=${port === undefined ? "127.0.0.1:0" : `:${port}`}`,
            // A question may not take the memory that scrapes need.
            "--query.max-samples=10000000",
            "--query.timeout=30s",
        ],
        ports: containerPorts(role),
        resources: { cpu: ["100m", "1"], memory: ["512Mi", "2Gi"] },
        // It reads the write-ahead log again before it answers, minutes of it after a crash.
        ...httpProbes(port, { ready: "/-/ready", alive: "/-/healthy" }, 900),
        volumeMounts: [
            { name: DATA, mountPath: DATA_FOLDER },
            { name: "tmp", mountPath: "/tmp" },
            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
            { name: "rules", mountPath: RULES_FOLDER, readOnly: true },
            ...(args.longTerm === undefined ? [] : [{ name: "secrets", mountPath: SECRETS_FOLDER, readOnly: true }]),
        ],
    };
}
