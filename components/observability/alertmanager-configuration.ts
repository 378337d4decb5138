import { stringify } from "yaml";
import { MissingRow, type Matrix, type Role } from "../../matrix";
import { addressOf } from "./uses";

/** Of an alert's label `severity` (monitoring/README.md), the worst first. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The alert that fires for as long as alerts work. */
export const DEAD_MANS_SWITCH = "DeadMansSwitch";

/** A way to tell people. `to` is the role that it goes to: without a row to it the channel stays closed. */
interface Way {
    readonly to: Role;
    /** The alerts that take it. */
    readonly severities: readonly Severity[];
}

export interface Channels {
    readonly email?: Way & {
        readonly from: string;
        readonly recipients: readonly string[];
        /** The account at the mail server. */
        readonly user: string;
        readonly passwordFile: string;
    };
    readonly slack?: Way & {
        /** `#alerts` */
        readonly channel: string;
        readonly urlFile: string;
    };
    /** Anything that takes Alertmanager's own JSON: SMS gateways, on-call services. */
    readonly webhook?: Way & { readonly urlFile: string };
    /** A service outside the cluster that calls when the dead man's switch no longer reaches it. */
    readonly deadMansSwitch?: { readonly to: Role; readonly urlFile: string };
}

export interface AlertmanagerConfiguration {
    readonly configuration: Record<string, unknown>;
    readonly reports: readonly string[];
}

/** How soon an alert is told, and again while it stays. */
const PACE: Readonly<Record<Severity, { group_wait: string; repeat_interval: string }>> = {
    critical: { group_wait: "10s", repeat_interval: "1h" },
    high: { group_wait: "30s", repeat_interval: "4h" },
    medium: { group_wait: "2m", repeat_interval: "12h" },
    low: { group_wait: "10m", repeat_interval: "72h" },
};

/**
 * Which alert takes which channel: one receiver a severity, an unknown one as if it were critical, and one for the dead
 * man's switch. Passwords and addresses that are passwords are read from files.
 * https://prometheus.io/docs/alerting/latest/configuration/
 */
export function alertmanagerConfiguration(role: Role, matrix: Matrix, channels: Channels): AlertmanagerConfiguration {
    const reports: string[] = [];
    const open = <T extends { to: Role }>(channel: T | undefined): (T & { address: string }) | undefined => {
        if (channel === undefined) return undefined;
        const address = addressOf(matrix, role, channel.to);
        if (!(address instanceof MissingRow)) return { ...channel, address };
        reports.push(`Alerts do not take the channel to ${channel.to.name}. ${address.message}`);
        return undefined;
    };
    const email = open(channels.email);
    const slack = open(channels.slack);
    const webhook = open(channels.webhook);
    const deadMansSwitch = open(channels.deadMansSwitch);
    const receivers = SEVERITIES.map((severity) => ({
        name: severity,
        ...(email?.severities.includes(severity) && {
            email_configs: [{ to: email.recipients.join(", "), send_resolved: true }],
        }),
        ...(slack?.severities.includes(severity) && {
            slack_configs: [
                { channel: slack.channel, api_url_file: slack.urlFile, send_resolved: true, title: TITLE, text: TEXT },
            ],
        }),
        ...(webhook?.severities.includes(severity) && {
            webhook_configs: [{ url_file: webhook.urlFile, send_resolved: true }],
        }),
    }));
    const silent = receivers.filter((receiver) => Object.keys(receiver).length === 1).map(({ name }) => name);
    if (silent.length > 0) reports.push(`Alerts of severity ${silent.join(", ")} are told to nobody.`);
    if (deadMansSwitch === undefined) reports.push("Nobody notices when alerts stop: there is no dead man's switch.");
    return {
        reports,
        configuration: {
            global: {
                resolve_timeout: "5m",
                ...(email && {
                    smtp_smarthost: email.address,
                    smtp_from: email.from,
                    smtp_auth_username: email.user,
                    smtp_auth_password_file: email.passwordFile,
                    // STARTTLS: without it the password would be seen on the way.
                    smtp_require_tls: true,
                }),
            },
            route: {
                receiver: "critical",
                group_by: ["alertname", "job"],
                group_interval: "5m",
                ...PACE.critical,
                routes: [
                    {
                        matchers: [`alertname="${DEAD_MANS_SWITCH}"`],
                        receiver: "dead-mans-switch",
                        group_wait: "0s",
                        group_interval: "1m",
                        // Under the interval, so that each round sends.
                        repeat_interval: "50s",
                    },
                    ...SEVERITIES.map((severity) => ({
                        matchers: [`severity="${severity}"`],
                        receiver: severity,
                        ...PACE[severity],
                    })),
                ],
            },
            // What is down is neither slow nor short of memory: the one alert is enough. Only of the same job, and only
            // where there is one: Alertmanager takes two alerts without the label for equal.
            inhibit_rules: [
                {
                    source_matchers: ['severity="critical"', 'job!=""'],
                    target_matchers: ['severity=~"medium|low"', 'job!=""'],
                    equal: ["job"],
                },
            ],
            receivers: [
                ...receivers,
                {
                    name: "dead-mans-switch",
                    ...(deadMansSwitch && {
                        webhook_configs: [{ url_file: deadMansSwitch.urlFile, send_resolved: false }],
                    }),
                },
            ],
        },
    };
}

/** A configuration as the file that Alertmanager reads. */
export function alertmanagerFile({ configuration }: AlertmanagerConfiguration): string {
    return stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false });
}

const TITLE =
    "{{ .Status | toUpper }} {{ .CommonLabels.severity }} {{ .CommonLabels.alertname }} {{ .CommonLabels.role }}";
const TEXT =
    "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ .Annotations.runbook }}\n{{ end }}";
