import * as z from "zod";

/** Where things lie in the bucket; the policies of bucket/policy.ts grant by these. */
export const prefixes = {
    archives: "archives/",
    manifests: "manifests/",
    drills: "drill/",
    cleanups: "cleanup/",
} as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** The commit mark of a backup: it is put last, so an archive without one is a failed or running backup. */
export const manifestSchema = z.object({
    version: z.literal(1),
    /** When the dump began, UTC. */
    created: z.iso.datetime(),
    finished: z.iso.datetime(),
    /** The object as it lies in the bucket: encrypted with age (age-encryption.org/v1). */
    archive: z.object({
        key: z.string(),
        versionId: z.string().optional(),
        size: z.number().int().positive(),
        sha256,
    }),
    /** What the dump command wrote: a mongodump archive, or a tar with those of pg_dump, compressed by gzip. */
    dump: z.object({
        size: z.number().int().positive(),
        sha256,
        /** Documents by `db.collection` (the oplog of the dump is `.oplog`), or rows by `db.schema.table`. */
        counts: z.record(z.string(), z.number().int().nonnegative()),
        serverVersion: z.string(),
        toolVersion: z.string(),
    }),
    /** Public keys that it was encrypted for. */
    recipients: z.array(z.string()),
    node: z.string(),
});
export type Manifest = z.output<typeof manifestSchema>;

/** A backup's name: its start to the second, in an order that is the order of time (`2026-11-22T02-00-07Z`). */
export function backupName(created: Date): string {
    return created
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replaceAll(":", "-");
}

export function archiveKey(name: string): string {
    return `${prefixes.archives}${name}.archive.gz.age`;
}

export function manifestKey(name: string): string {
    return `${prefixes.manifests}${name}.json`;
}

/** The backup's name in a key of either kind; undefined for a key that no backup made. */
export function nameOfKey(key: string): string | undefined {
    return /^(?:archives|manifests)\/(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)\.(?:archive\.gz\.age|json)$/.exec(key)?.[1];
}

/** @returns the manifest, or what is wrong with the text */
export function parseManifest(text: string): Manifest | string {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return "it is not JSON";
    }
    const result = manifestSchema.safeParse(value);
    if (result.success) return result.data;
    const [{ path, message }] = result.error.issues;
    return `${path.join(".")}: ${message}`;
}
