import { z } from "zod";
import { days, image, quantity, storageClass } from "../setting-types";
import { secretSetting } from "../stack-settings";

/** A volume of a size, and how many days what is on it is kept. */
export function kept(size: string, kept: number) {
    return z.strictObject({ size: quantity.default(size), days: days.default(kept) }).prefault({});
}

/** The images of what supervises a platform, among its `images`. */
export const supervisionImages = {
    nodeExporter: image.default("docker.io/prom/node-exporter:v1.12.1"),
    prometheus: image.default("docker.io/prom/prometheus:v3.14.0"),
    alertmanager: image.default("docker.io/prom/alertmanager:v0.34.0"),
    loki: image.default("docker.io/grafana/loki:3.7.6"),
    logCollector: image.default("docker.io/grafana/alloy:v1.18.1"),
    grafana: image.default("docker.io/grafana/grafana:13.2.3"),
};

/** The settings of what supervises a platform; `more` are volumes of its own. */
export function supervisionKeys<T extends z.ZodRawShape>(more: T) {
    return {
        /** The volumes and retention, in days, of what supervises. */
        supervision: z
            .strictObject({
                storageClass,
                prometheus: kept("20Gi", 15),
                loki: kept("20Gi", 30),
                alertmanager: z.strictObject({ size: quantity.default("1Gi") }).prefault({}),
                ...more,
            })
            .prefault({} as never),
        /** Who is told of alerts. Mail goes out over the account of `mail`. */
        alerts: z
            .strictObject({
                recipients: z.array(z.email("expected a mail address")).default([]),
                slackChannel: z.string().min(1).meta({ example: "#alerts" }).optional(),
            })
            .prefault({}),
        mail: z
            .strictObject({
                user: z.string().min(1).meta({ example: "postmaster@example.org" }),
                from: z.email("expected a mail address").meta({ example: "noreply@example.org" }),
            })
            .optional(),
        mailPassword: secretSetting("The password of mail.user at the SMTP server"),
        slackUrl: secretSetting("The URL of Slack's incoming webhook"),
        alertWebhookUrl: secretSetting("Where critical alerts are sent as JSON"),
        deadMansSwitchUrl: secretSetting("Where alerts show that they work"),
    };
}

type Shape = ReturnType<typeof supervisionKeys<Record<never, never>>> & {
    images: z.ZodObject<typeof supervisionImages>;
};
export type SupervisionSettings = z.infer<z.ZodObject<Shape>>;

/** What one setting needs of another. */
export function checkSupervision(
    { alerts, mail, mailPassword, slackUrl }: Omit<SupervisionSettings, "images">,
    context: z.RefinementCtx,
): void {
    const missing = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (mail !== undefined && mailPassword === undefined) missing("mailPassword", "missing, while mail is set");
    if (alerts.slackChannel !== undefined && slackUrl === undefined) {
        missing("slackUrl", "missing, while alerts.slackChannel is set");
    }
    if (alerts.recipients.length > 0 && mail === undefined) missing("mail", "missing, while alerts.recipients is set");
}
