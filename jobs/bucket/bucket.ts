import { isDeepStrictEqual } from "node:util";
import {
    CreateBucketCommand,
    GetBucketPolicyCommand,
    GetBucketVersioningCommand,
    GetObjectLockConfigurationCommand,
    HeadBucketCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectLockConfigurationCommand,
    type S3Client,
    S3ServiceException,
} from "@aws-sdk/client-s3";
import { JobError } from "../failure";
import type { Log } from "../log";
import { describe } from "../store";
import { ownSid, type Principals, type Statement, statements } from "./policy";

export interface BucketOptions {
    client: S3Client;
    bucket: string;
    /** Days during which no one, its owner included, can remove a version (COMPLIANCE). */
    lockDays: number;
    principals: Principals;
    log: Log;
}

/** What a store answers that does not know a request. */
const unknownRequest = new Set(["NotImplemented", "MethodNotAllowed", "XNotImplemented"]);

/**
 * Makes the bucket as the backups need it, or makes an existing one stricter; run again it changes nothing.
 * @returns what was changed
 * @throws JobError for an existing bucket that is weaker in a way that can't be mended, or would become weaker
 */
export async function ensureBucket({ client, bucket, lockDays, principals, log }: BucketOptions): Promise<string[]> {
    const changed: string[] = [];
    if (!(await exists(client, bucket))) {
        await call(`Creating ${bucket}`, () =>
            client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true })),
        );
        changed.push("created");
    }
    changed.push(...(await ensureVersioning(client, bucket)));
    changed.push(...(await ensureLock(client, bucket, lockDays)));
    changed.push(...(await ensurePolicy(client, bucket, statements(bucket, principals), log)));
    return changed;
}

async function ensureVersioning(client: S3Client, bucket: string): Promise<string[]> {
    const { Status } = await call("Reading the versioning", () =>
        client.send(new GetBucketVersioningCommand({ Bucket: bucket })),
    );
    if (Status === "Enabled") return [];
    await call("Switching versioning on", () =>
        client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })),
    );
    return ["versioning"];
}

async function ensureLock(client: S3Client, bucket: string, lockDays: number): Promise<string[]> {
    const lock = await absentAs(
        "ObjectLockConfigurationNotFoundError",
        undefined,
        "Reading the object lock",
        async () => {
            const answer = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
            return answer.ObjectLockConfiguration;
        },
    );
    if (lock?.ObjectLockEnabled !== "Enabled") {
        throw new JobError(
            `The bucket ${bucket} exists without object lock, which most stores can't add later: give another name.`,
        );
    }
    const { Mode, Days, Years } = lock.Rule?.DefaultRetention ?? {};
    const currentDays = Days ?? (Years ?? 0) * 365;
    if (Mode === "COMPLIANCE" && currentDays > lockDays) {
        throw new JobError(
            `The bucket ${bucket} locks versions for ${currentDays} days; ${lockDays} would weaken it: ` +
                `set LOCK_DAYS to at least ${currentDays}.`,
        );
    }
    if (Mode === "COMPLIANCE" && currentDays === lockDays) return [];
    if (Mode === "GOVERNANCE" && currentDays > lockDays) {
        throw new JobError(
            `The bucket ${bucket} locks versions for ${currentDays} days: set LOCK_DAYS to that at least.`,
        );
    }
    const configuration = {
        ObjectLockEnabled: "Enabled" as const,
        Rule: { DefaultRetention: { Mode: "COMPLIANCE" as const, Days: lockDays } },
    };
    await call("Setting the object lock", () =>
        client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration: configuration })),
    );
    return [`object lock (COMPLIANCE, ${lockDays} days)`];
}

/** Puts our statements in place of those we put before. Where the store has no bucket policies, it prints them. */
async function ensurePolicy(client: S3Client, bucket: string, own: Statement[], log: Log): Promise<string[]> {
    if (own.length === 0) return [];
    try {
        const current = await absentAs("NoSuchBucketPolicy", [], "Reading the policy", async () => {
            const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket: bucket }));
            return (JSON.parse(Policy ?? "{}") as { Statement?: Statement[] }).Statement ?? [];
        });
        const others = current.filter(({ Sid }) => !ownSid.test(Sid ?? ""));
        for (const { Sid } of others)
            log.warning(`the bucket's policy has a statement that is not ours: ${Sid ?? "(no Sid)"}`);
        const wanted = [...others, ...own];
        if (isDeepStrictEqual(current, wanted)) return [];
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement: wanted });
        await call("Setting the policy", () => client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy })));
        return ["policy"];
    } catch (error) {
        const cause = error instanceof JobError ? error.cause : error;
        if (!(cause instanceof S3ServiceException) || !unknownRequest.has(cause.name)) throw error;
        log.warning("the store takes no bucket policies: give each user these rights of its own", { statements: own });
        return [];
    }
}

async function exists(client: S3Client, bucket: string): Promise<boolean> {
    return absentAs("NotFound", false, `Looking for ${bucket}`, async () => {
        await client.send(new HeadBucketCommand({ Bucket: bucket }));
        return true;
    });
}

/** What `work` gives, or `otherwise` when the store answers that there is none. */
async function absentAs<Result>(
    name: string,
    otherwise: Result,
    what: string,
    work: () => Promise<Result>,
): Promise<Result> {
    try {
        return await work();
    } catch (error) {
        if (error instanceof S3ServiceException && error.name === name) return otherwise;
        throw describe(what, error);
    }
}

async function call<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
        return await work();
    } catch (error) {
        throw describe(what, error);
    }
}
