import type { Dashboard } from "./panels";

const DENIED = 'cilium_drop_count_total{reason=~"(?i)policy.denied"}';

/** The flow matrix in force: its rows, what is scraped by them, and what the policies deny. */
export const matrix: Dashboard = {
    uid: "matrix",
    title: "Matrix",
    description: "The flow matrix in force: its rows, what is scraped by them, and what the policies deny.",
    sections: [
        {
            title: "Flows",
            panels: [
                {
                    type: "stat",
                    title: "Rows in force",
                    description: "Rows of the matrix and its annex that the running platform was made from.",
                    unit: "none",
                    width: 6,
                    height: 6,
                    queries: [{ expr: "count by (document) (matrice_flow_info)", legend: "{{document}}" }],
                },
                {
                    type: "timeseries",
                    title: "Rows over time",
                    description: "A step is a change of the matrix: compare with its history.",
                    unit: "none",
                    width: 18,
                    height: 6,
                    queries: [{ expr: "count by (document) (matrice_flow_info)", legend: "{{document}}" }],
                    min: 0,
                },
                {
                    type: "table",
                    title: "Who may talk to whom",
                    description: "Every row, as written. What is not here is denied.",
                    unit: "none",
                    width: 24,
                    height: 14,
                    queries: [{ expr: "matrice_flow_info" }],
                    hidden: ["Time", "Value", "__name__"],
                },
            ],
        },
        {
            title: "Denied traffic",
            panels: [
                {
                    type: "stat",
                    title: "Denied within an hour",
                    description: "Packets that policies denied. No value: the CNI does not report it, which is not 0.",
                    unit: "none",
                    width: 6,
                    queries: [{ expr: `sum(increase(${DENIED}[1h]))` }],
                    limits: { orange: 1, red: 3600 },
                },
                {
                    type: "timeseries",
                    title: "Denied packets",
                    description: "By direction. An alert fires at one a second for 10 minutes.",
                    unit: "pps",
                    width: 18,
                    queries: [
                        { expr: `sum by (direction) (rate(${DENIED}[$__rate_interval]))`, legend: "{{direction}}" },
                    ],
                    limits: { orange: 0.1, red: 1 },
                    min: 0,
                },
                {
                    type: "timeseries",
                    title: "Denied by node",
                    description: "Where it happens, to look with `cilium-dbg monitor --type drop` on that node.",
                    unit: "pps",
                    queries: [
                        { expr: `sum by (instance) (rate(${DENIED}[$__rate_interval]))`, legend: "{{instance}}" },
                    ],
                    min: 0,
                },
                {
                    type: "timeseries",
                    title: "Addresses refused by the proxy",
                    description:
                        "Answers 403: people at hosts that are not open to their address, the dashboards above all.",
                    unit: "reqps",
                    queries: [
                        {
                            expr: 'sum(rate(matrice_proxy_responses_total{status="403"}[$__rate_interval]))',
                            legend: "403",
                        },
                    ],
                    min: 0,
                },
            ],
        },
        {
            title: "Rows of metrics and logs",
            panels: [
                {
                    type: "table",
                    title: "Rows that are scraped",
                    description: "1: the row Prometheus → role carries traffic, so it is open at both ends.",
                    unit: "none",
                    queries: [{ expr: "min by (job, role) (up)" }],
                    hidden: ["Time"],
                },
                {
                    type: "timeseries",
                    title: "Metrics on their way to InfluxDB",
                    description: "Samples sent and refused by the row Prometheus → InfluxDB.",
                    unit: "cps",
                    queries: [
                        {
                            expr: "sum(rate(prometheus_remote_storage_samples_total[$__rate_interval]))",
                            legend: "sent",
                        },
                        {
                            expr: "sum(rate(prometheus_remote_storage_samples_failed_total[$__rate_interval]))",
                            legend: "refused",
                        },
                    ],
                    min: 0,
                },
                {
                    type: "timeseries",
                    title: "Lines that reach Loki",
                    description: "By the row from the log collector; those that Loki discards are lost.",
                    unit: "cps",
                    queries: [
                        {
                            expr: "sum(rate(loki_distributor_lines_received_total[$__rate_interval]))",
                            legend: "received",
                        },
                        {
                            expr: "sum by (reason) (rate(loki_discarded_samples_total[$__rate_interval]))",
                            legend: "discarded: {{reason}}",
                        },
                    ],
                    min: 0,
                },
                {
                    type: "timeseries",
                    title: "Notifications",
                    description: "By channel, from Alertmanager; those that fail reach nobody.",
                    unit: "cps",
                    queries: [
                        {
                            expr: "sum by (integration) (rate(alertmanager_notifications_total[$__rate_interval]))",
                            legend: "{{integration}}",
                        },
                        {
                            expr: "sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))",
                            legend: "{{integration}}: failed",
                        },
                    ],
                    min: 0,
                },
            ],
        },
    ],
};
