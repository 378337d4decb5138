import {
    CreateBucketCommand,
    GetBucketPolicyCommand,
    GetBucketVersioningCommand,
    GetObjectLockConfigurationCommand,
    PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { bundleJobs, runJob } from "./job";
import { drill, owner, retention, Storage, writer } from "./storage";

const storage = new Storage();
beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
afterAll(() => storage.stop());

const users = { WRITER_PRINCIPAL: "writer", RETENTION_PRINCIPAL: "retention", DRILL_PRINCIPAL: "drill" };
const run = (bucket: string, more: Record<string, string> = {}) =>
    runJob("bucket", [], { ...storage.environment(owner, bucket), LOCK_DAYS: "14", ...users, ...more });
const lockOf = async (Bucket: string) => {
    const answer = await storage.client(owner).send(new GetObjectLockConfigurationCommand({ Bucket }));
    return answer.ObjectLockConfiguration?.Rule?.DefaultRetention;
};
const policyOf = async (Bucket: string) => {
    const { Policy } = await storage.client(owner).send(new GetBucketPolicyCommand({ Bucket }));
    return JSON.parse(Policy ?? "{}") as { Statement: { Sid: string }[] };
};

describe("a bucket that is not there", () => {
    it("is created with versioning, a lock that nobody can lift, and the users' rights", async () => {
        const { code, last } = await run("fresh");
        expect({ code, changed: last.changed }).toEqual({
            code: 0,
            changed: ["created", "object lock (COMPLIANCE, 14 days)", "policy"],
        });
        expect(await lockOf("fresh")).toMatchObject({ Mode: "COMPLIANCE", Days: 14 });
        const versioning = await storage.client(owner).send(new GetBucketVersioningCommand({ Bucket: "fresh" }));
        expect(versioning.Status).toBe("Enabled");
    });

    it("is left as it is by a second run", async () => {
        await run("twice");
        const { code, last } = await run("twice");
        expect({ code, changed: last.changed }).toEqual({ code: 0, changed: [] });
    });
});

describe("a bucket that is there", () => {
    it("is refused when it has no object lock", async () => {
        await storage.client(owner).send(new CreateBucketCommand({ Bucket: "unlocked" }));
        const { code, last } = await run("unlocked");
        expect(code).toBe(1);
        expect(last.message).toBe(
            "The bucket unlocked exists without object lock, which most stores can't add later: give another name.",
        );
    });

    it("is never locked for less time than it was", async () => {
        await run("longer");
        const { code, last } = await run("longer", { LOCK_DAYS: "13" });
        expect(code).toBe(1);
        expect(last.message).toContain("locks versions for 14 days; 13 would weaken it: set LOCK_DAYS to at least 14.");
        expect(await lockOf("longer")).toMatchObject({ Mode: "COMPLIANCE", Days: 14 });
    });

    it("is locked for longer when told", async () => {
        await run("stricter");
        const { last } = await run("stricter", { LOCK_DAYS: "20" });
        expect(last.changed).toEqual(["object lock (COMPLIANCE, 20 days)"]);
        expect(await lockOf("stricter")).toMatchObject({ Mode: "COMPLIANCE", Days: 20 });
    });

    it("keeps statements of its policy that are not ours", async () => {
        await run("shared");
        const { Statement } = await policyOf("shared");
        const other = {
            Sid: "auditors",
            Effect: "Allow",
            Principal: { AWS: ["drill"] },
            Action: ["s3:GetBucketPolicy"],
            Resource: ["arn:aws:s3:::shared"],
        };
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [...Statement, other] });
        await storage.client(owner).send(new PutBucketPolicyCommand({ Bucket: "shared", Policy }));
        const { lines } = await run("shared", { WRITER_PRINCIPAL: "" });
        expect(lines.map(({ message }) => message)).toContain(
            "the bucket's policy has a statement that is not ours: auditors",
        );
        const sids = (await policyOf("shared")).Statement.map(({ Sid }) => Sid);
        expect(sids).toContain("auditors");
        expect(sids).not.toContain("matriceWriterPuts");
    });
});

describe("the rights", () => {
    const bucket = "rights";
    const key = "archives/2026-01-01T02-00-00Z.archive.gz.age";
    beforeAll(async () => {
        await run(bucket);
        await storage.store(writer, bucket).put(key, "content");
    });

    it("let the writer put and nothing else", async () => {
        const store = storage.store(writer, bucket);
        await expect(store.get(key)).rejects.toThrow("AccessDenied");
        await expect(store.versions("")).rejects.toThrow("AccessDenied");
        await expect(store.put("drill/2026-01-01.json", "{}")).rejects.toThrow("AccessDenied");
        const [version] = await storage.store(owner, bucket).versions(key);
        await expect(store.remove(version)).rejects.toThrow("AccessDenied");
    });

    it("let the retention remove and neither read archives nor put", async () => {
        const store = storage.store(retention, bucket);
        await expect(store.versions("")).resolves.toHaveLength(1);
        await expect(store.get(key)).rejects.toThrow("AccessDenied");
        await expect(store.put(key, "other")).rejects.toThrow("AccessDenied");
    });

    it("let the drill read and put its results alone", async () => {
        const store = storage.store(drill, bucket);
        await expect(store.text(key)).resolves.toBe("content");
        await expect(store.put("drill/2026-01-01.json", "{}")).resolves.toBeDefined();
        await expect(store.put(key, "other")).rejects.toThrow("AccessDenied");
    });

    it("let nobody remove a version that is locked, its owner included", async () => {
        const [version] = await storage.store(owner, bucket).versions(key);
        await expect(storage.store(owner, bucket).remove(version)).resolves.toBe("locked");
        await expect(storage.store(retention, bucket).remove(version)).resolves.toBe("locked");
        await expect(storage.store(drill, bucket).text(key)).resolves.toBe("content");
    });
});

it("names each setting that is missing and what it is for", async () => {
    const { code, last } = await runJob("bucket", [], { S3_ENDPOINT: "nowhere" });
    expect(code).toBe(1);
    expect(last.message).toContain("S3_ENDPOINT is a URL (address of the object storage)");
    expect(last.message).toContain("S3_BUCKET is not set (bucket of the backups)");
});
