/** What shows some of the metrics that alerts and dashboards read. */
export interface Producer {
    /** The program, in the version that the platform runs. */
    readonly program: string;
    /** Labels `job` of its targets. */
    readonly jobs: readonly string[];
    /** Jobs that the metrics are about, where these are not its own. */
    readonly about?: readonly string[];
    readonly metrics: readonly string[];
    /** How it is known that the program shows them: a test of this repository sees them, or this page says so. */
    readonly known: "run" | `https://${string}`;
}

const NODE_APPLICATIONS = ["api", "app-dashboard", "app-driver", "app-user"];
const PYTHON_APPLICATIONS = ["fastapi-backend", "agent-service", "oauth-manager"];
const NGINX = ["proxy", "redirect", "nginx-proxy"];
const BACKUP_JOBS = ["job-de-backup", "job-de-cleanup", "job-de-drill", "job-de-retention"];
/** What e-chauffeur calls Prometheus is agents' Monitoring. */
const PROMETHEUS = ["prometheus", "monitoring"];
const VOLUMES = ["mongodb", "postgresql", "influxdb", "loki", "alertmanager", ...PROMETHEUS].map(
    (role) => `${role}-volumes`,
);

/**
 * Who shows each metric that alerts and dashboards read. By hand, from the programs' documentation, so that it stands
 * apart from the expressions; what can be run here is also seen there (test/programs/supervision.test.ts).
 */
