import type * as pulumi from "@pulumi/pulumi";
import { Alertmanager } from "../../components/observability/alertmanager";
import { Grafana } from "../../components/observability/grafana";
import { LogCollector } from "../../components/observability/log-collector";
import type { AccessLog } from "../../components/observability/log-collector-configuration";
import { Loki } from "../../components/observability/loki";
import { alertRules, dashboards } from "../../components/observability/monitoring-files";
import { Prometheus, type PrometheusArgs } from "../../components/observability/prometheus";
import type { Running, Task } from "../../components/observability/prometheus-rules";
import type { Matrix, Role } from "../../matrix";
import type { SupervisionSettings } from "./settings";

export interface Supervision {
    readonly matrix: Matrix;
    readonly settings: SupervisionSettings & { readonly passwordGeneration: number; readonly protect: boolean };
    /** The roles whose names are a platform's own. */
    readonly roles: { readonly prometheus: Role; readonly proxy: Role; readonly mail: Role };
    /** Where the dashboards are published. */
    readonly host: string;
    /** What each role is set to run, those of the supervision left out. */
    readonly running: Readonly<Record<string, Running>>;
    /** What roles are set to do on a schedule. */
    readonly scheduled: Readonly<Record<string, Task>>;
    /** What the proxy refuses that is to be counted. */
    readonly refusals?: Pick<AccessLog, "waf" | "rateLimits">;
    readonly longTerm?: PrometheusArgs["longTerm"];
}

/** What watches a platform: metrics, logs, dashboards and alerts. */
export function supervise(args: Supervision, opts: pulumi.ComponentResourceOptions): void {
    const { matrix, settings, roles } = args;
    const { images, passwordGeneration, protect, supervision } = settings;
    const volume = ({ size }: { size: string }) => ({
        storage: { size, storageClass: supervision.storageClass },
        volumeExporterImage: images.nodeExporter,
    });
    const url = `https://${args.host}`;
    const [alertmanager, loki] = [matrix.role("Alertmanager"), matrix.role("Loki")];

    new Prometheus(
        "prometheus",
        {
            role: roles.prometheus,
            matrix,
            image: images.prometheus,
            alertmanager,
            longTerm: args.longTerm,
            rules: alertRules(),
            running: runningRoles(args),
            scheduled: new Map(Object.entries(args.scheduled).map(([name, task]) => [matrix.role(name), task])),
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
            ...channels(args),
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
            accessLog: { role: roles.proxy, container: "nginx", ...args.refusals },
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
            sources: { prometheus: roles.prometheus, loki },
            dashboards: dashboards(),
            passwordGeneration,
        },
        opts,
    );
}

/** The channels whose settings are there. */
function channels({ matrix, settings, roles }: Supervision) {
    const { alerts, mail, mailPassword, slackUrl, alertWebhookUrl, deadMansSwitchUrl } = settings;
    const calls = matrix.role("Service d'astreinte");
    return {
        ...(mail &&
            mailPassword &&
            alerts.recipients.length > 0 && {
                email: {
                    to: roles.mail,
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

/** What each role is set to run, a role of the supervision in one pod. */
function runningRoles({ matrix, running }: Supervision): ReadonlyMap<Role, Running> {
    const own: Readonly<Record<string, Running>> = {
        Loki: { program: "loki", pods: 1 },
        "Log collector": { program: "log-collector", pods: 1 },
        Grafana: { program: "grafana", pods: 1 },
        Alertmanager: { program: "alertmanager", pods: 1 },
    };
    return new Map(Object.entries({ ...running, ...own }).map(([name, runs]) => [matrix.role(name), runs]));
}
