import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import { type Manifest, parseManifest } from "../../jobs/manifest";
import { compressed, mongodumpArchive } from "./archives";
import { bundleJobs, doubles, type Outcome, runJob } from "./job";
import { makeKey } from "./keys";
import { drill, owner, Storage, writer } from "./storage";

const storage = new Storage();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-drill-"));
const work = path.join(folder, "work");
const restored = path.join(folder, "restored.gz");
const keys = [makeKey(folder, "first"), makeKey(folder, "drill")];
const stranger = makeKey(folder, "stranger");

const archive = mongodumpArchive({
    "e-chauffeur.rides": Array.from({ length: 500 }, (_, at) => ({ _id: `ride ${at}` })),
    "e-chauffeur.users": [{ _id: "u1" }, { _id: "u2" }],
    "admin.system.version": [{ _id: "v" }],
    ".oplog": [{ op: "n" }],
});
const archiveFile = path.join(folder, "dump.archive.gz");
fs.writeFileSync(archiveFile, compressed(archive.bytes));

const program = (name: string) => path.join(doubles, name);
const runDrill = (bucket: string, more: Record<string, string> = {}) =>
    runJob("drill", ["--", program("mongorestore"), "--archive", "--gzip", "--drop", "--", program("counts")], {
        ...storage.environment(drill, bucket),
        AGE_IDENTITY_FILE: keys[1].identityFile,
        DRILL_DATABASE: "e-chauffeur",
        WORK_FOLDER: work,
        DOUBLE_RESTORED: restored,
        ...more,
    });

const today = () => `drill/${new Date().toISOString().slice(0, 10)}.json`;
const resultOf = async (bucket: string) => JSON.parse(await storage.store(owner, bucket).text(today()));

let buckets = 0;
/** A bucket with one backup. */
async function backedUp(): Promise<string> {
    const bucket = `drills-${++buckets}`;
    const users = { WRITER_PRINCIPAL: writer.access, DRILL_PRINCIPAL: drill.access };
    await runJob("bucket", [], { ...storage.environment(owner, bucket), ...users });
    const { code } = await runJob("backup", ["--", program("mongodump"), "--archive", "--gzip"], {
        ...storage.environment(writer, bucket),
        AGE_RECIPIENTS: keys.map(({ recipient }) => recipient).join(","),
        DOUBLE_ARCHIVE: archiveFile,
    });
    expect(code).toBe(0);
    return bucket;
}

async function manifestOf(bucket: string): Promise<{ key: string; manifest: Manifest }> {
    const store = storage.store(owner, bucket);
    const [{ key }] = await store.versions("manifests/");
    return { key, manifest: parseManifest(await store.text(key)) as Manifest };
}

beforeAll(async () => {
    fs.mkdirSync(work);
    bundleJobs();
    await storage.start();
});
beforeEach(() => fs.rmSync(restored, { force: true }));
afterAll(() => {
    storage.stop();
    fs.rmSync(folder, { recursive: true, force: true });
});

describe("a drill on a sound backup", () => {
    let bucket: string;
    let outcome: Outcome;
    beforeAll(async () => {
        bucket = await backedUp();
        outcome = await runDrill(bucket);
    });

    it("gives the restore what the dump wrote, byte for byte, and compares the database's counts", async () => {
        expect(outcome.last).toMatchObject({ level: "info", message: "done", documents: 502, collections: 2 });
        expect(outcome.code).toBe(0);
        const again = await runDrill(bucket);
        expect(again.code).toBe(0);
        expect(fs.readFileSync(restored).equals(fs.readFileSync(archiveFile))).toBe(true);
        expect(gunzipSync(fs.readFileSync(restored)).equals(archive.bytes)).toBe(true);
    });

    it("publishes its result and how long it took", async () => {
        const { manifest } = await manifestOf(bucket);
        expect(await resultOf(bucket)).toMatchObject({
            outcome: "restored",
            created: manifest.created,
            seconds: expect.any(Number),
            documents: 502,
        });
    });

    it("leaves no archive in its work folder and no key in its log", () => {
        expect(fs.readdirSync(work)).toEqual([]);
        const [identity] = fs.readFileSync(keys[1].identityFile, "utf8").match(/AGE-SECRET-KEY-\S+/) ?? [];
        expect(outcome.output).not.toContain(identity);
        expect(outcome.output).not.toContain(drill.secret);
    });
});

describe("a drill that fails", () => {
    /** Runs it, expects nothing restored (unless told) and a published failure. */
    async function failing(bucket: string, more: Record<string, string> = {}): Promise<string> {
        const { code, last } = await runDrill(bucket, more);
        expect(code).toBe(1);
        expect(await resultOf(bucket)).toMatchObject({ outcome: "failed", reason: last.message });
        expect(fs.readdirSync(work)).toEqual([]);
        return last.message;
    }

    it("for one changed byte in the archive restores nothing", async () => {
        const bucket = await backedUp();
        const { manifest } = await manifestOf(bucket);
        const file = path.join(storage.folder, "data", bucket, manifest.archive.key);
        const bytes = fs.readFileSync(file);
        bytes[bytes.length >> 1] ^= 1;
        fs.writeFileSync(file, bytes);
        expect(await failing(bucket)).toContain("is not what was backed up");
        expect(fs.existsSync(restored)).toBe(false);
    });

    it("for a cut archive restores nothing", async () => {
        const bucket = await backedUp();
        const { manifest } = await manifestOf(bucket);
        fs.truncateSync(path.join(storage.folder, "data", bucket, manifest.archive.key), manifest.archive.size - 1);
        expect(await failing(bucket)).toContain(manifest.archive.key);
        expect(fs.existsSync(restored)).toBe(false);
    });

    it("for an identity that is not a recipient's restores nothing", async () => {
        const message = await failing(await backedUp(), { AGE_IDENTITY_FILE: stranger.identityFile });
        expect(message).toContain("The archive can't be decrypted");
        expect(fs.existsSync(restored)).toBe(false);
    });

    it("for a restore that exits with an error says its last words", async () => {
        expect(await failing(await backedUp(), { DOUBLE_EXIT: "3" })).toBe(
            "mongorestore exited with 3: Failed: E11000 duplicate key",
        );
    });

    it("for a document that is missing names the collection and both counts", async () => {
        expect(await failing(await backedUp(), { DOUBLE_LOST: "1" })).toBe(
            "The restored database differs from the backup: rides 499 of 500.",
        );
    });

    it("for a database that the backup lacks says so", async () => {
        expect(await failing(await backedUp(), { DRILL_DATABASE: "other" })).toContain("no collection of other");
    });

    it("for a bucket without a backup says so", async () => {
        const bucket = "drills-none";
        await runJob("bucket", [], { ...storage.environment(owner, bucket), DRILL_PRINCIPAL: drill.access });
        expect(await failing(bucket)).toBe("The bucket has no backup.");
    });
});

it("a manifest that the writer's key puts over another is passed over: the first one counts", async () => {
    const bucket = await backedUp();
    const { key } = await manifestOf(bucket);
    await storage.store(writer, bucket).put(key, '{"version":1}');
    expect((await runDrill(bucket)).last).toMatchObject({ message: "done", documents: 502 });
});
