import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { SettingsError } from "../../network";
import { quantity } from "../setting-types";
import { secretSetting } from "../stack-settings";

/** One user of the object storage for each that does something there. */
const USERS = ["owner", "writer", "retention", "drill", "status", "cleanup"] as const;
export type User = (typeof USERS)[number];

const accessKey = z.string().min(1).meta({ example: "1a2b3c4d5e6f" });
const recipient = z
    .string()
    .regex(/^age1[0-9a-z]+$/, "expected a public key of age")
    .meta({ example: "age1xxxxxxxx" });
const forUsers = <T extends z.ZodType>(type: T) =>
    z.strictObject({ owner: type, writer: type, retention: type, drill: type, status: type, cleanup: type });

/** The secret key of each user. */
const SECRETS = {
    owner: "backupOwnerKey",
    writer: "backupWriterKey",
    retention: "backupRetentionKey",
    drill: "backupDrillKey",
    status: "backupStatusKey",
    cleanup: "backupCleanupKey",
} as const satisfies Record<User, string>;

const secretKey = (user: User) => secretSetting(`The secret key of backups.storage.users.${user}`);

/** Keys of a stack's settings on backups and clean-up. */
export const backupKeys = {
    backups: z.strictObject({
        bucket: z
            .string()
            .regex(/^[a-z0-9][a-z0-9-]{2,62}$/, "expected a bucket's name")
            .meta({ example: "echauffeur-backups" }),
        /** Days during which nobody can remove a backup; less than the days that each is kept. */
        lockDays: z.int("expected a number of days").min(1).max(14).default(14).meta({ example: "14" }),
        /** Room for the drill: for one archive, and again for the database that is restored from it. */
        drillSize: quantity.default("20Gi"),
        /** Whether the clean-up only counts what it would remove. */
        cleanupDryRun: z.boolean("expected true or false").default(false).meta({ example: "true" }),
        /** The object storage of the row from the backup. */
        storage: z
            .strictObject({
                region: z.string().min(1).meta({ example: "gra" }),
                users: forUsers(accessKey),
                /** The users as the bucket's policy names them. Defaults to their access keys. */
                principals: forUsers(z.string().min(1).meta({ example: "arn:aws:iam::x:user/y" }))
                    .partial()
                    .prefault({}),
                /** Backups are encrypted for these. The drill has one identity, another is kept where nobody needs it. */
                recipients: z.array(recipient).min(2, "expected two public keys or more: one may be lost"),
            })
            .optional(),
        /** Instead of `storage`: the file in which `make up` keeps the keys of the object storage that it starts. */
        embedded: z.string().min(1).meta({ example: ".tools/storage/dev/access.json" }).optional(),
    }),
    backupOwnerKey: secretKey("owner"),
    backupWriterKey: secretKey("writer"),
    backupRetentionKey: secretKey("retention"),
    backupDrillKey: secretKey("drill"),
    backupStatusKey: secretKey("status"),
    backupCleanupKey: secretKey("cleanup"),
    drillIdentity: secretSetting("The age identity (AGE-SECRET-KEY-1…) by which the drill opens backups"),
    /** The bundle of the jobs. */
    jobsBundle: z.string().min(1).default("dist/jobs.js"),
};

export type BackupSettings = z.infer<z.ZodObject<typeof backupKeys>>;

/** Adds an issue for each secret that a storage needs, and where there is not one storage. */
export function checkBackups(settings: BackupSettings, context: z.RefinementCtx): void {
    const { storage, embedded } = settings.backups;
    const issue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (storage && embedded) issue(["backups", "embedded"], "is set beside storage: one of them");
    if (!storage && !embedded) issue(["backups", "storage"], "missing: it says where backups go");
    if (!storage) return;
    for (const key of [...Object.values(SECRETS), "drillIdentity"] as const)
        if (settings[key] === undefined) issue([key], "missing, while backups.storage is set");
}

/** The object storage with all its keys. */
export interface ObjectStorage {
    /** Where Pulumi reaches it; absent: where the pods do. */
    readonly endpoint?: string;
    readonly region: string;
    readonly keys: Readonly<Record<User, { readonly accessKey: string; readonly secretKey: pulumi.Output<string> }>>;
    readonly principals: Readonly<Record<User, string>>;
    readonly recipients: readonly string[];
    readonly drillIdentity: pulumi.Output<string>;
}

/** Throws SettingsError when the file of the embedded one is not there or not what `make up` writes. */
export function objectStorage(settings: BackupSettings): ObjectStorage {
    const { storage, embedded } = settings.backups;
    if (!storage) return embeddedStorage(embedded!);
    const { region, users, principals, recipients } = storage;
    return {
        region,
        keys: perUser((user) => ({ accessKey: users[user], secretKey: settings[SECRETS[user]]! })),
        principals: perUser((user) => principals[user] ?? users[user]),
        recipients,
        drillIdentity: settings.drillIdentity!,
    };
}

const accessFile = z.object({
    endpoint: z.url(),
    region: z.string(),
    users: z.object(perUser(() => z.object({ accessKey: z.string(), secretKey: z.string() }))),
    recipients: z.array(recipient),
    drillIdentity: z.string(),
});

function embeddedStorage(file: string): ObjectStorage {
    if (!existsSync(file))
        throw new SettingsError(
            `The embedded object storage has no keys in ${file} (matrice:backups.embedded).\n  Run: make up`,
        );
    const { endpoint, region, users, recipients, drillIdentity } = accessFile.parse(
        JSON.parse(readFileSync(file, "utf8")),
    );
    return {
        endpoint,
        region,
        keys: perUser((user) => ({
            accessKey: users[user].accessKey,
            secretKey: pulumi.secret(users[user].secretKey),
        })),
        principals: perUser((user) => users[user].accessKey),
        recipients,
        drillIdentity: pulumi.secret(drillIdentity),
    };
}

function perUser<T>(value: (user: User) => T): Record<User, T> {
    return Object.fromEntries(USERS.map((user) => [user, value(user)])) as Record<User, T>;
}
