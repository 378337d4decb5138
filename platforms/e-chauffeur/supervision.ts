import * as pulumi from "@pulumi/pulumi";
import { Alertmanager } from "../../components/observability/alertmanager";
import { Grafana } from "../../components/observability/grafana";
import { InfluxDB } from "../../components/observability/influxdb";
import { LogCollector } from "../../components/observability/log-collector";
import { Loki } from "../../components/observability/loki";
import { alertRules, dashboards } from "../../components/observability/monitoring-files";
import { Prometheus } from "../../components/observability/prometheus";
import type { Matrix, Role } from "../../matrix";
import type { Settings } from "./settings";

/** What watches the platform: metrics, logs, dashboards and alerts. */
export function supervise(matrix: Matrix, settings: Settings, opts: pulumi.ComponentResourceOptions): void {
    const { images, passwordGeneration, protect, sites, supervision } = settings;
    const volume = ({ size }: { size: string }) => ({
        storage: { size, storageClass: supervision.storageClass },
        volumeExporterImage: images.nodeExporter,
    });
    const url = `https://${sites.supervision}`;
    const [alertmanager, loki] = [matrix.role("Alertmanager"), matrix.role("Loki")];

    const influxdb = new InfluxDB(
        "influxdb",
        {
            role: matrix.role("InfluxDB"),
            image: images.influxdb,
            retentionDays: supervision.influxdb.days,
            ...volume(supervision.influxdb),
            passwordGeneration,
            protect,
        },
        opts,
    );
    new Prometheus(
        "prometheus",
        {
            role: matrix.role("Prometheus"),
            matrix,
            image: images.prometheus,
            alertmanager,
            longTerm: influxdb.longTerm,
            rules: alertRules(),
            replicas: expectedPods(matrix, settings),
            retentionDays: supervision.prometheus.days,
            ...volume(supervision.prometheus),
            protect,
        },
        opts,
    );
    new Alertmanager(
        "alertmanager",
        {
            role: alertmanager,
            matrix,
            image: images.alertmanager,
            ...channels(matrix, settings),
            publicUrl: url,
            ...volume(supervision.alertmanager),
            protect,
        },
        opts,
    );
    new Loki(
        "loki",
        {
            role: loki,
            image: images.loki,
            retentionDays: supervision.loki.days,
            ...volume(supervision.loki),
            protect,
        },
        opts,
    );
    new LogCollector(
        "log-collector",
        {
            role: matrix.role("Log collector"),
            matrix,
            loki,
            accessLog: { role: matrix.role("Proxy"), container: "nginx" },
            image: images.logCollector,
        },
        opts,
    );
    new Grafana(
        "grafana",
        {
            role: matrix.role("Grafana"),
            matrix,
            image: images.grafana,
            url,
            sources: { prometheus: matrix.role("Prometheus"), loki },
            dashboards: dashboards(),
            passwordGeneration,
        },
        opts,
    );
}

/** The channels whose settings are there. */
function channels(matrix: Matrix, settings: Settings) {
    const { alerts, mail, mailPassword, slackUrl, alertWebhookUrl, deadMansSwitchUrl } = settings;
    const calls = matrix.role("Service d'astreinte");
    return {
        ...(mail &&
            mailPassword &&
            alerts.recipients.length > 0 && {
                email: {
                    to: matrix.role("Serveur SMTP OVH"),
                    from: mail.from,
                    user: mail.user,
                    password: mailPassword,
                    recipients: alerts.recipients,
                },
            }),
        ...(slackUrl &&
            alerts.slackChannel && {
                slack: { to: matrix.role("Slack"), channel: alerts.slackChannel, url: slackUrl },
            }),
        ...(alertWebhookUrl && { webhook: { to: calls, url: alertWebhookUrl } }),
        ...(deadMansSwitchUrl && { deadMansSwitch: { to: calls, url: deadMansSwitchUrl } }),
    };
}

/** How many pods each role is set to have. */
function expectedPods(matrix: Matrix, { replicas, mongodb }: Settings): ReadonlyMap<Role, number> {
    const pods: Record<string, number> = {
        API: replicas.api,
        "App Dashboard": replicas.dashboard,
        "App User": replicas.user,
        "App Driver": replicas.driver,
        Proxy: replicas.proxy,
        Redirect: replicas.redirect,
        MongoDB: mongodb.members,
        Redis: 1,
        InfluxDB: 1,
        Loki: 1,
        "Log collector": 1,
        Grafana: 1,
        Alertmanager: 1,
    };
    return new Map(Object.entries(pods).map(([name, count]) => [matrix.role(name), count]));
}
