import type { Dashboard, Section } from "./panels";

const requests = "http_request_duration_ms_count";

const state: Section = {
    title: "State",
    panels: [
        {
            type: "stat",
            title: "Alerts that fire",
            description: "Without the dead man's switch, which always does.",
            unit: "none",
            width: 4,
            height: 6,
            queries: [{ expr: 'count(ALERTS{alertstate="firing", alertname!="DeadMansSwitch"}) or vector(0)' }],
            limits: { orange: 1, red: 3 },
        },
        {
            type: "stat",
            title: "Pods that lack",
            description: "Targets expected by the stack's replicas, less those that answer.",
            unit: "none",
            width: 4,
            height: 6,
            queries: [
                {
                    expr:
                        "sum(clamp_min(matrice_expected_targets - on (job) group_left () " +
                        "(sum by (job) (up) or on (job) matrice_expected_targets * 0), 0)) or vector(0)",
                },
            ],
            limits: { orange: 1, red: 2 },
        },
        {
            type: "table",
            title: "What fires",
            description: "Each alert's page stands in runbooks/, under its name.",
            unit: "none",
            width: 16,
            height: 6,
            queries: [{ expr: 'ALERTS{alertstate="firing", alertname!="DeadMansSwitch"}' }],
            hidden: ["Time", "Value", "__name__", "alertstate"],
        },
        {
            type: "timeseries",
            title: "Share of pods that answer",
            description: "By role; 100 % is as many as the stack asks for.",
            unit: "percentunit",
            width: 24,
            height: 6,
            queries: [
                {
                    expr: 'sum by (job) (up{job=~"$role"}) / on (job) matrice_expected_targets',
                    legend: "{{job}}",
                },
            ],
            limits: { orange: 1, red: 0.5, falling: true },
            min: 0,
        },
    ],
};

const traffic: Section = {
    title: "Traffic",
    panels: [
        {
            type: "timeseries",
            title: "Answers of the proxy by status",
            description: "What enters the platform, from the proxy's access log.",
            unit: "reqps",
            queries: [
                {
                    expr: "sum by (status) (rate(matrice_proxy_responses_total[$__rate_interval]))",
                    legend: "{{status}}",
                },
            ],
            min: 0,
        },
        {
            type: "timeseries",
            title: "Requests by role",
            description: "As the applications count them, their probes included.",
            unit: "reqps",
            queries: [{ expr: `sum by (job) (rate(${requests}{job=~"$role"}[$__rate_interval]))`, legend: "{{job}}" }],
            min: 0,
        },
        {
            type: "timeseries",
            title: "Operations of MongoDB",
            description: "By kind, of all members; the clean-up at 01:00 and the backup at 02:00 stand out.",
            unit: "ops",
            queries: [
                {
                    expr: "sum by (legacy_op_type) (rate(mongodb_ss_opcounters[$__rate_interval]))",
                    legend: "{{legacy_op_type}}",
                },
            ],
            min: 0,
        },
        {
            type: "timeseries",
            title: "Commands of Redis",
            description: "The messages that instances of the API pass to each other.",
            unit: "ops",
            queries: [{ expr: "sum by (cmd) (rate(redis_commands_total[$__rate_interval]))", legend: "{{cmd}}" }],
            min: 0,
        },
    ],
};

const errors: Section = {
    title: "Errors",
    panels: [
        {
            type: "timeseries",
            title: "Requests that fail, by role",
            description: "Share of answers with a 5xx status. An alert fires at 5 %, a critical one at 50 %.",
            unit: "percentunit",
            queries: [
                {
                    expr:
                        `sum by (job) (rate(${requests}{job=~"$role", code=~"5.."}[$__rate_interval])) / ` +
                        `sum by (job) (rate(${requests}{job=~"$role"}[$__rate_interval]))`,
                    legend: "{{job}}",
                },
                {
                    expr:
                        'sum(rate(matrice_proxy_responses_total{status=~"5.."}[$__rate_interval])) / ' +
                        "sum(rate(matrice_proxy_responses_total[$__rate_interval]))",
                    legend: "proxy",
                },
            ],
            limits: { orange: 0.05, red: 0.5 },
            min: 0,
        },
        {
            type: "timeseries",
            title: "Routes that fail",
            description: "The ten routes with the most 5xx answers.",
            unit: "reqps",
            queries: [
                {
                    expr: `topk(10, sum by (job, route) (rate(${requests}{job=~"$role", code=~"5.."}[$__rate_interval])))`,
                    legend: "{{job}} {{route}}",
                },
            ],
            min: 0,
        },
        {
            type: "timeseries",
            title: "Errors of MongoDB and Redis",
            description: "Assertions that no client caused; commands that Redis rejected or failed.",
            unit: "ops",
            queries: [
                {
                    expr: 'sum(rate(mongodb_ss_asserts{assert_type=~"regular|msg|warning"}[$__rate_interval]))',
                    legend: "mongodb",
                },
                {
                    expr:
                        "sum(rate(redis_commands_rejected_calls_total[$__rate_interval])) + " +
                        "sum(rate(redis_commands_failed_calls_total[$__rate_interval]))",
                    legend: "redis",
                },
            ],
            min: 0,
        },
        {
            type: "logs",
            title: "Errors in the logs",
            description: "Lines of level error of the chosen roles (pino's 50 and 60).",
            unit: "none",
            source: "loki",
            queries: [{ expr: '{job=~"$role"} |~ `"level":(50|60|"error")`' }],
        },
    ],
};

