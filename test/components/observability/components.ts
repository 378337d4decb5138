import { Alertmanager, type AlertmanagerArgs } from "../../../components/observability/alertmanager";
import { Grafana, type GrafanaArgs } from "../../../components/observability/grafana";
import { InfluxDB, type InfluxDBArgs } from "../../../components/observability/influxdb";
import { LogCollector } from "../../../components/observability/log-collector";
import { Loki, type LokiArgs } from "../../../components/observability/loki";
import { Prometheus, type PrometheusArgs } from "../../../components/observability/prometheus";
import type { Matrix } from "../../../matrix";

const storage = { size: "10Gi" };

/** Each component with what it must be given, at the least. */
export const components = {
    prometheus: (matrix: Matrix, args: Partial<PrometheusArgs> = {}) =>
        new Prometheus("prometheus", { role: matrix.role("Prometheus"), matrix, image: "prom:1", storage, ...args }),
    influxdb: (matrix: Matrix, args: Partial<InfluxDBArgs> = {}) =>
        new InfluxDB("influxdb", { role: matrix.role("InfluxDB"), image: "influxdb:1", storage, ...args }),
    loki: (matrix: Matrix, args: Partial<LokiArgs> = {}) =>
        new Loki("loki", { role: matrix.role("Loki"), image: "loki:1", storage, ...args }),
    "log-collector": (matrix: Matrix) =>
        new LogCollector("log-collector", {
            role: matrix.role("Log collector"),
            matrix,
            loki: matrix.role("Loki"),
            accessLog: { role: matrix.role("Proxy"), container: "nginx" },
            image: "alloy:1",
        }),
    grafana: (matrix: Matrix, args: Partial<GrafanaArgs> = {}) =>
        new Grafana("grafana", {
            role: matrix.role("Grafana"),
            matrix,
            image: "grafana:1",
            url: "https://watch.example.org",
            sources: { prometheus: matrix.role("Prometheus"), loki: matrix.role("Loki") },
            ...args,
        }),
    alertmanager: (matrix: Matrix, args: Partial<AlertmanagerArgs> = {}) =>
        new Alertmanager("alertmanager", {
            role: matrix.role("Alertmanager"),
            matrix,
            image: "alertmanager:1",
            storage,
            ...args,
        }),
};
