import { readDocument, readInventory, resolve, type Matrix } from "../../../matrix";

const INVENTORY = `
platform: shop
namespaces: [shop, watch]
zones: [all]
roles:
    Proxy: { zone: all, workload: shop/proxy, ports: { metrics: from Prometheus } }
    Web: { zone: all, workload: shop/web, ports: { http: from Proxy, metrics: from Prometheus } }
    Nightly job: { zone: all, workload: shop/nightly }
    Grafana: { zone: all, workload: watch/grafana, ports: { http: from Proxy, metrics: from Prometheus } }
    Prometheus:
        zone: all
        workload: watch/prometheus
        ports: { http: from Grafana }
        uses: { InfluxDB: "remote-write, scrape" }
    InfluxDB: { zone: all, workload: watch/influxdb, ports: { http: from Prometheus, metrics: from Prometheus } }
    Loki:
        zone: all
        workload: watch/loki
        ports: { http: "from Grafana, Log collector", metrics: from Prometheus }
    Log collector: { zone: all, workload: watch/log-collector, ports: { metrics: from Prometheus } }
    Alertmanager: { zone: all, workload: watch/alertmanager, ports: { http: from Prometheus, metrics: from Prometheus } }
    Mail server: { kind: external, zone: all, hosts: [mail.example.org] }
    Slack: { kind: external, zone: all, hosts: [hooks.slack.com] }
    On-call service: { kind: external, zone: all, hosts: [calls.example.org] }
    Control plane: { kind: controlPlane, zone: all }
`;

const ROWS = [
    "|Proxy|Web|8080|HTTP|Published|",
    "|Proxy|Grafana|81|HTTP|Published|",
    "|Grafana|Loki|3110|HTTP|Logs|",
    "|Grafana|Prometheus|9099|HTTP|Metrics|",
    "|Prometheus|InfluxDB|8096|HTTP|Kept longer|",
    "|Prometheus|Web|9100|HTTP|Metrics|",
    "|Prometheus|Proxy|9113|HTTP|Metrics|",
    "|Prometheus|Loki|3110|HTTP|Metrics|",
    "|Prometheus|Grafana|81|HTTP|Metrics|",
    "|Prometheus|Log collector|9101|HTTP|Metrics|",
    "|Prometheus|Alertmanager|9098|HTTP|Alerts, metrics|",
    "|Log collector|Loki|3110|HTTP|Logs|",
    "|Log collector|Control plane|6443|HTTPS|Logs of pods|",
    "|Alertmanager|Mail server|587|SMTP|Alerts|",
    "|Alertmanager|Slack|443|HTTPS|Alerts|",
    "|Alertmanager|On-call service|443|HTTPS|Alerts|",
];

/** A small platform that is watched, on ports that no program listens on by itself, less the rows that hold a text. */
export function watchedMatrix(...without: string[]): Matrix {
    return changedMatrix((rows) => rows.filter((row) => !without.some((text) => row.includes(text))));
}

/** The same with other rows, or another inventory. */
export function changedMatrix(
    change: (rows: readonly string[]) => readonly string[],
    inventory: (text: string) => string = (text) => text,
): Matrix {
    const table = ["|Source|Destination|Port|Protocol|Why|", "|-|-|-|-|-|", ...change(ROWS)].join("\n");
    return resolve([readDocument(table, "matrix.md")], readInventory(inventory(INVENTORY), "inventory.yaml"));
}

/** Every row with one port changed for another. */
export function onPort(from: number, to: number): Matrix {
    return changedMatrix((rows) => rows.map((row) => row.replace(`|${from}|`, `|${to}|`)));
}

/** The same with a row that reads how full Loki's volume is. */
export function withVolume(): Matrix {
    return changedMatrix(
        (rows) => [...rows, "|Prometheus|Loki|9105|node-exporter|Volume|"],
        (text) =>
            text.replace(
                '"from Grafana, Log collector", metrics: from Prometheus',
                '"from Grafana, Log collector", metrics: from Prometheus as HTTP, volumes: from Prometheus as node-exporter',
            ),
    );
}
