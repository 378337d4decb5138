import { z } from "zod";
import { parseNetworkSettings, SettingsError, type NetworkSettings } from "../../network";
import type { Stack } from "../platform";
import { readSettings, secretSetting } from "../stack-settings";

const host = z
    .string()
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "expected a host name, without scheme, port or path")
    .meta({ example: "api.example.org" });
const image = z
    .string()
    .regex(/^[^\s:@]+(\/[^\s:@]+|:[0-9]+\/[^\s:@]+)*(:[^\s:@]+)?(@sha256:[0-9a-f]{64})?$/, "expected an image")
    .regex(/(:[^/]+|@sha256:.+)$/, "expected an image with a tag or a digest: the latest is another every day")
    .meta({ example: "registry.example.org/api:v1.4.6" });
const replicas = z.int("expected a number of pods").min(1).max(50).meta({ example: "2" });
const quantity = z
    .string("expected a quantity such as 15Gi")
    .regex(/^[1-9][0-9]*(Mi|Gi|Ti)$/, "expected a quantity such as 15Gi")
    .meta({ example: "15Gi" });
const days = z.int("expected a number of days").min(1).meta({ example: "30" });
const upstream = (name: string) => `registry.gitlab.com/fabnum-minarm/e-chauffeur/${name}:v1.4.6`;

/** The keys of a stack's settings (`matrice:…` in Pulumi.<stack>.yaml), `network` and `platform` apart. */
const keys = z.strictObject({
    /** The hosts of the published applications. */
    sites: z
        .strictObject({ api: host, dashboard: host, user: host, driver: host, supervision: host })
        .superRefine((sites, context) => {
            // The API lets browsers call it from the passengers' site and from what stands under it.
            for (const site of ["dashboard", "driver"] as const) {
                if (!sites[site].endsWith(`.${sites.user}`)) {
                    context.addIssue({
                        code: "custom",
                        path: [site],
                        message: `is ${sites[site]}: the API admits sites under ${sites.user} (sites.user) only`,
                    });
                }
            }
        }),
    /** The former domain, printed on QR codes, and where it leads. */
    redirect: z.strictObject({
        from: host,
        to: z
            .url({ protocol: /^https$/, error: "expected a URL that starts with https://" })
            .meta({ example: "https://example.org" }),
    }),
    letsEncrypt: z.strictObject({
        environment: z.enum(["staging", "production"]).meta({ example: "staging" }),
        email: z.email("expected a mail address").meta({ example: "admin@example.org" }),
    }),
    images: z
        .strictObject({
            api: image.default(upstream("api")),
            dashboard: image.default(upstream("dashboard")),
            user: image.default(upstream("user")),
            driver: image.default(upstream("driver")),
            nginx: image.default("docker.io/nginxinc/nginx-unprivileged:1.28.0"),
            mongodb: image.default("docker.io/library/mongo:8.0.29-noble"),
            mongodbExporter: image.default("docker.io/percona/mongodb_exporter:0.53.0"),
            redis: image.default("docker.io/library/redis:8.10.1"),
            nginxExporter: image.default("docker.io/nginx/nginx-prometheus-exporter:1.5.1"),
            redisExporter: image.default("docker.io/oliver006/redis_exporter:v1.89.0"),
            nodeExporter: image.default("docker.io/prom/node-exporter:v1.12.1"),
            prometheus: image.default("docker.io/prom/prometheus:v3.14.0"),
            alertmanager: image.default("docker.io/prom/alertmanager:v0.34.0"),
            influxdb: image.default("docker.io/library/influxdb:1.12.4"),
            loki: image.default("docker.io/grafana/loki:3.7.6"),
            logCollector: image.default("docker.io/grafana/alloy:v1.18.1"),
            grafana: image.default("docker.io/grafana/grafana:13.2.3"),
        })
        .prefault({}),
    replicas: z
        .strictObject({
            api: replicas.default(3),
            dashboard: replicas.default(3),
            user: replicas.default(3),
            driver: replicas.default(3),
            proxy: replicas.default(2),
            redirect: replicas.default(2),
        })
        .prefault({}),
    mongodb: z
        .strictObject({
            members: replicas.default(3),
            size: quantity.default("15Gi"),
            storageClass: z.string().min(1).meta({ example: "csi-cinder-high-speed" }).optional(),
        })
        .prefault({}),
    /** The volumes and retention, in days, of what supervises. */
    supervision: z
        .strictObject({
            storageClass: z.string().min(1).meta({ example: "csi-cinder-high-speed" }).optional(),
            prometheus: z.strictObject({ size: quantity.default("20Gi"), days: days.default(15) }).prefault({}),
            influxdb: z.strictObject({ size: quantity.default("50Gi"), days: days.default(365) }).prefault({}),
            loki: z.strictObject({ size: quantity.default("20Gi"), days: days.default(30) }).prefault({}),
            alertmanager: z.strictObject({ size: quantity.default("1Gi") }).prefault({}),
        })
        .prefault({}),
    /** Who is told of alerts. Mail goes out over the account of `mail`. */
    alerts: z
        .strictObject({
            recipients: z.array(z.email("expected a mail address")).default([]),
            slackChannel: z.string().min(1).meta({ example: "#alerts" }).optional(),
        })
        .prefault({}),
    slackUrl: secretSetting("The URL of Slack's incoming webhook"),
    alertWebhookUrl: secretSetting("Where critical alerts are sent as JSON"),
    deadMansSwitchUrl: secretSetting("Where alerts show that they work"),
    /** Which of the stack's generated passwords are in force; `make rotate` counts it up. */
    passwordGeneration: z.coerce.number("expected a number").int().min(1).default(1).meta({ example: "2" }),
    /** Whether deleting what holds data is refused. */
    protect: z.boolean("expected true or false").default(false).meta({ example: "true" }),
    /** Whether the applications' server-side calls take the row to the API rather than the proxy. */
    preload: z.boolean("expected true or false").default(true).meta({ example: "true" }),
    timezone: z.string().default("Europe/Paris").meta({ example: "Europe/Paris" }),
    /** Mail domains whose holders may register. */
    registrationDomains: z.array(host).default([]),
    mail: z
        .strictObject({
            user: z.string().min(1).meta({ example: "postmaster@example.org" }),
            from: z.email("expected a mail address").meta({ example: "noreply@example.org" }),
        })
        .optional(),
    mailPassword: secretSetting("The password of mail.user at the SMTP server"),
    sms: z
        .strictObject({
            account: z.string().min(1).meta({ example: "ACxxxxxxxx" }),
            messagingService: z.string().min(1).meta({ example: "MGxxxxxxxx" }),
        })
        .optional(),
    smsToken: secretSetting("The token of sms.account at Twilio"),
    push: z.strictObject({ publicKey: z.string().min(1).meta({ example: "BPxxxxxxxx" }) }).optional(),
    pushPrivateKey: secretSetting("The private half of push.publicKey (VAPID)"),
    /** cert-manager's definitions, put there by `make up`. */
    certManagerDefinitions: z.string().min(1).default(".tools/cert-manager/crds.json"),
});

