import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { compressed, mongodumpArchive } from "./archives";
import { Pod, script } from "./containers";
import { bundle, bundleJobs, doubles, type Line, runJob } from "./job";
import { makeKey } from "./keys";
import { drill, owner, Storage, writer } from "./storage";

/*
 * Jobs as their pods run them: the bundle in one container, the database's programs in the other (doubles of
 * mongodump, mongorestore, mongod and mongosh, on PATH there), two process groups over one folder.
 */
const storage = new Storage();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-pod-"));
const keys = [makeKey(folder, "first"), makeKey(folder, "drill")];
const archive = mongodumpArchive({
    "e-chauffeur.rides": Array.from({ length: 2000 }, (_, at) => ({ _id: `ride ${at}`, phone: "0600000000" })),
    "e-chauffeur.users": [{ _id: "u1" }],
    ".oplog": [],
});
const archiveFile = path.join(folder, "dump.archive.gz");
fs.writeFileSync(archiveFile, compressed(archive.bytes));
const archiveSize = fs.statSync(archiveFile).size;
const withDoubles = { PATH: `${doubles}:${process.env.PATH}` };

const job = (...command: string[]) => ["sh", script("exchange/job.sh"), process.execPath, bundle, ...command];
const call = (name: string) => ["--", "sh", script("exchange/call.sh"), name];
const linesOf = (output: Buffer) =>
    output
        .toString()
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line);

let buckets = 0;
async function newBucket(): Promise<string> {
    const bucket = `pods-${++buckets}`;
    const users = { WRITER_PRINCIPAL: writer.access, DRILL_PRINCIPAL: drill.access };
    await runJob("bucket", [], { ...storage.environment(owner, bucket), ...users });
    return bucket;
}
const keysOf = async (bucket: string) => (await storage.store(owner, bucket).versions("")).map(({ key }) => key);

let pod: Pod;
beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
beforeEach(() => (pod = new Pod()));
afterEach(() => pod.remove());
afterAll(() => {
    storage.stop();
    fs.rmSync(folder, { recursive: true, force: true });
});

const startDump = (double: Record<string, string> = {}) =>
    pod.start(["sh", script("exchange/serve.sh"), "dump", "mongodump", "--archive", "--gzip", "--oplog"], {
        ...withDoubles,
        DOUBLE_ARCHIVE: archiveFile,
        ...double,
    });
const startBackup = (bucket: string, more: Record<string, string> = {}) =>
    pod.start(job("backup", ...call("dump")), {
        ...storage.environment(writer, bucket),
        AGE_RECIPIENTS: keys.map(({ recipient }) => recipient).join(","),
        ...more,
    });

describe("a backup's pod", () => {
    it("commits a dump that is whole", async () => {
        const bucket = await newBucket();
        const dump = startDump();
        const { code, output } = await startBackup(bucket).ended;
        expect(linesOf(output).at(-1)).toMatchObject({ message: "done", documents: 2001 });
        expect([code, (await dump.ended).code]).toEqual([0, 0]);
        expect(await keysOf(bucket)).toHaveLength(2);
    });

    it.each<[string, Record<string, string>, string]>([
        ["exits with 1 midway", { DOUBLE_STOP: "900", DOUBLE_EXIT: "1" }, "call.sh: dump: exited with 1"],
        ["exits with 1 after all its bytes", { DOUBLE_EXIT: "1" }, "call.sh: dump: exited with 1"],
        ["exits with 0, cut off", { DOUBLE_STOP: String(archiveSize - 9) }, "in the middle of its compressed stream"],
    ])("fails and leaves no commit mark when the dump %s", async (_, double, why) => {
        const bucket = await newBucket();
        startDump(double);
        const { code, output } = await startBackup(bucket).ended;
        expect(linesOf(output).at(-1)).toMatchObject({ level: "error", message: expect.stringContaining(why) });
        expect(code).toBe(1);
        expect(await keysOf(bucket)).toEqual([]);
    });

    it("fails and leaves no commit mark when the dump's container dies", async () => {
        const bucket = await newBucket();
        const dump = startDump({ DOUBLE_STOP: "900", DOUBLE_WAIT: "true" });
        const backup = startBackup(bucket);
        await pod.has("dump.served");
        dump.kill();
        const { code, output } = await backup.ended;
        expect(linesOf(output).at(-1)!.message).toContain("it ended without a status");
        expect(code).toBe(1);
        expect(await keysOf(bucket)).toEqual([]);
    });

    it("does not leave the dump running when its settings are wrong", async () => {
        const dump = startDump({ DOUBLE_WAIT: "true" });
        expect((await startBackup("any", { AGE_RECIPIENTS: "" }).ended).code).toBe(1);
        expect((await dump.ended).code).toBe(1);
    });
});

