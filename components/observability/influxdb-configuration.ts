/** Where InfluxDB keeps its data in the pod. */
export const INFLUXDB_FOLDER = "/var/lib/influxdb";

export interface InfluxDBSettings {
    /** Undefined where no row opens it: it then listens on the pod's loopback alone. */
    readonly port: number | undefined;
    /** Defaults to the folder of the image. */
    readonly folder?: string;
}

/**
 * influxdb.conf of InfluxDB 1.x: it asks for a password, listens on the matrix's port alone and tells nobody of itself.
 * https://docs.influxdata.com/influxdb/v1/administration/config/
 */
export function influxdbConfiguration({ port, folder = INFLUXDB_FOLDER }: InfluxDBSettings): string {
    return [
        "reporting-disabled = true",
        "# Backups and restores by RPC: on the pod's loopback, on any port that is free.",
        'bind-address = "127.0.0.1:0"',
        "",
        "[meta]",
        `  dir = "${folder}/meta"`,
        "",
        "[data]",
        `  dir = "${folder}/data"`,
        `  wal-dir = "${folder}/wal"`,
        "  # An index on disk: memory does not grow with the number of series.",
        '  index-version = "tsi1"',
        "  query-log-enabled = false",
        '  cache-max-memory-size = "256m"',
        "",
        "[coordinator]",
        '  query-timeout = "60s"',
        "",
        "[retention]",
        "  enabled = true",
        '  check-interval = "30m"',
        "",
        "[monitor]",
        "  store-enabled = false",
        "",
        "[subscriber]",
        "  enabled = false",
        "",
        "[continuous_queries]",
        "  enabled = false",
        "",
        "[http]",
        "  enabled = true",
        `  bind-address = "${port === undefined ? "127.0.0.1:0" : `:${port}`}"`,
        "  auth-enabled = true",
        "  log-enabled = false",
        "  pprof-enabled = false",
        "  max-body-size = 25000000",
        "",
        "[logging]",
        '  format = "logfmt"',
        '  level = "warn"',
        "",
    ].join("\n");
}
