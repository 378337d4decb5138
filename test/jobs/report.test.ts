import { bundleJobs, runJob } from "./job";
import { cleanup, owner, Storage } from "./storage";

const storage = new Storage();
beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
afterAll(() => storage.stop());

let buckets = 0;
async function newBucket(): Promise<string> {
    const bucket = `reports-${++buckets}`;
    await runJob("bucket", [], { ...storage.environment(owner, bucket), CLEANUP_PRINCIPAL: cleanup.access });
    return bucket;
}
const report = (bucket: string, script: string, more: Record<string, string> = {}) =>
    runJob("report", ["--", "sh", "-c", script], {
        ...storage.environment(cleanup, bucket),
        REPORT_NAME: "cleanup",
        ...more,
    });
const resultOf = async (bucket: string) =>
    JSON.parse(await storage.store(owner, bucket).text(`cleanup/${new Date().toISOString().slice(0, 10)}.json`));

describe("a command's result, with a key that can put it and nothing else,", () => {
    it("holds how it ended and what it said in JSON", async () => {
        const bucket = await newBucket();
        const { code, last } = await report(bucket, `echo '{"collection":"logs","changed":3,"dryRun":false}'; echo so`);
        expect({ code, message: last.message }).toEqual({ code: 0, message: "done" });
        expect(await resultOf(bucket)).toMatchObject({
            outcome: "succeeded",
            dryRun: false,
            seconds: expect.any(Number),
            details: [{ collection: "logs", changed: 3, dryRun: false }],
        });
    });

    it("says of a dry run that it was one", async () => {
        const bucket = await newBucket();
        await report(bucket, `echo '{"dryRun":true}'`);
        expect(await resultOf(bucket)).toMatchObject({ outcome: "succeeded", dryRun: true });
    });

    it("is published for a failure too, with what was done before", async () => {
        const bucket = await newBucket();
        const { code } = await report(bucket, `echo '{"collection":"logs"}'; echo no such database >&2; exit 1`);
        expect(code).toBe(1);
        expect(await resultOf(bucket)).toMatchObject({
            outcome: "failed",
            reason: "sh exited with 1: no such database",
            details: [{ collection: "logs" }],
        });
    });

    it("says of a job that was told to stop that it was", async () => {
        const bucket = await newBucket();
        const { code } = await runJob(
            "report",
            ["--", "sh", "-c", "echo '{}'; exec sleep 600"],
            { ...storage.environment(cleanup, bucket), REPORT_NAME: "cleanup" },
            (child, { message }) => message === "said" && child.kill("SIGTERM"),
        );
        expect(code).toBe(143);
        expect(await resultOf(bucket)).toMatchObject({ outcome: "failed", reason: "Stopped by SIGTERM." });
    });

    it("fails the job when it can't be published", async () => {
        const { code, last } = await report(await newBucket(), "true", { REPORT_NAME: "elsewhere" });
        expect(code).toBe(1);
        expect(last.message).toContain("Putting elsewhere/");
    });
});
