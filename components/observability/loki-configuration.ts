import { stringify } from "yaml";
import { hours } from "../stateful";

/** Where Loki keeps its data in the pod: the only folder besides /tmp that it writes to. */
export const LOKI_FOLDER = "/loki";

export interface LokiSettings {
    /** Undefined where no row opens it: it then listens on the pod's loopback alone. */
    readonly port: number | undefined;
    /** Days that logs are kept, 1 or more. */
    readonly retentionDays: number;
}

/**
 * Loki as one process on a file system. Logs are really deleted when they are old: the compactor does that only with
 * `retention_enabled` and a `delete_request_store`; `retention_period` alone hides nothing and frees nothing.
 * https://grafana.com/docs/loki/latest/operations/storage/retention/
 * Throws RangeError for a retention that is no whole number of days.
 */
export function lokiConfiguration({ port, retentionDays }: LokiSettings): string {
    return stringify(
        {
            // One tenant: who may ask is said by the rows, not by a header that anyone can write.
            auth_enabled: false,
            server: {
                ...(port === undefined ? { http_listen_address: "127.0.0.1" } : { http_listen_port: port }),
                // Its parts talk to each other in the one process.
                grpc_listen_address: "127.0.0.1",
                log_level: "warn",
            },
            common: {
                instance_addr: "127.0.0.1",
                path_prefix: LOKI_FOLDER,
                replication_factor: 1,
                ring: { kvstore: { store: "inmemory" } },
                storage: {
                    filesystem: { chunks_directory: `${LOKI_FOLDER}/chunks`, rules_directory: `${LOKI_FOLDER}/rules` },
                },
            },
            schema_config: {
                configs: [
                    {
                        from: "2026-01-01",
                        store: "tsdb",
                        object_store: "filesystem",
                        schema: "v13",
                        // Retention works on indexes of a day alone.
                        index: { prefix: "index_", period: "24h" },
                    },
                ],
            },
            ingester: {
                // What is not yet in a chunk survives a restart.
                wal: { enabled: true, dir: `${LOKI_FOLDER}/wal`, flush_on_shutdown: true },
            },
            compactor: {
                working_directory: `${LOKI_FOLDER}/compactor`,
                compaction_interval: "10m",
                retention_enabled: true,
                retention_delete_delay: "2h",
                delete_request_store: "filesystem",
            },
            limits_config: {
                retention_period: hours(retentionDays),
                reject_old_samples: true,
                reject_old_samples_max_age: "168h",
                // A pod that cannot stop writing fills its own share of the volume, not all of it.
                ingestion_rate_mb: 8,
                ingestion_burst_size_mb: 16,
                per_stream_rate_limit: "3MB",
                max_line_size: "64KB",
                max_line_size_truncate: true,
                max_query_length: hours(retentionDays + 1),
            },
            analytics: { reporting_enabled: false },
        },
        { lineWidth: 0 },
    );
}
