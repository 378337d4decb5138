import { parse } from "yaml";
import {
    alertmanagerConfiguration,
    alertmanagerFile,
    SEVERITIES,
    type Channels,
} from "../../../components/observability/alertmanager-configuration";
import type { Matrix } from "../../../matrix";
import { watchedMatrix } from "./watched-matrix";

function allChannels(matrix: Matrix): Channels {
    return {
        email: {
            to: matrix.role("Mail server"),
            severities: SEVERITIES,
            from: "alerts@example.org",
            recipients: ["a@example.org", "b@example.org"],
            user: "alerts",
            passwordFile: "/run/smtp-password",
        },
        slack: {
            to: matrix.role("Slack"),
            severities: ["critical", "high"],
            channel: "#alerts",
            urlFile: "/run/slack-url",
        },
        webhook: { to: matrix.role("On-call service"), severities: ["critical"], urlFile: "/run/webhook-url" },
        deadMansSwitch: { to: matrix.role("On-call service"), urlFile: "/run/switch-url" },
    };
}

interface Receiver {
    name: string;
    email_configs?: { to: string }[];
    slack_configs?: object[];
    webhook_configs?: { url_file: string; send_resolved: boolean }[];
}
function derived(matrix: Matrix = watchedMatrix(), channels: Partial<Channels> = allChannels(matrix)) {
    const result = alertmanagerConfiguration(matrix.role("Alertmanager"), matrix, channels);
    const { global, receivers } = result.configuration as { global: object; receivers: Receiver[] };
    return { ...result, global, receivers };
}
const channelsOf = (receivers: readonly Receiver[]) =>
    Object.fromEntries(receivers.map(({ name, ...ways }) => [name, Object.keys(ways)]));

describe("The channels of alerts", () => {
    it("are those of each severity", () => {
        const { receivers, reports } = derived();
        expect(reports).toEqual([]);
        expect(channelsOf(receivers)).toEqual({
            critical: ["email_configs", "slack_configs", "webhook_configs"],
            high: ["email_configs", "slack_configs"],
            medium: ["email_configs"],
            low: ["email_configs"],
            "dead-mans-switch": ["webhook_configs"],
        });
    });

    it("send mail to the server and the port of the row, over STARTTLS, to everyone", () => {
        const { global, receivers } = derived();
        expect(global).toMatchObject({
            smtp_smarthost: "mail.example.org:587",
            smtp_require_tls: true,
            smtp_auth_username: "alerts",
            smtp_auth_password_file: "/run/smtp-password",
        });
        expect(receivers[0].email_configs).toEqual([{ to: "a@example.org, b@example.org", send_resolved: true }]);
    });

    it.each([
        ["|Alertmanager|Mail server|", "email_configs", "Mail server"],
        ["|Alertmanager|Slack|", "slack_configs", "Slack"],
        ["|Alertmanager|On-call service|", "webhook_configs", "On-call service"],
    ])("without the row %s have no %s, and a report names the row", (row, channel, name) => {
        const { receivers, reports } = derived(watchedMatrix(row));
        expect(Object.values(channelsOf(receivers)).flat()).not.toContain(channel);
        expect(reports).toContainEqual(
            expect.stringContaining(`Alerts do not take the channel to ${name}. No row opens Alertmanager → ${name}.`),
        );
    });

    it("say which severities nobody is told", () => {
        const { slack } = allChannels(watchedMatrix());
        const { reports } = derived(watchedMatrix(), { slack });
        expect(reports).toEqual([
            "Alerts of severity medium, low are told to nobody.",
            "Nobody notices when alerts stop: there is no dead man's switch.",
        ]);
    });

    it("hold no secret", () => {
        const text = alertmanagerFile(derived());
        expect(text).not.toMatch(/(password|api_url|[^_]url): /);
    });
});

it("is written as YAML that reads back the same", () => {
    const result = derived();
    expect(parse(alertmanagerFile(result))).toEqual(result.configuration);
});
