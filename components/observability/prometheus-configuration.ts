import { stringify } from "yaml";
import { MissingRow, type Matrix, type ResolvedFlow, type Role } from "../../matrix";
import { hostOf, nameOf, portOf } from "../workload";
import { addressOf, flowsOfUse } from "./uses";

/** A database of InfluxDB 1.x that metrics are written to. */
export interface LongTerm {
    readonly role: Role;
    readonly database: string;
    readonly user: string;
    readonly passwordFile: string;
}

export interface PrometheusSources {
    readonly role: Role;
    readonly matrix: Matrix;
    /** Where alerts go. */
    readonly alertmanager?: Role;
    readonly longTerm?: LongTerm;
    /** The folder of the rule files. */
    readonly rulesFolder: string;
}

/** Prometheus' configuration as data, and sentences on what rows and settings do not have in common. */
export interface PrometheusConfiguration {
    readonly configuration: Record<string, unknown>;
    readonly reports: readonly string[];
}

/**
 * Derives what Prometheus does from its rows: those of use `scrape` are its targets, those of use `remote-write` where
 * it writes to, the one to the Alertmanager where it sends alerts. A target is found by DNS, through the headless Service
 * of its role's metrics; the API of Kubernetes is not asked.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/
 */
export function prometheusConfiguration(sources: PrometheusSources): PrometheusConfiguration {
    const reports: string[] = [];
    const { role, matrix } = sources;
    for (const flow of flowsOfUse(matrix, role, "scrape").filter(({ to }) => !to.isWorkload)) {
        reports.push(`${flow.to.name} is not scraped: it has no pods of the platform (${place(flow)}).`);
    }
    const targets = scraped(sources);
    const remoteWrite = remoteWrites(sources, reports);
    const alertmanager = alertmanagerAddress(sources, reports);
    return {
        reports,
        configuration: {
            global: {
                scrape_interval: "30s",
                scrape_timeout: "10s",
                evaluation_interval: "30s",
                external_labels: { platform: role.platform },
            },
            rule_files: [`${sources.rulesFolder}/*.yaml`],
            ...(alertmanager !== undefined && {
                alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
            }),
            scrape_configs: [...own(role), ...targets.map(jobOf)],
            ...(remoteWrite.length > 0 && { remote_write: remoteWrite }),
        },
    };
}

/** What is asked of the pods of a role, by the purpose of its port. */
export interface Target {
    readonly role: Role;
    readonly purpose: string;
    /** Label `job`: the role's slug for its metrics, with the purpose behind it for another port of its pods. */
    readonly job: string;
}

/** The purposes of ports that are scraped. */
const PURPOSES = ["metrics", "volumes"];

/** What a role scrapes: each port of each role once, in the order of their rows. */
export function scraped({ role, matrix }: Pick<PrometheusSources, "role" | "matrix">): Target[] {
    const targets = flowsOfUse(matrix, role, "scrape")
        .filter(({ to }) => to.isWorkload)
        .flatMap(({ to, ports }) =>
            PURPOSES.filter((purpose) => {
                const port = portOf(to, purpose);
                return port !== undefined && ports.some(({ from, to: last }) => from <= port && port <= last);
            }).map((purpose) => target(to, purpose)),
        );
    return [...new Map(targets.map((one) => [one.job, one])).values()];
}

function target(role: Role, purpose: string): Target {
    return { role, purpose, job: purpose === "metrics" ? role.slug : `${role.slug}-${purpose}` };
}

