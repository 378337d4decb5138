import type { Dashboard } from "./panels";

const DAY = 86_400;

/** Backups, restore drills and certificates: what nobody misses until it is needed. */
export const backups: Dashboard = {
    uid: "backups-certificates",
    title: "Backups and certificates",
    description: "Backups, restore drills and certificates: what nobody misses until it is needed.",
    sections: [
        {
            title: "Backups",
            panels: [
                {
                    type: "stat",
                    title: "Age of the newest backup",
                    description: "Of those that have their manifest. One is due every night at 02:00.",
                    unit: "s",
                    width: 6,
                    height: 5,
                    queries: [{ expr: "time() - max(matrice_backup_last_success_timestamp_seconds)" }],
                    limits: { orange: 25 * 3600, red: 26 * 3600 },
                },
                {
                    type: "stat",
                    title: "Backups kept",
                    description: "15 daily and 24 monthly ones once the platform is two years old.",
                    unit: "none",
                    width: 6,
                    height: 5,
                    queries: [{ expr: "max(matrice_backup_count)" }],
                    limits: { orange: 50, red: 60 },
                },
                {
                    type: "stat",
                    title: "Age of the oldest backup",
                    description: "Retention deletes what is older than two years and a month.",
                    unit: "s",
                    width: 6,
                    height: 5,
                    queries: [{ expr: "time() - min(matrice_backup_oldest_timestamp_seconds)" }],
                    limits: { orange: 762 * DAY, red: 765 * DAY },
                },
                {
                    type: "stat",
                    title: "Manifests are readable",
                    description: "1 while the exporter can list and read them; else the rest of this page is old.",
                    unit: "none",
                    width: 6,
                    height: 5,
                    queries: [{ expr: "min(matrice_backup_status_readable)" }],
                    limits: { orange: 1, red: 0.5, falling: true },
                },
                {
                    type: "timeseries",
                    title: "Size of the newest backup",
                    description: "Encrypted and compressed. Half the week's usual size raises an alert.",
                    unit: "bytes",
                    width: 24,
                    queries: [
                        { expr: "max(matrice_backup_size_bytes)", legend: "newest" },
                        {
                            expr: "max(quantile_over_time(0.5, matrice_backup_size_bytes[7d]))",
                            legend: "median of 7 days",
                        },
                    ],
                    min: 0,
                },
            ],
        },
        {
            title: "Restore drills",
            panels: [
                {
                    type: "stat",
                    title: "Age of the last successful drill",
                    description: "One is due every month.",
                    unit: "s",
                    width: 6,
                    queries: [{ expr: "time() - max(matrice_drill_last_success_timestamp_seconds)" }],
                    limits: { orange: 31 * DAY, red: 33 * DAY },
                },
                {
                    type: "stat",
                    title: "Result of the last drill",
                    description: "1: restored, and the counts of every collection or table equal the manifest's.",
                    unit: "none",
                    width: 6,
                    queries: [{ expr: "min(matrice_drill_last_result)" }],
                    limits: { orange: 1, red: 0.5, falling: true },
                },
                {
                    type: "timeseries",
                    title: "Duration of drills",
                    description: "From download to compared counts: what a real restore takes at least.",
                    unit: "s",
                    queries: [{ expr: "max(matrice_drill_duration_seconds)", legend: "drill" }],
                    limits: { orange: 3600, red: 2 * 3600 },
                    min: 0,
                },
                {
                    type: "logs",
                    title: "Jobs",
                    description: "What backup, retention, drill and clean-up say.",
                    unit: "none",
                    source: "loki",
                    width: 24,
                    queries: [{ expr: '{job=~".*(cleanup|backup|retention|drill).*"}' }],
                },
            ],
        },
        {
            title: "Certificates",
            panels: [
                {
                    type: "bargauge",
                    title: "Lifetime that is left",
                    description:
                        "Share of each certificate's lifetime. It is renewed at 33 %; alerts fire at 25 % and 10 %.",
                    unit: "percentunit",
                    queries: [
                        {
                            expr:
                                "max by (namespace, name) ((certmanager_certificate_not_after_timestamp_seconds - time()) / " +
                                "(certmanager_certificate_not_after_timestamp_seconds - " +
                                "certmanager_certificate_not_before_timestamp_seconds))",
                            legend: "{{namespace}}/{{name}}",
                        },
                    ],
                    limits: { orange: 0.25, red: 0.1, falling: true },
                    min: 0,
                    max: 1,
                },
                {
                    type: "bargauge",
                    title: "Time that is left",
                    description: "Until each certificate ends.",
                    unit: "s",
                    queries: [
                        {
                            expr: "min by (namespace, name) (certmanager_certificate_not_after_timestamp_seconds - time())",
                            legend: "{{namespace}}/{{name}}",
                        },
                    ],
                    limits: { orange: 14 * DAY, red: 4 * DAY, falling: true },
                    min: 0,
                },
                {
                    type: "table",
                    title: "Certificates that are not ready",
                    description: "Empty is right.",
                    unit: "none",
                    queries: [{ expr: 'certmanager_certificate_ready_status{condition="True"} == 0' }],
                    hidden: ["Time", "Value", "__name__", "condition", "instance", "job", "role"],
                },
                {
                    type: "timeseries",
                    title: "Requests to the authorities",
                    description: "By status. 429 means that their rate limit was reached.",
                    unit: "none",
                    queries: [
                        {
                            expr: "sum by (host, status) (increase(certmanager_http_acme_client_request_count[1h]))",
                            legend: "{{host}} {{status}}",
                        },
                    ],
                    min: 0,
                },
            ],
        },
    ],
};
