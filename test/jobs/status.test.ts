import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { statements } from "../../jobs/bucket/policy";
import { archiveKey, backupName, type Manifest, manifestKey } from "../../jobs/manifest";
import { freePorts } from "../../toolchain/cluster/ports";
import { bundle, bundleJobs } from "./job";
import { owner, status, Storage } from "./storage";

const storage = new Storage();
const sha256 = "0".repeat(64);
const now = Math.floor(Date.now() / 1000) * 1000;
const daysAgo = (days: number) => new Date(now - days * 86_400_000);
const children: ChildProcess[] = [];

beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));
afterAll(() => storage.stop());

let buckets = 0;
async function newBucket(): Promise<string> {
    const bucket = `status-${++buckets}`;
    await storage.createUnlockedBucket(bucket);
    await allow(bucket, { status: status.access });
    return bucket;
}

function allow(bucket: string, users: Parameters<typeof statements>[1]) {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statements(bucket, users) });
    return storage.client(owner).send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

/** Puts a backup as the job does, as if on that day, of as many bytes. */
async function putBackup(bucket: string, created: Date, size: number): Promise<void> {
    const name = backupName(created);
    const store = storage.store(owner, bucket);
    const versionId = await store.put(archiveKey(name), "x".repeat(size));
    const manifest: Manifest = {
        version: 1,
        created: created.toISOString(),
        finished: new Date(created.getTime() + 60_000).toISOString(),
        archive: { key: archiveKey(name), versionId, size, sha256 },
        dump: { size: 1, sha256, counts: {}, serverVersion: "8.0.29", toolVersion: "100.12.0" },
        recipients: [],
        node: "v24.0.0",
    };
    await store.put(manifestKey(name), JSON.stringify(manifest));
    for (const key of [archiveKey(name), manifestKey(name)]) storage.age(bucket, key, created);
}

function putResult(bucket: string, folder: string, finished: Date, result: object): Promise<unknown> {
    const text = JSON.stringify({ version: 1, started: finished, finished, seconds: 42, ...result });
    return storage.store(owner, bucket).put(`${folder}/${finished.toISOString().slice(0, 10)}.json`, text);
}

const names = {
    lastBackup: "matrice_backup_last_success_timestamp_seconds",
    oldest: "matrice_backup_oldest_timestamp_seconds",
    lastDrill: "matrice_drill_last_success_timestamp_seconds",
    lastCleanup: "matrice_cleanup_last_success_timestamp_seconds",
};

/** Starts the exporter, which looks every second; @returns a reader of its metrics that waits until they say so. */
async function exporter(bucket: string) {
    const [port] = await freePorts(1);
    const env = {
        PATH: process.env.PATH,
        ...storage.environment(status, bucket),
        METRICS_PORT: String(port),
        STATUS_SECONDS: "1",
    };
    children.push(spawn(process.execPath, [bundle, "status"], { env, stdio: "ignore" }));
    const read = async (): Promise<Record<string, number>> => {
        const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
        const samples = (await response?.text())?.split("\n").filter((line) => line && !line.startsWith("#")) ?? [];
        return Object.fromEntries(samples.map((line) => [line.split(" ")[0], Number(line.split(" ")[1])]));
    };
    return async (until: (metrics: Record<string, number>) => boolean) => {
        const end = Date.now() + 30_000;
        for (;;) {
            const metrics = await read();
            if (until(metrics)) return metrics;
            if (Date.now() > end) throw new Error(`It still says ${JSON.stringify(metrics)}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    };
}
const readable = (metrics: Record<string, number>) => metrics.matrice_backup_status_readable === 1;

describe("the backup-status exporter, with a key that can read", () => {
    it("leaves out what is not known of an empty bucket", async () => {
        const metrics = await exporter(await newBucket());
        expect(await metrics(readable)).toEqual({ matrice_backup_status_readable: 1, matrice_backup_count: 0 });
    });

    it("tells the newest and the oldest good backup, and how many are kept", async () => {
        const bucket = await newBucket();
        await putBackup(bucket, daysAgo(30), 5);
        await putBackup(bucket, daysAgo(1), 7);
        // Without its archive it is no backup, though it is kept.
        await putBackup(bucket, daysAgo(0), 9);
        fs.rmSync(`${storage.folder}/data/${bucket}/${archiveKey(backupName(daysAgo(0)))}`, { force: true });
        const metrics = await (await exporter(bucket))(readable);
        expect(metrics).toMatchObject({
            [names.lastBackup]: daysAgo(1).getTime() / 1000 + 60,
            [names.oldest]: daysAgo(30).getTime() / 1000 + 60,
            matrice_backup_size_bytes: 7,
            matrice_backup_count: 3,
        });
    });

    it("tells the last result of a drill and the last success apart", async () => {
        const bucket = await newBucket();
        await putResult(bucket, "drill", daysAgo(31), { outcome: "restored" });
        await putResult(bucket, "drill", daysAgo(1), { outcome: "failed", reason: "it burns" });
        expect(await (await exporter(bucket))(readable)).toMatchObject({
            [names.lastDrill]: daysAgo(31).getTime() / 1000,
            matrice_drill_last_result: 0,
            matrice_drill_duration_seconds: 42,
        });
    });

    it("takes no dry run of the clean-up for a success, nor a text that is no result for anything", async () => {
        const bucket = await newBucket();
        await putResult(bucket, "cleanup", daysAgo(3), { outcome: "succeeded", dryRun: false });
        await putResult(bucket, "cleanup", daysAgo(2), { outcome: "succeeded", dryRun: true });
        await putResult(bucket, "cleanup", daysAgo(1), { outcome: "perfect" });
        expect(await (await exporter(bucket))(readable)).toMatchObject({
            [names.lastCleanup]: daysAgo(3).getTime() / 1000,
            matrice_cleanup_last_result: 1,
        });
    });

    it("says that the bucket can't be read and keeps what it knew, until it can", async () => {
        const bucket = await newBucket();
        await putBackup(bucket, daysAgo(1), 7);
        const metrics = await exporter(bucket);
        await metrics(readable);
        await allow(bucket, { drill: "drill" });
        expect(await metrics((found) => !readable(found))).toMatchObject({ matrice_backup_size_bytes: 7 });
        await allow(bucket, { status: status.access });
        await metrics(readable);
    });
});
