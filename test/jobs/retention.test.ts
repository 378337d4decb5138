import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { statements } from "../../jobs/bucket/policy";
import { archiveKey, backupName, type Manifest, manifestKey } from "../../jobs/manifest";
import { bundleJobs, runJob } from "./job";
import { owner, retention, Storage } from "./storage";

const storage = new Storage();
const dayMilliseconds = 24 * 60 * 60 * 1000;
const daysAgo = (days: number) => new Date(Math.floor((Date.now() - days * dayMilliseconds) / 1000) * 1000);

let buckets = 0;
async function newBucket(): Promise<string> {
    const bucket = `retention-${++buckets}`;
    await storage.createUnlockedBucket(bucket);
    const own = statements(bucket, { retention: retention.access });
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: own });
    await storage.client(owner).send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    return bucket;
}

/** Puts a backup as the job does, as if on that day. @returns its name */
async function putBackup(bucket: string, created: Date, change: (manifest: Manifest) => object = (same) => same) {
    const name = backupName(created);
    const store = storage.store(owner, bucket);
    const versionId = await store.put(archiveKey(name), "encrypted");
    const sha256 = "0".repeat(64);
    const manifest: Manifest = {
        version: 1,
        created: created.toISOString(),
        finished: created.toISOString(),
        archive: { key: archiveKey(name), versionId, size: "encrypted".length, sha256 },
        dump: { size: 1, sha256, counts: {}, serverVersion: "8.0.29", toolVersion: "100.12.0" },
        recipients: [],
        node: "v24.0.0",
    };
    await store.put(manifestKey(name), JSON.stringify(change(manifest)));
    for (const key of [archiveKey(name), manifestKey(name)]) storage.age(bucket, key, created);
    return name;
}

const run = (bucket: string, more: Record<string, string> = {}) =>
    runJob("retention", [], { ...storage.environment(retention, bucket), RETENTION_AT_LEAST: "1", ...more });

async function namesIn(bucket: string): Promise<string[]> {
    const found = await storage.store(owner, bucket).versions("");
    return [...new Set(found.map(({ key }) => key.replace(/^\w+\/|\.(archive\.gz\.age|json)$/g, "")))].sort();
}

beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
afterAll(() => storage.stop());

describe("the retention's run", () => {
    it("removes every version of what the rule lets go and keeps the rest", async () => {
        const bucket = await newBucket();
        const kept = [await putBackup(bucket, daysAgo(0)), await putBackup(bucket, daysAgo(14))];
        // The first of a month long past, and the day after it, which alone goes.
        const past = new Date(Date.UTC(new Date().getUTCFullYear() - 1, new Date().getUTCMonth(), 1, 2));
        kept.push(await putBackup(bucket, past));
        await putBackup(bucket, new Date(past.getTime() + dayMilliseconds));
        await putBackup(bucket, daysAgo(3 * 365));
        const { code, last } = await run(bucket);
        expect(code).toBe(0);
        expect(last).toMatchObject({ kept: 3, expired: 2, versions: 10, versionsRemoved: 4, doubtful: 0 });
        expect(await namesIn(bucket)).toEqual(kept.sort());
    });

    it("keeps the last good backup whatever its age", async () => {
        const bucket = await newBucket();
        const last = await putBackup(bucket, daysAgo(2000));
        await putBackup(bucket, daysAgo(2001));
        expect((await run(bucket)).code).toBe(0);
        expect(await namesIn(bucket)).toEqual([last]);
    });

    it("removes nothing when it is a dry run, and says what it would", async () => {
        const bucket = await newBucket();
        const names = [await putBackup(bucket, daysAgo(0)), await putBackup(bucket, daysAgo(1000))];
        const { lines } = await run(bucket, { DRY_RUN: "true" });
        expect(lines.map(({ message }) => message)).toContain(`would remove ${names[1]}`);
        expect(await namesIn(bucket)).toEqual([...names].sort());
    });

    it("removes archives that were never committed once they are old", async () => {
        const bucket = await newBucket();
        const kept = await putBackup(bucket, daysAgo(1));
        const [young, old] = [daysAgo(2), daysAgo(9)];
        for (const date of [young, old]) {
            await storage.store(owner, bucket).put(archiveKey(backupName(date)), "half");
            storage.age(bucket, archiveKey(backupName(date)), date);
        }
        expect((await run(bucket)).last).toMatchObject({ orphans: 1, versionsRemoved: 1 });
        expect(await namesIn(bucket)).toEqual([backupName(young), kept].sort());
    });
});

describe("a doubtful backup", () => {
    it.each<[string, (manifest: Manifest) => object, string]>([
        ["is not a manifest", () => ({ version: 1 }), "its manifest: created"],
        [
            "names another's archive",
            (it) => ({ ...it, archive: { ...it.archive, key: "archives/x" } }),
            "names another",
        ],
        ["gives another size", (it) => ({ ...it, archive: { ...it.archive, size: 5 } }), "has 9 bytes instead of 5"],
    ])("whose manifest %s is reported, left alone and not counted as good", async (_, change, why) => {
        const bucket = await newBucket();
        const good = await putBackup(bucket, daysAgo(1500));
        const doubtful = await putBackup(bucket, daysAgo(1400), change);
        const { code, lines } = await run(bucket);
        expect(code).toBe(0);
        expect(lines.filter(({ level }) => level === "warning").map(({ message }) => message)).toEqual([
            expect.stringContaining(why),
        ]);
        expect(await namesIn(bucket)).toEqual([doubtful, good].sort());
    });

    it("that claims another day than the store's clock does not stand for it", async () => {
        const bucket = await newBucket();
        const good = await putBackup(bucket, daysAgo(1));
        const claimed = await putBackup(bucket, daysAgo(300));
        storage.age(bucket, manifestKey(claimed), daysAgo(0));
        const { last } = await run(bucket);
        expect(last).toMatchObject({ kept: 1, doubtful: 1 });
        expect(await namesIn(bucket)).toEqual([claimed, good].sort());
    });
});

it("what the object lock holds is left for the next time", async () => {
    const bucket = "retention-locked";
    await runJob("bucket", [], { ...storage.environment(owner, bucket), RETENTION_PRINCIPAL: retention.access });
    const names = [await putBackup(bucket, daysAgo(0)), await putBackup(bucket, daysAgo(1000))];
    const { code, last } = await run(bucket, { RETENTION_DAILY_DAYS: "1" });
    expect(code).toBe(0);
    expect(last).toMatchObject({ expired: 1, versionsLocked: 1, versionsRemoved: 0 });
    expect(await namesIn(bucket)).toEqual([...names].sort());
});

it("a key without rights fails the job and says which right is missing", async () => {
    const bucket = "retention-none";
    await storage.createUnlockedBucket(bucket);
    const { code, last } = await run(bucket);
    expect(code).toBe(1);
    expect(last.message).toMatch(/^Listing archives\/ failed \(AccessDenied/);
});
