import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";

const INVENTORY = `
platform: shop
namespaces: [shop, cert-manager]
zones: [all]
roles:
    Proxy: { zone: all, workload: shop/proxy }
    Prometheus: { zone: all, workload: shop/prometheus }
    Web: { zone: all, workload: shop/web, ports: { http: from Proxy, metrics: from Prometheus } }
    MongoDB: { zone: all, workload: shop/mongodb, ports: { mongodb: from Web, metrics: from Prometheus } }
    MongoDB init: { zone: all, workload: shop/mongodb-init }
    Redis: { zone: all, workload: shop/redis, ports: { redis: from Web, metrics: from Prometheus } }
    cert-manager:
        zone: all
        workload: cert-manager/cert-manager
        ports: { metrics: from Prometheus, health: from Kubelet }
    cert-manager webhook:
        zone: all
        workload: cert-manager/cert-manager-webhook
        ports: { https: from Control plane, metrics: from Prometheus, health: from Kubelet }
    cert-manager cainjector:
        zone: all
        workload: cert-manager/cert-manager-cainjector
        ports: { metrics: from Prometheus }
    Control plane: { kind: controlPlane, zone: all }
    Kubelet: { kind: nodes, zone: all, cidrs: nodes }
    ACME solver:
        zone: all
        workload: shop/acme-solver
        labels: { acme.cert-manager.io/http01-solver: "true" }
        ports: { http: from Proxy }
`;

const ROWS = [
    "|Proxy|Web|8080|HTTP|Published|",
    "|Prometheus|Web|9100|HTTP|Metrics|",
    "|Web|MongoDB|27018|TCP|Data|",
    "|Prometheus|MongoDB|9216|HTTP|Metrics|",
    "|Web|Redis|6380|TCP|Messages|",
    "|Prometheus|Redis|9121|HTTP|Metrics|",
    "|Proxy|ACME solver|8090|HTTP|Challenges|",
    "|Control plane|cert-manager webhook|10251|HTTPS|Reviews|",
    "|Kubelet|cert-manager|9413|HTTP|Probes|",
    "|Kubelet|cert-manager webhook|6081|HTTP|Probes|",
    "|Prometheus|cert-manager|9412|HTTP|Metrics|",
    "|Prometheus|cert-manager webhook|9422|HTTP|Metrics|",
    "|Prometheus|cert-manager cainjector|9432|HTTP|Metrics|",
];

/** A small platform on ports that no image listens on by itself, less the rows that hold a text. */
export function smallMatrix(...without: string[]): Matrix {
    return matrixOf(ROWS.filter((row) => !without.some((text) => row.includes(text))));
}

/** The same platform with the application on another port. */
export function smallMatrixOn(port: number): Matrix {
    return matrixOf(ROWS.map((row) => row.replace("|8080|", `|${port}|`)));
}

function matrixOf(rows: readonly string[]): Matrix {
    const table = ["|Source|Destination|Port|Protocol|Why|", "|-|-|-|-|-|", ...rows].join("\n");
    return resolve([readDocument(table, "matrix.md")], readInventory(INVENTORY, "inventory.yaml"));
}
