import type { RowEffect } from "../rows";

const policies = (...names: string[]): string[] => names.map((name) => `NetworkPolicy ${name}`);

/** The proxy's configuration, and its pods that are rolled for it. */
const route = ["ConfigMap proxy", "Deployment nginx-proxy"];

/** What a service is told, in variables and in secret files, and its pods. */
const told = (name: string): string[] => [`Secret ${name}-files`, `Deployment ${name}`];

/** A service's user of the database: where it may come from, its rights, its password, and the names of its pods. */
const database = (name: string): string[] => [
    ...policies(name, "postgresql"),
    "ConfigMap postgresql",
    "ConfigMap postgresql-scripts",
    "Secret postgresql-passwords",
    "StatefulSet postgresql",
    `Service ${name}-database-clients`,
    ...told(name),
];

/** A service's user of Redis. */
const cache = (name: string): string[] => [
    ...policies(name, "redis"),
    "Secret redis-configuration",
    "Deployment redis",
    ...told(name),
];

/** What each of the 15 rows holds up. */
export const rowEffects: readonly RowEffect[] = [
    { row: "Internet|Load Balancer|TCP", changes: [], refused: /annex\.md:\d+:\d+.*Internet → Load Balancer/s },
    { row: "Load Balancer|Nginx Proxy|TCP", changes: [], refused: /No row gives the port "http" of Nginx Proxy/ },
    {
        row: "Nginx Proxy|FastAPI Backend|TCP",
        changes: [
            ...policies("nginx-proxy", "fastapi-backend"),
            ...route,
            "Service fastapi-backend",
            "Deployment fastapi-backend",
        ],
    },
    {
        row: "Nginx Proxy|Agent Service|TCP",
        changes: [
            ...policies("nginx-proxy", "agent-service"),
            ...route,
            "Service agent-service",
            "Deployment agent-service",
            "Service nginx-proxy", // the only site with websockets, for which a client keeps to one pod
        ],
    },
    // The other services' rows keep the listener.
    { row: "Nginx Proxy|OAuth Manager|TCP", changes: [...policies("nginx-proxy", "oauth-manager"), ...route] },
    { row: "FastAPI Backend|PostgreSQL|TCP", changes: database("fastapi-backend") },
    { row: "FastAPI Backend|Redis|TCP", changes: cache("fastapi-backend") },
    {
        row: "FastAPI Backend|OAuth Manager|TCP",
        changes: [...policies("fastapi-backend", "oauth-manager"), "Deployment fastapi-backend"],
    },
    { row: "Agent Service|PostgreSQL|TCP", changes: database("agent-service") },
    { row: "Agent Service|Redis|TCP", changes: cache("agent-service") },
    {
        row: "Agent Service|OAuth Manager|TCP",
        changes: [...policies("agent-service", "oauth-manager"), "Deployment agent-service"],
    },
    { row: "OAuth Manager|PostgreSQL|TCP", changes: database("oauth-manager") },
    { row: "OAuth Manager|Redis|TCP", changes: cache("oauth-manager") },
    { row: "OAuth Manager|Internet|TCP", changes: policies("oauth-manager") },
    { row: "Monitoring|Tous services|TCP", changes: [], refused: /annex\.md:\d+:\d+.*Monitoring → Tous services/s },
];