const latency: Section = {
    title: "Latency",
    panels: [
        {
            type: "timeseries",
            title: "Mean duration of requests, by role",
            description: "As the applications measure it, and the proxy, which waits for clients too.",
            unit: "s",
            queries: [
                {
                    expr:
                        'sum by (job) (rate(http_request_duration_ms_sum{job=~"$role"}[$__rate_interval])) / ' +
                        `sum by (job) (rate(${requests}{job=~"$role"}[$__rate_interval])) / 1000`,
                    legend: "{{job}}",
                },
                {
                    expr:
                        "sum(rate(matrice_proxy_response_seconds_sum[$__rate_interval])) / " +
                        "sum(rate(matrice_proxy_response_seconds_count[$__rate_interval]))",
                    legend: "proxy",
                },
            ],
            limits: { orange: 0.5, red: 1 },
            min: 0,
        },
        {
            type: "timeseries",
            title: "Mean duration of MongoDB's operations",
            description: "An alert fires at 100 ms.",
            unit: "s",
            queries: [
                {
                    expr:
                        "sum by (op_type) (rate(mongodb_ss_opLatencies_latency[$__rate_interval])) / " +
                        "sum by (op_type) (rate(mongodb_ss_opLatencies_ops[$__rate_interval])) / 1e6",
                    legend: "{{op_type}}",
                },
            ],
            limits: { orange: 0.05, red: 0.1 },
            min: 0,
        },
        {
            type: "timeseries",
            title: "Delay of the event loop",
            description: "How late Node.js comes to the next event, in the slowest pod of each role.",
            unit: "s",
            queries: [{ expr: 'max by (job) (nodejs_eventloop_lag_seconds{job=~"$role"})', legend: "{{job}}" }],
            limits: { orange: 0.1, red: 0.25 },
            min: 0,
        },
        {
            type: "timeseries",
            title: "Delay of replication",
            description: "Seconds by which each secondary of MongoDB is behind the primary.",
            unit: "s",
            queries: [
                {
                    expr:
                        '(scalar(max(mongodb_rs_members_optimeDate{member_state="PRIMARY"})) - ' +
                        'max by (member_idx) (mongodb_rs_members_optimeDate{member_state="SECONDARY"})) / 1000',
                    legend: "{{member_idx}}",
                },
            ],
            limits: { orange: 10, red: 30 },
            min: 0,
        },
    ],
};

const saturation: Section = {
    title: "Saturation",
    panels: [
        {
            type: "timeseries",
            title: "Memory",
            description: "The fullest pod of each role.",
            unit: "bytes",
            queries: [{ expr: 'max by (job) (process_resident_memory_bytes{job=~"$role"})', legend: "{{job}}" }],
            min: 0,
        },
        {
            type: "timeseries",
            title: "Processor",
            description: "Cores used by the busiest pod of each role.",
            unit: "none",
            queries: [
                {
                    expr: 'max by (job) (rate(process_cpu_seconds_total{job=~"$role"}[$__rate_interval]))',
                    legend: "{{job}}",
                },
            ],
            min: 0,
        },
        {
            type: "timeseries",
            title: "Connections",
            description: "Share in use of what MongoDB, Redis and a pod of the proxy accept.",
            unit: "percentunit",
            queries: [
                {
                    expr:
                        'max(mongodb_ss_connections{conn_type="current"} / ignoring (conn_type) ' +
                        '(mongodb_ss_connections{conn_type="current"} + ignoring (conn_type) ' +
                        'mongodb_ss_connections{conn_type="available"}))',
                    legend: "mongodb",
                },
                { expr: "max(redis_connected_clients) / 1000", legend: "redis" },
                { expr: "max(nginx_connections_active) / 4096", legend: "proxy" },
            ],
            limits: { orange: 0.6, red: 0.8 },
            min: 0,
            max: 1,
        },
        {
            type: "bargauge",
            title: "Volumes",
            description: "Share in use of each persistent volume.",
            unit: "percentunit",
            queries: [
                {
                    expr:
                        'max by (role, instance) (1 - node_filesystem_avail_bytes{mountpoint=~"/volumes/.+"} / ' +
                        'node_filesystem_size_bytes{mountpoint=~"/volumes/.+"})',
                    legend: "{{role}} {{instance}}",
                },
            ],
            limits: { orange: 0.8, red: 0.95 },
            min: 0,
            max: 1,
        },
        {
            type: "timeseries",
            title: "Memory of Redis",
            description: "Share of its limit; it evicts nothing and refuses writes at 100 %.",
            unit: "percentunit",
            queries: [{ expr: "max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))", legend: "redis" }],
            limits: { orange: 0.7, red: 0.85 },
            min: 0,
            max: 1,
        },
        {
            type: "timeseries",
            title: "Operations that wait",
            description: "For a lock, in the member of MongoDB with the longest queue.",
            unit: "none",
            queries: [{ expr: 'max(mongodb_ss_globalLock_currentQueue{count_type="total"})', legend: "mongodb" }],
            limits: { orange: 5, red: 20 },
            min: 0,
        },
    ],
};

/** Traffic, errors, latency and saturation of every role. */
export const platform: Dashboard = {
    uid: "platform",
    title: "Platform",
    description: "Traffic, errors, latency and saturation of every role.",
    variables: [{ name: "role", label: "Role", query: "label_values(up, job)" }],
    sections: [state, traffic, errors, latency, saturation],
};