export const producers: readonly Producer[] = [
    {
        program: "Prometheus itself, of every target",
        jobs: PROMETHEUS,
        about: ["*"],
        metrics: ["ALERTS", "up", "scrape_duration_seconds"],
        known: "run",
    },
    {
        program: "The rules that the program makes",
        jobs: PROMETHEUS,
        about: ["*"],
        metrics: [
            "matrice_cpu_limit_cores",
            "matrice_expected_targets",
            "matrice_flow_info",
            "matrice_memory_limit_bytes",
        ],
        known: "run",
    },
    {
        program: "The rules that the program makes, of what is done on a schedule",
        // Their series bear the label of no target.
        jobs: [],
        about: BACKUP_JOBS,
        metrics: ["matrice_scheduled_task"],
        known: "run",
    },
    {
        program: "Prometheus",
        jobs: PROMETHEUS,
        metrics: [
            "prometheus_config_last_reload_successful",
            "prometheus_notifications_alertmanagers_discovered",
            "prometheus_notifications_errors_total",
            "prometheus_notifications_sent_total",
            "prometheus_remote_storage_highest_timestamp_in_seconds",
            "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
            "prometheus_remote_storage_samples_failed_total",
            "prometheus_remote_storage_samples_total",
            "prometheus_rule_evaluation_failures_total",
            "prometheus_rule_group_interval_seconds",
            "prometheus_rule_group_last_duration_seconds",
            "prometheus_tsdb_compactions_failed_total",
            "prometheus_tsdb_wal_corruptions_total",
        ],
        known: "run",
    },
    {
        program: "InfluxDB, as Prometheus sees it",
        jobs: PROMETHEUS,
        about: ["influxdb"],
        metrics: [
            "prometheus_remote_storage_highest_timestamp_in_seconds",
            "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
            "prometheus_remote_storage_samples_failed_total",
            "prometheus_remote_storage_samples_total",
        ],
        known: "run",
    },
    {
        program: "Go's, Node's and Python's client libraries, of the process",
        jobs: [
            ...NODE_APPLICATIONS,
            ...PYTHON_APPLICATIONS,
            "alertmanager",
            "grafana",
            "influxdb",
            "log-collector",
            "loki",
            ...PROMETHEUS,
        ],
        metrics: [
            "process_cpu_seconds_total",
            "process_max_fds",
            "process_open_fds",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
        ],
        known: "run",
    },
    {
        program: "Alertmanager",
        jobs: ["alertmanager"],
        metrics: [
            "alertmanager_config_last_reload_successful",
            "alertmanager_notification_latency_seconds_count",
            "alertmanager_notification_latency_seconds_sum",
            "alertmanager_notifications_failed_total",
            "alertmanager_notifications_total",
        ],
        known: "run",
    },
    {
        program: "nginx-prometheus-exporter",
        jobs: NGINX,
        metrics: [
            "nginx_connections_accepted",
            "nginx_connections_active",
            "nginx_connections_handled",
            "nginx_http_requests_total",
            "nginx_up",
        ],
        known: "run",
    },
    {
        program: "redis_exporter",
        jobs: ["redis"],
        metrics: [
            "redis_commands_duration_seconds_total",
            "redis_commands_failed_calls_total",
            "redis_commands_rejected_calls_total",
            "redis_commands_total",
            "redis_connected_clients",
            "redis_memory_max_bytes",
            "redis_memory_used_bytes",
            "redis_start_time_seconds",
            "redis_up",
        ],
        known: "run",
    },
    {
        program: "node_exporter, of the volume beside it",
        jobs: VOLUMES,
        about: VOLUMES.map((job) => job.replace(/-volumes$/, "")),
        metrics: [
            "node_filesystem_avail_bytes",
            "node_filesystem_files",
            "node_filesystem_files_free",
            "node_filesystem_size_bytes",
        ],
        known: "run",
    },
    {
        program: "prom-client in the applications",
        jobs: NODE_APPLICATIONS,
        metrics: ["http_request_duration_ms_count", "http_request_duration_ms_sum", "nodejs_eventloop_lag_seconds"],
        known: "https://github.com/siimon/prom-client",
    },
    {
        program: "prometheus-fastapi-instrumentator in the applications",
        jobs: PYTHON_APPLICATIONS,
        metrics: ["http_request_duration_seconds_count", "http_request_duration_seconds_sum", "http_requests_total"],
        known: "https://github.com/trallnag/prometheus-fastapi-instrumentator",
    },
    {
        program: "postgres_exporter",
        jobs: ["postgresql"],
        metrics: [
            "pg_settings_max_connections",
            "pg_stat_activity_max_tx_duration",
            "pg_stat_database_deadlocks",
            "pg_stat_database_numbackends",
            "pg_stat_database_xact_commit",
            "pg_stat_database_xact_rollback",
            "pg_up",
        ],
        known: "https://github.com/prometheus-community/postgres_exporter",
    },
    {
        program: "Grafana Alloy, which counts the lines of the proxy's access log",
        jobs: ["log-collector"],
        about: ["proxy", "nginx-proxy"],
        metrics: [
            "matrice_proxy_rate_limited_total",
            "matrice_proxy_response_seconds_count",
            "matrice_proxy_response_seconds_sum",
            "matrice_proxy_responses_total",
            "matrice_proxy_waf_blocked_total",
        ],
        known: "https://grafana.com/docs/alloy/latest/reference/components/loki/loki.process/#stagemetrics-block",
    },
    {
        program: "Grafana Alloy",
        jobs: ["log-collector"],
        metrics: [
            "loki_write_dropped_entries_total",
            "loki_write_request_duration_seconds_count",
            "loki_write_request_duration_seconds_sum",
        ],
        known: "https://grafana.com/docs/alloy/latest/reference/components/loki/loki.write/#debug-metrics",
    },
    {
        program: "Loki",
        jobs: ["loki"],
        metrics: [
            "loki_compactor_apply_retention_last_successful_run_timestamp_seconds",
            "loki_discarded_samples_total",
            "loki_distributor_lines_received_total",
            "loki_request_duration_seconds_bucket",
            "loki_request_duration_seconds_count",
        ],
        known: "https://grafana.com/docs/loki/latest/operations/observability/",
    },
    {
        program: "Grafana",
        jobs: ["grafana"],
        metrics: ["grafana_http_request_duration_seconds_count", "grafana_http_request_duration_seconds_sum"],
        known: "https://grafana.com/docs/grafana/latest/setup-grafana/set-up-grafana-monitoring/",
    },
    {
        program: "mongodb_exporter with diagnosticdata, replicasetstatus and the names of its first version",
        jobs: ["mongodb"],
        metrics: [
            "mongodb_mongod_replset_oplog_head_timestamp",
            "mongodb_mongod_replset_oplog_tail_timestamp",
            "mongodb_rs_members_health",
            "mongodb_rs_members_optimeDate",
            "mongodb_rs_members_state",
            "mongodb_ss_asserts",
            "mongodb_ss_connections",
            "mongodb_ss_globalLock_currentQueue",
            "mongodb_ss_opLatencies_latency",
            "mongodb_ss_opLatencies_ops",
            "mongodb_ss_opcounters",
            "mongodb_ss_uptime",
            "mongodb_up",
        ],
        known: "https://github.com/percona/mongodb_exporter/blob/main/REFERENCE.md",
    },
    {
        program: "The backup-status exporter (jobs/status, whose own tests see them)",
        jobs: ["backup-status"],
        about: ["backup-status", ...BACKUP_JOBS],
        metrics: [
            "matrice_backup_count",
            "matrice_backup_last_success_timestamp_seconds",
            "matrice_backup_oldest_timestamp_seconds",
            "matrice_backup_size_bytes",
            "matrice_backup_status_readable",
            "matrice_cleanup_last_result",
            "matrice_cleanup_last_success_timestamp_seconds",
            "matrice_drill_duration_seconds",
            "matrice_drill_last_result",
            "matrice_drill_last_success_timestamp_seconds",
        ],
        known: "run",
    },
    {
        program: "cert-manager's controller",
        jobs: ["cert-manager"],
        metrics: [
            "certmanager_certificate_challenge_status",
            "certmanager_certificate_not_after_timestamp_seconds",
            "certmanager_certificate_not_before_timestamp_seconds",
            "certmanager_certificate_ready_status",
            "certmanager_http_acme_client_request_count",
        ],
        known: "https://cert-manager.io/docs/devops-tips/prometheus-metrics/",
    },
    {
        program: "cert-manager's webhook and cainjector",
        jobs: ["cert-manager-webhook", "cert-manager-cainjector"],
        metrics: ["process_open_fds", "process_max_fds"],
        known: "https://cert-manager.io/docs/devops-tips/prometheus-metrics/",
    },
];

/**
 * Metrics that only some clusters have: panels then say that nobody reports it, and the alert stays quiet. Cilium's
 * agents are the provider's; a row from Prometheus to them, with their addresses, makes them a target.
 */
export const elsewhere: readonly string[] = ["cilium_drop_count_total"];
