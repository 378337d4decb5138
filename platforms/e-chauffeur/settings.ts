import { z } from "zod";
import type { NetworkSettings } from "../../network";
import { backupKeys, checkBackups, jobImages } from "../backups/settings";
import { certificateKeys } from "../certificates";
import type { Stack } from "../platform";
import { cidr, host, image, quantity, replicas } from "../setting-types";
import { readStackSettings, secretSetting } from "../stack-settings";
import { checkSupervision, kept, supervisionImages, supervisionKeys } from "../supervision/settings";

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
            influxdb: image.default("docker.io/library/influxdb:1.12.4"),
            ...jobImages,
            ...supervisionImages,
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
    ...supervisionKeys({ influxdb: kept("50Gi", 365) }),
    /** Which of the stack's generated passwords are in force; `make rotate` counts it up. */
    passwordGeneration: z.coerce.number("expected a number").int().min(1).default(1).meta({ example: "2" }),
    ...backupKeys(["cleanup"], {
        /** Whether the clean-up only counts what it would remove. */
        cleanupDryRun: z.boolean("expected true or false").default(false).meta({ example: "true" }),
    }),
    /** Whether deleting what holds data is refused. */
    protect: z.boolean("expected true or false").default(false).meta({ example: "true" }),
    /** Whether the applications' server-side calls take the row to the API rather than the proxy. */
    preload: z.boolean("expected true or false").default(true).meta({ example: "true" }),
    /** Mail domains whose holders may register. */
    registrationDomains: z.array(host).default([]),
    sms: z
        .strictObject({
            account: z.string().min(1).meta({ example: "ACxxxxxxxx" }),
            messagingService: z.string().min(1).meta({ example: "MGxxxxxxxx" }),
        })
        .optional(),
    smsToken: secretSetting("The token of sms.account at Twilio"),
    push: z.strictObject({ publicKey: z.string().min(1).meta({ example: "BPxxxxxxxx" }) }).optional(),
    pushPrivateKey: secretSetting("The private half of push.publicKey (VAPID)"),
    /** Where the cluster is OVH's: who reaches its control plane is restricted by address. */
    ovh: z
        .strictObject({
            project: z.string().min(1).meta({ example: "<id of the public cloud project>" }),
            cluster: z.string().min(1).meta({ example: "<id of the cluster>" }),
            /** From where Pulumi is run. */
            caller: cidr,
            /** What else must reach it, such as the gateway of the nodes. */
            others: z.array(cidr).default([]),
        })
        .optional(),
    ...certificateKeys,
});

/** Each secret with the setting that makes it needed. */
const SECRETS = { sms: "smsToken", push: "pushPrivateKey" } as const;

const schema = keys.superRefine((settings, context) => {
    for (const user of ["sms", "push"] as const) {
        const secret = SECRETS[user];
        if (settings[user] !== undefined && settings[secret] === undefined) {
            context.addIssue({ code: "custom", path: [secret], message: `missing, while ${user} is set` });
        }
    }
    checkSupervision(settings, context);
    checkBackups(settings, context);
});

export type Settings = z.infer<typeof schema> & { readonly network: NetworkSettings };

/**
 * Reads the settings of a stack, once. Throws SettingsError naming every wrong key and the `pulumi config set` command
 * that mends it.
 */
export function readStack(stack: Stack): Settings {
    return readStackSettings(schema, stack);
}
