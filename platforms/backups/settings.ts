import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { SettingsError } from "../../network";
import { image, quantity } from "../setting-types";
import { secretSetting } from "../stack-settings";

/** One user of the object storage for each that does something there, whatever the platform. */
const USERS = ["owner", "writer", "retention", "drill", "status"] as const;
export type User = (typeof USERS)[number];

const accessKey = z.string().min(1).meta({ example: "1a2b3c4d5e6f" });
const principal = z.string().min(1).meta({ example: "arn:aws:iam::x:user/y" });
const recipient = z
    .string()
    .regex(/^age1[0-9a-z]+$/, "expected a public key of age")
    .meta({ example: "age1xxxxxxxx" });

/** The image of the jobs, among a platform's `images`. */
export const jobImages = { node: image.default("docker.io/library/node:24.19.0-bookworm-slim") };

/**
 * Keys of a stack's settings on backups.
 * @param others users of the object storage for jobs of the platform's own
 * @param more what those jobs are told, under `backups`
 */
export function backupKeys<Other extends string, More extends z.ZodRawShape>(others: readonly Other[], more: More) {
    const users: readonly (User | Other)[] = [...USERS, ...others];
    const forUsers = <T extends z.ZodType>(type: T) => z.strictObject(perUser(users, () => type));
    const secrets = users.map((user) => [
        secretOf(user),
        secretSetting(`The secret key of backups.storage.users.${user}`),
    ]);
    return {
        backups: z.strictObject({
            bucket: z
                .string()
                .regex(/^[a-z0-9][a-z0-9-]{2,62}$/, "expected a bucket's name")
                .meta({ example: "shop-backups" }),
            /** Days during which nobody can remove a backup; less than the days that each is kept. */
            lockDays: z.int("expected a number of days").min(1).max(14).default(14).meta({ example: "14" }),
            /** Room for the drill: for one archive, and again for the database that is restored from it. */
            drillSize: quantity.default("20Gi"),
            ...more,
            /** The object storage of the row from the backup. */
            storage: z
                .strictObject({
                    region: z.string().min(1).meta({ example: "gra" }),
                    users: forUsers(accessKey),
                    /** The users as the bucket's policy names them. Defaults to their access keys. */
                    principals: forUsers(principal.optional()).prefault({} as never),
                    /** Backups are encrypted for these. The drill has one identity, another is kept where nobody needs it. */
                    recipients: z.array(recipient).min(2, "expected two public keys or more: one may be lost"),
                })
                .optional(),
            /** Instead of `storage`: the file in which `make up` keeps the keys of the object storage that it starts. */
            embedded: z.string().min(1).meta({ example: ".tools/storage/dev/access.json" }).optional(),
        }),
        ...(Object.fromEntries(secrets) as Record<
            `backup${Capitalize<User | Other>}Key`,
            ReturnType<typeof secretSetting>
        >),
        drillIdentity: secretSetting("The age identity (AGE-SECRET-KEY-1…) by which the drill opens backups"),
        /** The bundle of the jobs. */
        jobsBundle: z.string().min(1).default("dist/jobs.js"),
        /** That of the hours at which jobs start. */
        timezone: z.string().default("Europe/Paris").meta({ example: "Europe/Paris" }),
    };
}

/** What the jobs read of a stack's settings, whatever users its platform has besides. */
export interface BackupSettings {
    readonly backups: {
        readonly bucket: string;
        readonly lockDays: number;
        readonly drillSize: string;
        readonly storage?: {
            readonly region: string;
            readonly users: Readonly<Record<string, string>>;
            readonly principals: Readonly<Record<string, string | undefined>>;
            readonly recipients: readonly string[];
        };
        readonly embedded?: string;
    };
    readonly drillIdentity?: pulumi.Output<string>;
    readonly jobsBundle: string;
    readonly timezone: string;
}

/** Adds an issue for each secret that a storage needs, and where there is not one storage. */
export function checkBackups(settings: BackupSettings, context: z.RefinementCtx): void {
    const { storage, embedded } = settings.backups;
    const issue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (storage && embedded) issue(["backups", "embedded"], "is set beside storage: one of them");
    if (!storage && !embedded) issue(["backups", "storage"], "missing: it says where backups go");
    if (!storage) return;
    for (const key of [...Object.keys(storage.users).map(secretOf), "drillIdentity"])
        if (secretsIn(settings)[key] === undefined) issue([key], "missing, while backups.storage is set");
}

/** A user of the object storage. */
export interface StoreUser {
    readonly accessKey: string;
    readonly secretKey: pulumi.Output<string>;
    /** As the bucket's policy names it. */
    readonly principal: string;
}

/** The object storage with all its keys. */
export interface ObjectStorage<Other extends string> {
    /** Where Pulumi reaches it; absent: where the pods do. */
    readonly endpoint?: string;
    readonly region: string;
    readonly users: Readonly<Record<User | Other, StoreUser>>;
    readonly recipients: readonly string[];
    readonly drillIdentity: pulumi.Output<string>;
}

/**
 * The object storage of a stack, with the users that every platform has and others. Throws SettingsError when the file
 * of the embedded one is not there, ZodError when it is not what `make up` writes.
 */
export function objectStorage<Other extends string>(
    settings: BackupSettings,
    others: readonly Other[],
): ObjectStorage<Other> {
    const { storage, embedded } = settings.backups;
    const all: readonly (User | Other)[] = [...USERS, ...others];
    if (!storage) return embeddedStorage(embedded!, all);
    const { region, users, principals, recipients } = storage;
    return {
        region,
        users: perUser(all, (user) => ({
            accessKey: users[user],
            secretKey: secretsIn(settings)[secretOf(user)]!,
            principal: principals[user] ?? users[user],
        })),
        recipients,
        drillIdentity: settings.drillIdentity!,
    };
}

function embeddedStorage<U extends string>(file: string, all: readonly U[]) {
    if (!existsSync(file))
        throw new SettingsError(
            `The embedded object storage has no keys in ${file} (matrice:backups.embedded).\n  Run: make up`,
        );
    const accessFile = z.object({
        endpoint: z.url(),
        region: z.string(),
        users: z.object(perUser(all, () => z.object({ accessKey: z.string(), secretKey: z.string() }))),
        recipients: z.array(recipient),
        drillIdentity: z.string(),
    });
    const { users, drillIdentity, ...rest } = accessFile.parse(JSON.parse(readFileSync(file, "utf8")));
    const known = users as Record<string, { readonly accessKey: string; readonly secretKey: string }>;
    return {
        ...rest,
        users: perUser(all, (user) => ({
            accessKey: known[user].accessKey,
            secretKey: pulumi.secret(known[user].secretKey),
            principal: known[user].accessKey,
        })),
        drillIdentity: pulumi.secret(drillIdentity),
    };
}

function perUser<U extends string, T>(users: readonly U[], value: (user: U) => T): Record<U, T> {
    return Object.fromEntries(users.map((user) => [user, value(user)])) as Record<U, T>;
}

/** The setting that holds a user's secret key: backupWriterKey. */
function secretOf(user: string): string {
    return `backup${user[0].toUpperCase()}${user.slice(1)}Key`;
}

function secretsIn(settings: BackupSettings) {
    return settings as unknown as Readonly<Record<string, pulumi.Output<string> | undefined>>;
}
