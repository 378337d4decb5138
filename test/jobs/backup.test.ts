import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import { ListPartsCommand } from "@aws-sdk/client-s3";
import { type Manifest, parseManifest } from "../../jobs/manifest";
import { compressed, mongodumpArchive } from "./archives";
import { bundle, bundleJobs, doubles, type Outcome, runJob } from "./job";
import { decryptWithAge, makeKey } from "./keys";
import { owner, Storage, writer } from "./storage";

const storage = new Storage();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-backup-"));
const first = makeKey(folder, "first");
const second = makeKey(folder, "second");
const dump = [
    "--",
    path.join(doubles, "mongodump"),
    "--config=/run/secrets/mongodump.yaml",
    "--archive",
    "--gzip",
    "--oplog",
];

const archive = mongodumpArchive({
    "e-chauffeur.rides": Array.from({ length: 2000 }, (_, at) => ({ _id: `ride ${at}`, phone: "0600000000" })),
    "e-chauffeur.users": [{ _id: "u1" }],
    ".oplog": [],
});
const archiveFile = path.join(folder, "dump.archive.gz");
fs.writeFileSync(archiveFile, compressed(archive.bytes));
const archiveSize = fs.statSync(archiveFile).size;

let buckets = 0;
/** A bucket of its own, as the bucket's script makes it. */
async function newBucket(): Promise<string> {
    const bucket = `backups-${++buckets}`;
    await runJob("bucket", [], { ...storage.environment(owner, bucket), WRITER_PRINCIPAL: writer.access });
    return bucket;
}

const backup = (bucket: string, more: Record<string, string> = {}, during?: Parameters<typeof runJob>[3]) =>
    runJob(
        "backup",
        dump,
        {
            ...storage.environment(writer, bucket),
            AGE_RECIPIENTS: `${first.recipient}\n${second.recipient}`,
            DOUBLE_ARCHIVE: archiveFile,
            ...more,
        },
        during,
    );

const keysOf = async (bucket: string) => (await storage.store(owner, bucket).versions("")).map(({ key }) => key);

async function manifestOf(bucket: string): Promise<Manifest> {
    const key = (await keysOf(bucket)).find((name) => name.startsWith("manifests/"));
    return parseManifest(await storage.store(owner, bucket).text(key ?? "")) as Manifest;
}

async function bytesOf(bucket: string, { archive: { key, versionId } }: Manifest): Promise<Buffer> {
    return Buffer.concat(await (await storage.store(owner, bucket).get(key, versionId)).toArray());
}

beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
afterAll(() => {
    storage.stop();
    fs.rmSync(folder, { recursive: true, force: true });
});

it("the bundle of all jobs fits in a ConfigMap, which holds 1 MiB", () => {
    expect(fs.statSync(bundle).size).toBeLessThan(1024 * 1024);
});

describe("a backup of a dump that is whole", () => {
    let bucket: string;
    let outcome: Outcome;
    let manifest: Manifest;
    beforeAll(async () => {
        bucket = await newBucket();
        outcome = await backup(bucket);
        manifest = await manifestOf(bucket);
    });

    it("succeeds with a key that can put and nothing else", () => {
        expect(outcome.last).toMatchObject({ level: "info", message: "done", documents: 2001 });
        expect(outcome.code).toBe(0);
    });

    it("leaves an archive and a manifest that names its version", async () => {
        const name = manifest.archive.key.slice("archives/".length, -".archive.gz.age".length);
        expect(await keysOf(bucket)).toEqual([manifest.archive.key, `manifests/${name}.json`]);
        const [{ versionId, size }] = await storage.store(owner, bucket).versions("archives/");
        expect(manifest.archive).toMatchObject({ versionId, size });
    });

    it("counts what the dump holds", () => {
        expect(manifest.dump).toMatchObject({
            size: archiveSize,
            counts: { "e-chauffeur.rides": 2000, "e-chauffeur.users": 1, ".oplog": 0 },
            serverVersion: "8.0.29",
            toolVersion: "100.12.0",
        });
        expect(manifest.recipients).toEqual([first.recipient, second.recipient]);
    });

    it.each([first, second])("is read back byte for byte by Debian's age, with either identity", async (key) => {
        const plain = decryptWithAge(await bytesOf(bucket, manifest), key);
        expect(plain.equals(fs.readFileSync(archiveFile))).toBe(true);
        expect(gunzipSync(plain).equals(archive.bytes)).toBe(true);
    });

    it("writes no secret into its log", () => {
        expect(outcome.output).not.toContain(writer.secret);
    });
});