/** A configuration as the file that Prometheus reads. */
export function prometheusFile({ configuration }: PrometheusConfiguration): string {
    return stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One pod that shows a million series would take Prometheus down with it: its scrape fails instead, and is alerted. */
const GUARDS = { sample_limit: 50_000, body_size_limit: "32MB" };

function jobOf({ role, purpose, job }: Target): Record<string, unknown> {
    return {
        job_name: job,
        ...GUARDS,
        dns_sd_configs: [
            {
                // The final dot: no search list is walked.
                names: [metricsHost(role)],
                type: "A",
                port: role.port(purpose),
                refresh_interval: "15s",
            },
        ],
        relabel_configs: labelled(role),
    };
}

/** Its own metrics, over the pod's loopback, which no row and no policy concerns. */
function own(role: Role): Record<string, unknown>[] {
    const port = portOf(role, "http");
    if (port === undefined) return [];
    return [
        {
            job_name: role.slug,
            ...GUARDS,
            static_configs: [{ targets: [`localhost:${port}`] }],
            relabel_configs: labelled(role),
        },
    ];
}

/** The name that resolves to every pod of a role, whichever of its metrics are asked for (see metricsService). */
function metricsHost(role: Role): string {
    const name = nameOf(role);
    return `${name}-metrics${hostOf(role).slice(name.length)}.`;
}

/**
 * The role's name beside `job` and `instance`. No `namespace`: cert-manager's metrics have a label of that name, which
 * says what they are about and which Prometheus would rename.
 */
function labelled(role: Role): Record<string, string>[] {
    // A replacement knows groups of the expression as $1.
    return [{ target_label: "role", replacement: role.name.replaceAll("$", "$$$$") }];
}

function remoteWrites({ role, matrix, longTerm }: PrometheusSources, reports: string[]): Record<string, unknown>[] {
    const flows = flowsOfUse(matrix, role, "remote-write");
    const others = flows.filter(({ to }) => to !== longTerm?.role);
    for (const flow of others)
        reports.push(`Nothing is written to ${flow.to.name}, which a row opens (${place(flow)}).`);
    if (longTerm === undefined) return [];
    const address = addressOf(matrix, role, longTerm.role);
    if (address instanceof MissingRow) {
        reports.push(`Metrics are not kept in ${longTerm.role.name}. ${address.message}`);
        return [];
    }
    if (!flows.some(({ to }) => to === longTerm.role)) {
        reports.push(
            `Metrics are not kept in ${longTerm.role.name}: its row is not of use remote-write ` +
                `(inventory.yaml, ${role.name}: uses).`,
        );
        return [];
    }
    return [
        {
            name: nameOf(longTerm.role),
            url: `http://${address}/api/v1/prom/write?db=${encodeURIComponent(longTerm.database)}`,
            basic_auth: { username: longTerm.user, password_file: longTerm.passwordFile },
            remote_timeout: "30s",
            // InfluxDB takes batches; a queue of 10 times a batch rides out a short pause without much memory.
            queue_config: { capacity: 10_000, max_shards: 10, max_samples_per_send: 2_000, batch_send_deadline: "5s" },
        },
    ];
}

function alertmanagerAddress(sources: PrometheusSources, reports: string[]): string | undefined {
    const { role, matrix, alertmanager } = sources;
    if (alertmanager === undefined) return undefined;
    const address = addressOf(matrix, role, alertmanager);
    if (!(address instanceof MissingRow)) return address;
    reports.push(`Alerts are sent to nobody. ${address.message}`);
    return undefined;
}

function place({ place: { file, line } }: ResolvedFlow): string {
    return `${file}:${line}`;
}

/** Mebibytes of a quantity's unit. Prometheus calls them MB. */
const MEBIBYTES: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 };
/** Blocks and WAL may take this part of the volume; the rest is for blocks that are being made. */
const SHARE = 0.8;

/**
 * What Prometheus may keep on a volume, in its own units: `retentionSize("10Gi")` is "8192MB". It deletes the oldest
 * blocks when they take more, write-ahead log included. Throws RangeError for a quantity other than whole Mi, Gi or Ti.
 * https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects
 */
export function retentionSize(volume: string): string {
    const [, number, unit] = /^([1-9][0-9]*)(Mi|Gi|Ti)$/.exec(volume) ?? [];
    if (number === undefined) throw new RangeError(`Volume size ${volume}: expected a quantity such as 15Gi.`);
    return `${Math.floor(Number(number) * MEBIBYTES[unit] * SHARE)}MB`;
}
