import type * as pulumi from "@pulumi/pulumi";
import { Isolation } from "../../components/isolation";
import type { Running } from "../../components/observability/prometheus-rules";
import type { Resources } from "../../components/pod";
import { PostgreSQL } from "../../components/postgresql/postgresql";
import { Proxy } from "../../components/proxy/proxy";
import type { Site } from "../../components/proxy/routes";
import { Redis } from "../../components/redis";
import { password } from "../../components/secrets";
import { SECRETS_FOLDER, WebApp } from "../../components/web-app";
import type { Matrix } from "../../matrix";
import { backupTasks } from "../backups/backups";
import { certify, runningCertManager } from "../certificates";
import { protectNodes } from "../nodes";
import type { Outputs } from "../platform";
import { supervise } from "../supervision/supervision";
import { runJobs } from "./backups";
import { cacheClients, databaseClients, databaseContents, told } from "./data";
import { firewallOf, limitsOf } from "./proxy-settings";
import type { Settings } from "./settings";

const RESOURCES: Resources = { cpu: ["100m", "1"], memory: ["256Mi", "1Gi"] };

/**
 * agents: what it is made of. Who talks to whom, and on which port, stands in matrix.md and annex.md.
 */
export function agents(matrix: Matrix, settings: Settings, opts?: pulumi.ComponentResourceOptions): Outputs {
    const { images, network, passwordGeneration, protect, replicas } = settings;
    const isolation = new Isolation("isolation", { matrix, network, protect }, opts);
    protectNodes(matrix, settings, opts);
    const after = { dependsOn: isolation };

    const sites = publishedSites(settings);
    const hosts = sites.map(({ host }) => host);
    const certificates = certify({ matrix, settings, role: matrix.role("Nginx Proxy"), hosts }, after);

    const postgresql = new PostgreSQL(
        "postgresql",
        {
            role: matrix.role("PostgreSQL"),
            image: images.postgresql,
            exporterImage: images.postgresqlExporter,
            volumeExporterImage: images.nodeExporter,
            ...databaseContents(),
            clients: databaseClients(matrix),
            storage: settings.postgresql,
            passwordGeneration,
            protect,
        },
        // Its certificate is of a kind of cert-manager's.
        { dependsOn: [isolation, certificates] },
    );
    const redis = new Redis(
        "redis",
        {
            role: matrix.role("Redis"),
            image: images.redis,
            exporterImage: images.redisExporter,
            clients: cacheClients(matrix),
            passwordGeneration,
        },
        after,
    );

    const services = [
        { name: "fastapi-backend", role: "FastAPI Backend", key: "backend", files: {} },
        { name: "agent-service", role: "Agent Service", key: "agents", files: {} },
        {
            name: "oauth-manager",
            role: "OAuth Manager",
            key: "oauth",
            // What tokens are encrypted with: another generation could not read what this one wrote.
            files: { "token-key": password("oauth-token-key", {}) },
        },
    ] as const;
    for (const { name, role, key, files } of services) {
        const { environment, files: secrets, authority } = told(matrix, role, { postgresql, redis });
        new WebApp(
            name,
            {
                role: matrix.role(role),
                image: images[key],
                replicas: replicas[key],
                resources: RESOURCES,
                probePath: "/health",
                metricsPortVariable: "METRICS_PORT",
                environment: {
                    ...environment,
                    ...("token-key" in files && { TOKEN_KEY_FILE: `${SECRETS_FOLDER}/token-key` }),
                },
                files: { ...secrets, ...files },
                authority,
            },
            // They start once both answer.
            { dependsOn: [isolation, postgresql, redis] },
        );
    }

    runJobs(matrix, settings, postgresql, after);
    supervise(
        {
            matrix,
            settings,
            roles: {
                prometheus: matrix.role("Monitoring"),
                proxy: matrix.role("Nginx Proxy"),
                mail: matrix.role("Serveur SMTP"),
            },
            host: settings.sites.supervision,
            refusals: { waf: true, rateLimits: true },
            running: runningRoles(settings),
            scheduled: backupTasks,
        },
        after,
    );

    const proxy = new Proxy(
        "proxy",
        {
            role: matrix.role("Nginx Proxy"),
            matrix,
            network,
            sites,
            solver: matrix.role("ACME solver"),
            certificates: certificates.secrets,
            image: images.nginx,
            exporterImage: images.nginxExporter,
            waf: firewallOf(settings.waf, settings.sites),
            rateLimits: limitsOf(settings.rateLimits, settings.sites),
            replicas: replicas.proxy,
        },
        after,
    );
    return { addresses: proxy.addresses, urls: sites.map(({ host }) => `https://${host}`) };
}

/** Each host with the role that answers for it. The dashboards are for administrators alone, by their addresses. */
function publishedSites({ sites }: Settings): Site[] {
    return [
        { host: sites.api, role: "FastAPI Backend" },
        { host: sites.agents, role: "Agent Service", websocket: true },
        { host: sites.oauth, role: "OAuth Manager" },
        { host: sites.supervision, role: "Grafana", people: "administrators" },
    ];
}

/** What each role runs, for the alerts. */
function runningRoles(settings: Settings): Record<string, Running> {
    const { replicas } = settings;
    const service = (pods: number): Running => ({ program: "application", pods, resources: RESOURCES });
    return {
        "FastAPI Backend": service(replicas.backend),
        "Agent Service": service(replicas.agents),
        "OAuth Manager": service(replicas.oauth),
        "Nginx Proxy": { program: "nginx", pods: replicas.proxy },
        PostgreSQL: { program: "postgresql", pods: 1 },
        Redis: { program: "redis", pods: 1 },
        "Backup status": { program: "backup-status", pods: 1 },
        ...runningCertManager(settings),
    };
}