describe("a drill's pod", () => {
    const scratch = path.join(folder, "scratch");
    const restored = path.join(folder, "restored.gz");
    // As it lies in the pod: the scripts of the database's container in one folder.
    const scripts = path.join(folder, "scripts");
    let bucket: string;
    beforeAll(async () => {
        fs.mkdirSync(scripts);
        for (const name of ["exchange/serve.sh", "drill/database.sh", "drill/counts.js"])
            fs.copyFileSync(script(name), path.join(scripts, path.basename(name)));
        bucket = await newBucket();
        const { code } = await runJob("backup", ["--", path.join(doubles, "mongodump")], {
            ...storage.environment(writer, bucket),
            AGE_RECIPIENTS: keys.map(({ recipient }) => recipient).join(","),
            DOUBLE_ARCHIVE: archiveFile,
        });
        expect(code).toBe(0);
    });
    beforeEach(() => {
        fs.rmSync(scratch, { recursive: true, force: true });
        fs.rmSync(restored, { force: true });
        fs.mkdirSync(scratch);
    });

    const startDatabase = (double: Record<string, string> = {}) =>
        pod.start(["sh", path.join(scripts, "database.sh")], {
            ...withDoubles,
            SCRATCH: scratch,
            DATABASE: "e-chauffeur",
            DOUBLE_RESTORED: restored,
            ...double,
        });
    const startDrill = (from: string, more: Record<string, string> = {}) =>
        pod.start(job("drill", ...call("restore"), ...call("counts")), {
            ...storage.environment(drill, from),
            AGE_IDENTITY_FILE: keys[1].identityFile,
            DRILL_DATABASE: "e-chauffeur",
            WORK_FOLDER: folder,
            ...more,
        });

    it("gives the scratch database what the dump wrote, byte for byte, and compares its counts", async () => {
        const database = startDatabase();
        const { code, output } = await startDrill(bucket).ended;
        expect(linesOf(output).at(-1)).toMatchObject({ message: "done", documents: 2001, collections: 2 });
        expect([code, (await database.ended).code]).toEqual([0, 0]);
        expect(fs.readFileSync(restored).equals(fs.readFileSync(archiveFile))).toBe(true);
    });

    it("fails with the restore, and its database ends", async () => {
        const database = startDatabase({ DOUBLE_EXIT: "3" });
        const { code, output } = await startDrill(bucket).ended;
        expect(linesOf(output).at(-1)!.message).toContain("call.sh: restore: exited with 3");
        expect([code, (await database.ended).code]).toEqual([1, 3]);
    });

    it("ends its database when there is nothing to restore", async () => {
        const database = startDatabase();
        expect((await startDrill(await newBucket()).ended).code).toBe(1);
        expect((await database.ended).code).toBe(1);
    });

    it("fails in time when its database does not start, which says why", async () => {
        const database = startDatabase({ DOUBLE_MONGOD: "fails" });
        const { code } = await startDrill(bucket, { WAIT_SECONDS: "1" }).ended;
        expect(code).toBe(1);
        const { code: own, errors } = await database.ended;
        expect(own).toBe(1);
        expect(errors).toContain("no room left on device");
    });
});
