import { MissingRow, type Matrix, type Role } from "../../matrix";
import { addressOf } from "./uses";

export interface LogCollectorSources {
    readonly role: Role;
    readonly matrix: Matrix;
    /** Where logs go. */
    readonly loki: Role;
    /** The role whose access log is counted, and its container: the statuses and durations that nginx itself does not show. */
    readonly accessLog?: AccessLog;
}

/** The access log of the proxy (components/nginx/frame.ts), and what it says besides statuses. */
export interface AccessLog {
    readonly role: Role;
    readonly container: string;
    /** Whether the proxy has a web application firewall, whose refusals are to be counted. */
    readonly waf?: boolean;
    /** Whether the proxy limits requests, whose refusals are to be counted. */
    readonly rateLimits?: boolean;
}

/** What Grafana Alloy reads, and sentences on what rows and settings do not have in common. */
export interface LogCollectorConfiguration {
    readonly text: string;
    readonly reports: readonly string[];
}

/**
 * Alloy's configuration: it reads the logs of the pods in the platform's namespaces through the API of Kubernetes, so it
 * needs no folder of the node, and sends them to Loki with the labels `job` (the role's slug), `namespace`, `pod` and
 * `container`. https://grafana.com/docs/alloy/latest/reference/components/loki/loki.source.kubernetes/
 */
export function logCollectorConfiguration(sources: LogCollectorSources): LogCollectorConfiguration {
    const { role, matrix, loki, accessLog } = sources;
    const address = addressOf(matrix, role, loki);
    const logging = block("logging", ['level  = "warn"', 'format = "json"']);
    if (address instanceof MissingRow) {
        return { text: text([logging]), reports: [`Logs are not collected. ${address.message}`] };
    }
    return {
        reports: [],
        text: text([
            logging,
            block('discovery.kubernetes "pods"', [
                'role = "pod"',
                ...block("namespaces", [`names = ${list(matrix.namespaces)}`]),
            ]),
            block('discovery.relabel "pods"', [
                "targets = discovery.kubernetes.pods.targets",
                ...relabelling(matrix).flatMap((rule) => block("rule", rule)),
            ]),
            block('loki.source.kubernetes "pods"', [
                "targets    = discovery.relabel.pods.output",
                "forward_to = [loki.process.pods.receiver]",
            ]),
            block('loki.process "pods"', [
                "forward_to = [loki.write.loki.receiver]",
                // The pod and the container say as much.
                ...block("stage.label_drop", ['values = ["instance"]']),
                ...(accessLog === undefined ? [] : accessLogStages(accessLog)),
            ]),
            block('loki.write "loki"', [
                ...block("endpoint", [`url = ${quoted(`http://${address}/loki/api/v1/push`)}`]),
                `external_labels = { platform = ${quoted(role.platform)} }`,
            ]),
        ]),
    };
}

const META = "__meta_kubernetes_";
const NAME = `${META}pod_label_app_kubernetes_io_name`;

/** A role's slug as `job`, though its pods bear another name; each container once, whatever ports it lists. */
function relabelling(matrix: Matrix): string[][] {
    const copied = {
        namespace: `${META}namespace`,
        pod: `${META}pod_name`,
        container: `${META}pod_container_name`,
        job: NAME,
    };
    const renamed = matrix.roles.filter(({ isWorkload, workload, slug }) => isWorkload && workload?.name !== slug);
    return [
        ['action = "labeldrop"', `regex  = "${META}pod_container_port_.*"`],
        ['target_label = "__address__"', 'replacement  = "kubernetes"'],
        ...Object.entries(copied).map(([label, from]) => [
            `source_labels = ${list([from])}`,
            `target_label  = ${quoted(label)}`,
        ]),
        ...renamed.map(({ workload, slug }) => [
            `source_labels = ${list([`${META}namespace`, NAME])}`,
            'separator     = "/"',
            `regex         = ${quoted(`${workload!.namespace}/${workload!.name}`)}`,
            'target_label  = "job"',
            `replacement   = ${quoted(slug)}`,
        ]),
    ];
}

/** Seconds: from what nginx answers itself to what a person no longer waits for. */
const BUCKETS = "[0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]";

/** Counts the lines of nginx' access log (components/nginx/frame.ts) by status, their durations, and what was refused. */
function accessLogStages({ role, container, waf = false, rateLimits = false }: AccessLog): string[] {
    const fields = {
        status: "status",
        seconds: "seconds",
        ...(waf && { waf: "waf" }),
        ...(rateLimits && { limit: "limit" }),
    };
    const expressions = Object.entries(fields).map(([name, path]) => `${name} = ${quoted(path)}`);
    // The firewall's own log comes out of the same container: it has a line for each request that a rule matched.
    const requests = waf ? ' != "{\\"transaction\\":"' : "";
    return block("stage.match", [
        `selector = ${quoted(`{job="${role.slug}", container="${container}"}${requests}`)}`,
        ...block("stage.json", [`expressions = { ${expressions.join(", ")} }`]),
        // A label for as long as the metrics need it: kept, it would make a stream of each status.
        ...block("stage.labels", ['values = { status = "" }']),
        ...block("stage.metrics", [
            ...counter("proxy_responses_total", "Lines of the proxy's access log, by status", "status"),
            ...block("metric.histogram", [
                'name        = "proxy_response_seconds"',
                'prefix      = "matrice_"',
                'description = "Seconds from the first byte of a request to the last of its answer"',
                'source      = "seconds"',
                `buckets     = ${BUCKETS}`,
                'max_idle_duration = "24h"',
            ]),
            ...(waf
                ? counter("proxy_waf_blocked_total", "Requests that the proxy's firewall refused", "waf", "blocked")
                : []),
            ...(rateLimits
                ? counter("proxy_rate_limited_total", "Requests beyond a limit of the proxy", "limit", "REJECTED")
                : []),
        ]),
        ...block("stage.label_drop", ['values = ["status"]']),
    ]);
}

/** Counts the lines that have a field, or those that have one value of it. */
function counter(name: string, description: string, source: string, value?: string): string[] {
    return block("metric.counter", [
        `name        = ${quoted(name)}`,
        'prefix      = "matrice_"',
        `description = ${quoted(description)}`,
        `source      = ${quoted(source)}`,
        ...(value === undefined ? [] : [`value       = ${quoted(value)}`]),
        'action      = "inc"',
        'max_idle_duration = "24h"',
    ]);
}

/** `head { … }` with its body indented. */
function block(head: string, body: readonly string[]): string[] {
    return [`${head} {`, ...body.map((line) => `    ${line}`), "}"];
}

function text(blocks: readonly string[][]): string {
    return blocks.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** Alloy's strings are written as JSON's. https://grafana.com/docs/alloy/latest/get-started/configuration-syntax/ */
function quoted(value: string): string {
    return JSON.stringify(value);
}

function list(values: readonly string[]): string {
    return `[${values.map(quoted).join(", ")}]`;
}