/** Each secret with the setting that makes it needed. */
const SECRETS = { mail: "mailPassword", sms: "smsToken", push: "pushPrivateKey" } as const;

const schema = keys.superRefine((settings, context) => {
    for (const user of ["mail", "sms", "push"] as const) {
        const secret = SECRETS[user];
        if (settings[user] !== undefined && settings[secret] === undefined) {
            context.addIssue({ code: "custom", path: [secret], message: `missing, while ${user} is set` });
        }
    }
    const { alerts, mail, slackUrl } = settings;
    if (alerts.slackChannel !== undefined && slackUrl === undefined) {
        context.addIssue({ code: "custom", path: ["slackUrl"], message: "missing, while alerts.slackChannel is set" });
    }
    if (alerts.recipients.length > 0 && mail === undefined) {
        context.addIssue({ code: "custom", path: ["mail"], message: "missing, while alerts.recipients is set" });
    }
});

export type Settings = z.infer<typeof schema> & { readonly network: NetworkSettings };

/**
 * Reads the settings of a stack, once. Throws SettingsError naming every wrong key and the `pulumi config set` command
 * that mends it.
 */
export function readStack({ name: stack, config, keys: set }: Stack): Settings {
    const own = set.filter((key) => !["platform", "network"].includes(key));
    const [settings, network] = together(
        () => readSettings(schema, config, stack, own),
        () => parseNetworkSettings(config.get("network"), { stack }),
    );
    return { ...settings, network };
}

/** Both results; when both fail, one error that says what both say. */
function together<A, B>(one: () => A, other: () => B): [A, B] {
    const errors: SettingsError[] = [];
    const results = [one, other].map((read) => {
        try {
            return read();
        } catch (error) {
            if (!(error instanceof SettingsError)) throw error;
            errors.push(error);
            return undefined;
        }
    });
    if (errors.length > 0) throw new SettingsError(errors.map(({ message }) => message).join("\n"));
    return results as [A, B];
}
