import type * as pulumi from "@pulumi/pulumi";
import { Isolation } from "../../components/isolation";
import { MongoDB } from "../../components/mongodb/mongodb";
import { ControlPlane } from "../../components/control-plane/control-plane";
import { InfluxDB } from "../../components/observability/influxdb";
import type { Running } from "../../components/observability/prometheus-rules";
import type { Resources } from "../../components/pod";
import { Proxy } from "../../components/proxy/proxy";
import type { Site } from "../../components/proxy/routes";
import { Redirect } from "../../components/redirect/redirect";
import { Redis } from "../../components/redis";
import { password } from "../../components/secrets";
import { WebApp } from "../../components/web-app";
import type { Matrix } from "../../matrix";
import { backupTasks } from "../backups/backups";
import { certify, runningCertManager } from "../certificates";
import type { Outputs } from "../platform";
import { supervise } from "../supervision/supervision";
import { databaseClients, runJobs } from "./backups";
import { apiEnvironment, appEnvironment, serverSideCalls } from "./environment";
import type { Settings } from "./settings";

const API_RESOURCES: Resources = { cpu: ["100m", "1"], memory: ["758Mi", "2Gi"] };
const APP_RESOURCES: Resources = { cpu: ["100m", "500m"], memory: ["512Mi", "1Gi"] };

/**
 * e-chauffeur: what it is made of. Who talks to whom, and on which port, stands in matrix.md and annex.md.
 */
export function eChauffeur(matrix: Matrix, settings: Settings, opts?: pulumi.ComponentResourceOptions): Outputs {
    const { images, network, passwordGeneration, protect, replicas, supervision } = settings;
    const isolation = new Isolation("isolation", { matrix, network, protect }, opts);
    const after = { dependsOn: isolation };

    const mongodb = new MongoDB(
        "mongodb",
        {
            role: matrix.role("MongoDB"),
            initRole: matrix.role("MongoDB init"),
            image: images.mongodb,
            exporterImage: images.mongodbExporter,
            volumeExporterImage: images.nodeExporter,
            database: "e-chauffeur",
            clients: databaseClients,
            members: settings.mongodb.members,
            storage: settings.mongodb,
            passwordGeneration,
            protect,
        },
        after,
    );
    const redis = new Redis(
        "redis",
        { role: matrix.role("Redis"), image: images.redis, exporterImage: images.redisExporter, passwordGeneration },
        after,
    );

    new WebApp(
        "api",
        {
            role: matrix.role("API"),
            image: images.api,
            replicas: replicas.api,
            resources: API_RESOURCES,
            metricsPortVariable: "PROMETHEUS_EXPORTER",
            sticky: true,
            // It ignores SIGTERM: waiting longer would only delay the next pod.
            stopSeconds: 5,
            ...apiEnvironment(matrix, settings, {
                mongodb,
                redis,
                tokenSecret: password("api-token-secret", {}, passwordGeneration),
            }),
        },
        // It starts once both answer.
        { dependsOn: [isolation, mongodb, redis] },
    );
    const apps = [
        { name: "app-dashboard", role: "App Dashboard", site: "dashboard", probePath: "/login" },
        { name: "app-user", role: "App User", site: "user", probePath: "/" },
        { name: "app-driver", role: "App Driver", site: "driver", probePath: "/login" },
    ] as const;
    for (const { name, role, site, probePath } of apps) {
        new WebApp(
            name,
            {
                role: matrix.role(role),
                image: images[site],
                replicas: replicas[site],
                resources: APP_RESOURCES,
                probePath,
                preload: serverSideCalls(matrix, settings, role),
                ...appEnvironment(settings),
            },
            after,
        );
    }
    new Redirect(
        "redirect",
        {
            role: matrix.role("Redirect"),
            from: settings.redirect.from,
            to: settings.redirect.to,
            image: images.nginx,
            exporterImage: images.nginxExporter,
            replicas: replicas.redirect,
        },
        after,
    );

    runJobs(matrix, settings, mongodb, after);
    const influxdb = new InfluxDB(
        "influxdb",
        {
            role: matrix.role("InfluxDB"),
            image: images.influxdb,
            retentionDays: supervision.influxdb.days,
            storage: { size: supervision.influxdb.size, storageClass: supervision.storageClass },
            volumeExporterImage: images.nodeExporter,
            passwordGeneration,
            protect,
        },
        after,
    );
    supervise(
        {
            matrix,
            settings,
            roles: {
                prometheus: matrix.role("Prometheus"),
                proxy: matrix.role("Proxy"),
                mail: matrix.role("Serveur SMTP OVH"),
            },
            host: settings.sites.supervision,
            running: runningRoles(settings),
            scheduled: { ...backupTasks, "Job de cleanup": "cleanup" },
            longTerm: influxdb.longTerm,
        },
        after,
    );

    const controlPlane = new ControlPlane("control-plane", {
        role: matrix.role("Cluster (control plane kubernetes)"),
        matrix,
        network,
        ovh: settings.ovh,
        protect,
    });
    const sites = publishedSites(settings);
    const hosts = sites.map(({ host }) => host);
    const certificates = certify({ matrix, settings, role: matrix.role("Proxy"), hosts }, after);
    const proxy = new Proxy(
        "proxy",
        {
            role: matrix.role("Proxy"),
            matrix,
            network,
            sites,
            solver: matrix.role("ACME solver"),
            certificates: certificates.secrets,
            image: images.nginx,
            exporterImage: images.nginxExporter,
            replicas: replicas.proxy,
        },
        after,
    );
    return {
        addresses: proxy.addresses,
        urls: sites.map(({ host }) => `https://${host}`),
        notes: [controlPlane.enforcement, ...notes(settings)],
    };
}

/** What a stack's settings leave out. */
function notes({ certManager }: Settings): string[] {
    const unasked =
        "matrice:certManager.webhooks is false: nobody asks cert-manager's webhook, and what is written in its kinds is held to their schemas alone.";
    return certManager.webhooks ? [] : [unasked];
}

/** Each host with the role that answers for it. The dashboards are for administrators alone, by their addresses. */
function publishedSites({ sites, redirect }: Settings): Site[] {
    return [
        { host: sites.api, role: "API", websocket: true },
        { host: sites.dashboard, role: "App Dashboard" },
        { host: sites.user, role: "App User" },
        { host: sites.driver, role: "App Driver" },
        { host: sites.supervision, role: "Grafana", people: "administrators" },
        { host: redirect.from, role: "Redirect" },
    ];
}

/** What each role runs, for the alerts. */
function runningRoles(settings: Settings): Record<string, Running> {
    const { replicas, mongodb } = settings;
    const app = (pods: number): Running => ({ program: "application", pods, resources: APP_RESOURCES });
    return {
        API: { program: "application", pods: replicas.api, resources: API_RESOURCES },
        "App Dashboard": app(replicas.dashboard),
        "App User": app(replicas.user),
        "App Driver": app(replicas.driver),
        Proxy: { program: "nginx", pods: replicas.proxy },
        Redirect: { program: "nginx", pods: replicas.redirect },
        MongoDB: { program: "mongodb", pods: mongodb.members },
        Redis: { program: "redis", pods: 1 },
        InfluxDB: { program: "influxdb", pods: 1 },
        "Backup status": { program: "backup-status", pods: 1 },
        ...runningCertManager(settings),
    };
}