describe("a dump that failed", () => {
    it.each<[string, Record<string, string>, string]>([
        [
            "exits with 1 midway",
            { DOUBLE_STOP: "900", DOUBLE_EXIT: "1" },
            "mongodump exited with 1: Failed: error reading",
        ],
        ["exits with 1 after all its bytes", { DOUBLE_EXIT: "1" }, "mongodump exited with 1: Failed: error reading"],
        ["exits with 0, cut off", { DOUBLE_STOP: String(archiveSize - 9) }, "in the middle of its compressed stream"],
        ["exits with 0 and writes nothing", { DOUBLE_STOP: "0" }, "compressed stream"],
    ])("that %s leaves no commit mark and no archive", async (_, double, why) => {
        const bucket = await newBucket();
        const { code, last, lines } = await backup(bucket, double);
        expect(last).toMatchObject({ level: "error", message: expect.stringContaining(why) });
        expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
        expect(code).toBe(1);
        expect(await keysOf(bucket)).toEqual([]);
    });

    it("that is whole gzip around an archive without its end leaves none", async () => {
        const cut = path.join(folder, "cut.gz");
        fs.writeFileSync(cut, compressed(archive.bytes.subarray(0, archive.boundaries.at(-3))));
        const bucket = await newBucket();
        const { code, last } = await backup(bucket, { DOUBLE_ARCHIVE: cut });
        expect(last.message).toBe("The archive stops before the end of .oplog.");
        expect(code).toBe(1);
        expect(await keysOf(bucket)).toEqual([]);
    });

    it("that is no archive is refused for what it is", async () => {
        const text = path.join(folder, "text.gz");
        fs.writeFileSync(text, compressed(Buffer.from("cannot connect to the database")));
        const bucket = await newBucket();
        const { last } = await backup(bucket, { DOUBLE_ARCHIVE: text });
        expect(last.message).toBe("The dump does not begin as a mongodump archive does.");
        expect(await keysOf(bucket)).toEqual([]);
    });

    it("that can't be started is named", async () => {
        const bucket = await newBucket();
        const { code, last } = await runJob("backup", ["--", "/nowhere/mongodump"], {
            ...storage.environment(writer, bucket),
            AGE_RECIPIENTS: `${first.recipient},${second.recipient}`,
        });
        expect(last.message).toContain("mongodump can't be started: spawn /nowhere/mongodump ENOENT");
        expect(code).toBe(1);
    });
});

describe("a backup that is interrupted", () => {
    it("by SIGTERM stops the dump and leaves no commit mark", async () => {
        const bucket = await newBucket();
        const { code, last } = await backup(bucket, { DOUBLE_STOP: "900", DOUBLE_WAIT: "true" }, (child, { from }) => {
            if (from === "mongodump") child.kill("SIGTERM");
        });
        expect({ code, message: last.message }).toEqual({ code: 143, message: "Stopped by SIGTERM." });
        expect(await keysOf(bucket)).toEqual([]);
    });

    it("by SIGKILL after its first part leaves no commit mark, and no archive", async () => {
        const bucket = await newBucket();
        const large = path.join(folder, "large.archive.gz");
        // 18 MiB once compressed: two parts of 8 MiB and a rest.
        const logs = Array.from({ length: 3 }, () => ({ text: randomBytes(6 << 20).toString("base64") }));
        fs.writeFileSync(large, compressed(mongodumpArchive({ "e-chauffeur.logs": logs }).bytes));
        const stop = String(fs.statSync(large).size - 1);
        const client = storage.client(owner);
        const stored = async () => {
            const [upload] = await storage.store(owner, bucket).unfinishedUploads();
            if (!upload) return 0;
            const parts = new ListPartsCommand({ Bucket: bucket, Key: upload.key, UploadId: upload.uploadId });
            return (await client.send(parts)).Parts?.length ?? 0;
        };
        let parts = 0;
        const double = { DOUBLE_ARCHIVE: large, DOUBLE_STOP: stop, DOUBLE_WAIT: "true" };
        const { code } = await backup(bucket, double, (child, { message }) => {
            if (message !== "dumping") return;
            void (async () => {
                for (; parts === 0; parts = await stored()) await new Promise((resolve) => setTimeout(resolve, 50));
                child.kill("SIGKILL");
            })();
        });
        expect({ code, parts: parts > 0 }).toEqual({ code: null, parts: true });
        expect(await keysOf(bucket)).toEqual([]);
        expect(await storage.store(owner, bucket).unfinishedUploads()).toHaveLength(1);
    });

    it("by a key without rights says what was refused", async () => {
        const bucket = "no-rights";
        await storage.createUnlockedBucket(bucket);
        const { code, last } = await backup(bucket);
        expect(last.message).toMatch(/^Uploading archives\/.* failed \(AccessDenied, 403: /);
        expect(code).toBe(1);
    });

    it("by a storage that is gone fails", async () => {
        const { code, last } = await backup("any", { S3_ENDPOINT: "http://127.0.0.1:1" });
        expect(last.message).toContain("ECONNREFUSED");
        expect(code).toBe(1);
    });
});

describe("settings that are wrong", () => {
    it.each([
        ["one recipient", { AGE_RECIPIENTS: first.recipient }, "1 of at least two public keys"],
        ["one recipient twice", { AGE_RECIPIENTS: `${first.recipient},${first.recipient}` }, "names one key twice"],
        ["a secret key", { AGE_RECIPIENTS: "AGE-SECRET-KEY-1QQQ" }, "only public keys"],
        ["no recipients", { AGE_RECIPIENTS: "" }, "AGE_RECIPIENTS is not set (public keys of age"],
        ["an unreadable key file", { S3_SECRET_KEY_FILE: "/nowhere" }, "S3_SECRET_KEY_FILE can't be read: ENOENT"],
    ])("%s is refused", async (_, wrong, message) => {
        const { code, last } = await backup("any", wrong as Record<string, string>);
        expect(last.message).toContain(message);
        expect(code).toBe(1);
    });

    it("allow one recipient when told", async () => {
        const bucket = await newBucket();
        const single = { AGE_RECIPIENTS: first.recipient, AGE_SINGLE_RECIPIENT: "true" };
        expect((await backup(bucket, single)).code).toBe(0);
    });

    it.each(["--password=hunter22", "--uri=mongodb://backup:hunter22@mongodb/"])(
        "a password on the command line is refused and not repeated: %s",
        async (argument) => {
            const environment = {
                ...storage.environment(writer, "any"),
                AGE_RECIPIENTS: `${first.recipient},${second.recipient}`,
            };
            const { code, output } = await runJob("backup", ["--", "mongodump", argument], environment);
            expect(code).toBe(1);
            expect(output).toContain("put it in a file");
            expect(output).not.toContain("hunter22");
        },
    );
});
