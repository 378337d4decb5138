import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Manifest, parseManifest } from "../../jobs/manifest";
import { bson, mongodumpArchive } from "./archives";
import { bundleJobs, doubles, runJob } from "./job";
import { makeKey } from "./keys";
import { owner, Storage, writer } from "./storage";

const storage = new Storage();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-memory-"));
const [first, second] = [makeKey(folder, "first"), makeKey(folder, "second")];

beforeAll(async () => {
    bundleJobs();
    await storage.start();
});
afterAll(() => {
    storage.stop();
    fs.rmSync(folder, { recursive: true, force: true });
});

/** An archive of one collection, around the place where the double repeats a document of 1 MiB. */
function frame(): string {
    const document = bson({ _id: "x".repeat(1024 * 1024) });
    const { bytes } = mongodumpArchive({ "e-chauffeur.rides": [{ _id: "x".repeat(1024 * 1024) }] });
    const at = bytes.indexOf(document);
    const parts = { before: bytes.subarray(0, at), document, after: bytes.subarray(at + document.length) };
    const file = path.join(folder, "frame.json");
    const texts = Object.entries(parts).map(([name, part]) => [name, Buffer.from(part).toString("base64")]);
    fs.writeFileSync(file, JSON.stringify(Object.fromEntries(texts)));
    return file;
}

it("a gibibyte is backed up in constant memory and read back whole by Debian's age", async () => {
    const bucket = "gibibyte";
    await runJob("bucket", [], { ...storage.environment(owner, bucket), WRITER_PRINCIPAL: writer.access });
    const { code, last } = await runJob("backup", ["--", path.join(doubles, "mongodump"), "--archive", "--gzip"], {
        ...storage.environment(writer, bucket),
        AGE_RECIPIENTS: `${first.recipient},${second.recipient}`,
        DOUBLE_ARCHIVE: frame(),
        DOUBLE_GIBIBYTE: "true",
    });
    expect(code).toBe(0);
    expect(last).toMatchObject({ message: "done", documents: 1024 });
    // Measured 148 MB; the rest is room for another version of Node.js.
    expect(last.peakMegabytes).toBeLessThan(256);

    const store = storage.store(owner, bucket);
    const [{ key }] = await store.versions("manifests/");
    const { archive, dump } = parseManifest(await store.text(key)) as Manifest;
    expect(dump.size).toBeGreaterThan(1024 ** 3);
    const plain = path.join(folder, "plain");
    const source = path.join(storage.folder, "data", bucket, archive.key);
    execFileSync("age", ["--decrypt", "--identity", second.identityFile, "--output", plain, source]);
    const hash = createHash("sha256");
    for await (const chunk of fs.createReadStream(plain)) hash.update(chunk as Buffer);
    expect(hash.digest("hex")).toBe(dump.sha256);
});
