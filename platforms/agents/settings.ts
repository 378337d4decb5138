import { z } from "zod";
import type { NetworkSettings } from "../../network";
import { backupKeys, checkBackups, jobImages } from "../backups/settings";
import { certificateKeys } from "../certificates";
import { checkNodes, nodeKeys } from "../nodes";
import type { Stack } from "../platform";
import { host, image, quantity, replicas, storageClass } from "../setting-types";
import { readStackSettings } from "../stack-settings";
import { checkSupervision, supervisionImages, supervisionKeys } from "../supervision/settings";
import { rateLimits, waf } from "./proxy-settings";

/** The keys of a stack's settings (`matrice:…` in Pulumi.<stack>.yaml), `network` and `platform` apart. */
const keys = z.strictObject({
    /** The hosts of the published services. */
    sites: z.strictObject({ api: host, agents: host, oauth: host, supervision: host }),
    /** The services' images are the stack's own. */
    images: z.strictObject({
        backend: image,
        agents: image,
        oauth: image,
        /** One that brings ModSecurity and the Core Rule Set. */
        nginx: image.default("docker.io/owasp/modsecurity-crs:4.28.0-nginx"),
        nginxExporter: image.default("docker.io/nginx/nginx-prometheus-exporter:1.5.1"),
        postgresql: image.default("docker.io/library/postgres:18.6"),
        postgresqlExporter: image.default("quay.io/prometheuscommunity/postgres-exporter:v0.20.1"),
        redis: image.default("docker.io/library/redis:8.10.1"),
        redisExporter: image.default("docker.io/oliver006/redis_exporter:v1.89.0"),
        ...jobImages,
        ...supervisionImages,
    }),
    replicas: z
        .strictObject({
            backend: replicas.default(2),
            agents: replicas.default(2),
            oauth: replicas.default(2),
            proxy: replicas.default(2),
        })
        .prefault({}),
    waf,
    rateLimits,
    postgresql: z.strictObject({ size: quantity.default("20Gi"), storageClass }).prefault({}),
    ...backupKeys([], {}),
    ...supervisionKeys({}),
    /** Which of the stack's generated passwords are in force; `make rotate` counts it up. */
    passwordGeneration: z.coerce.number("expected a number").int().min(1).default(1).meta({ example: "2" }),
    /** Whether deleting what holds data is refused. */
    protect: z.boolean("expected true or false").default(false).meta({ example: "true" }),
    ...certificateKeys,
    ...nodeKeys,
});

const schema = keys.superRefine((settings, context) => {
    checkSupervision(settings, context);
    checkBackups(settings, context);
    checkNodes(settings, context);
});

export type Settings = z.infer<typeof schema> & { readonly network: NetworkSettings };

/**
 * Reads the settings of a stack, once. Throws SettingsError naming every wrong key and the `pulumi config set` command
 * that mends it.
 */
export function readStack(stack: Stack): Settings {
    return readStackSettings(schema, stack);
}
