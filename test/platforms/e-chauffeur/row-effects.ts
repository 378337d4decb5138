import type { RowEffect } from "../rows";

const policies = (...names: string[]): string[] => names.map((name) => `NetworkPolicy ${name}`);

/** Prometheus knows each row as a series (matrice_flow_info), so its rules change with any row, and it is rolled. */
export const whateverTheRow = ["ConfigMap prometheus-rules", "StatefulSet prometheus"];

/** A published application: its listener, its Service and its route. */
const published = (name: string): string[] => [
    ...policies("proxy", name),
    `Service ${name}`,
    `Deployment ${name}`,
    ...route,
];

/** The proxy's configuration, and its pods that are rolled for it. */
const route = ["ConfigMap proxy", "Deployment proxy"];

/** The preload that sends an application's server-side calls to the API's Service. */
const serverSide = (name: string): string[] => [
    ...policies(name, "api"),
    `ConfigMap ${name}-preload`,
    `Deployment ${name}`,
];

const scraped = (name: string, kind = "Deployment"): string[] => [
    ...policies("prometheus", name),
    `Service ${name}-metrics`,
    `${kind} ${name}`,
    "ConfigMap prometheus",
];

/** What each of the 33 rows holds up. */
export const rowEffects: readonly RowEffect[] = [
    { row: "Client|Proxy|80/443*", changes: policies("proxy") },
    { row: "Chauffeur|Proxy|80/443*", changes: policies("proxy") },
    { row: "Régulateur|Proxy|80/443*", changes: policies("proxy") },
    { row: "Administrateur applicatif|Proxy|80/443*", changes: policies("proxy") },
    // No pod at either end: the provider's IP restriction holds it.
    { row: "Administrateur technique|Cluster (control plane kubernetes)|6443", changes: [] },
    // dev has no mail, SMS or push settings, so the row opens the way and nothing else.
    { row: "API|Serveur SMTP OVH|587", changes: policies("api") },
    { row: "API|Prestataire SMS (Twilio)|443", changes: policies("api") },
    { row: "API|Serveur(s) notifications web|443", changes: policies("api") },
    {
        row: "API|Redis|6379",
        changes: [
            ...policies("api", "redis"),
            "Service redis",
            "Deployment redis",
            "Secret redis-configuration", // it says where Redis listens
            "Secret redis-exporter", // and so does what its exporter reads
            "Secret api-environment",
            "Deployment api",
        ],
    },
    { row: "API|MongoDB|27017", changes: [], refused: /annex\.md:\d+:\d+.*API → MongoDB/s },
    { row: "Proxy|Let's Encrypt|443", changes: [], refused: /annex\.md:\d+:\d+.*Proxy → Let's Encrypt/s },
    { row: "Let's Encrypt|Proxy|443", changes: [], refused: /annex\.md:\d+:\d+.*Let's Encrypt → Proxy/s },
    { row: "Proxy|Redirect|80", changes: [...published("redirect"), "ConfigMap redirect"] },
    // The applications' rows keep the API's listener and Service: its route is gone, and with it what the API's sockets
    // need of the edge, that a client keeps to one pod.
    { row: "Proxy|API|80", changes: [...policies("proxy", "api"), ...route, "Service proxy"] },
    { row: "Proxy|App Dashboard|80", changes: published("app-dashboard") },
    { row: "Proxy|App User|80", changes: published("app-user") },
    { row: "Proxy|App Driver|80", changes: published("app-driver") },
    { row: "App Dashboard|API|80", changes: serverSide("app-dashboard") },
    { row: "App Driver|API|80", changes: serverSide("app-driver") },
    { row: "App User|API|80", changes: serverSide("app-user") },
    { row: "Job de cleanup|MongoDB|27017", changes: [], refused: /annex\.md:\d+:\d+.*Job de cleanup → MongoDB/s },
    {
        row: "Job de backup|MongoDB|27017",
        changes: [
            ...policies("backup", "mongodb"),
            "CronJob backup",
            "ServiceAccount backup",
            "ConfigMap backup-scripts",
            "Secret backup-database",
            "Secret backup-object-storage",
        ],
    },
    {
        row: "Job de backup|ObjectStorage OVH|443",
        changes: [],
        refused: /annex\.md:\d+:\d+.*Job de backup → ObjectStorage OVH/s,
    },
    { row: "Administrateur|Proxy|443", changes: policies("proxy") },
    {
        row: "Proxy|Grafana|80",
        changes: [...policies("proxy", "grafana"), "Service grafana", "Deployment grafana", ...route],
    },
    { row: "Grafana|Loki|3100", changes: [], refused: /annex\.md:\d+:\d+.*Grafana → Loki/s },
    { row: "Grafana|Prometheus|9090", changes: [], refused: /annex\.md:\d+:\d+.*Grafana → Prometheus/s },
    {
        row: "Prometheus|InfluxDB|8086",
        changes: [
            ...policies("prometheus", "influxdb"),
            "ConfigMap prometheus",
            "ConfigMap influxdb", // it says where InfluxDB listens
            "Service influxdb",
            "Service influxdb-metrics",
            "StatefulSet influxdb",
        ],
    },
    { row: "Prometheus|API|9091", changes: scraped("api") },
    { row: "Prometheus|App Dashboard|9091", changes: scraped("app-dashboard") },
    { row: "Prometheus|App Driver|9091", changes: scraped("app-driver") },
    { row: "Prometheus|App User|9091", changes: scraped("app-user") },
    { row: "Prometheus|MongoDB|9091", changes: scraped("mongodb", "StatefulSet") },
];
