import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { PostgreSQLReader } from "../../jobs/postgresql/reader";

/** What dump.sh wrote with PostgreSQL 18.6: 777 rows with line breaks, an empty table, a large object. */
const whole = gunzipSync(readFileSync(join(__dirname, "fixtures", "postgresql-18.tar.gz")));
const counts = { "agents.public.a": 777, "agents.public.e": 0 };

async function read(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Promise<PostgreSQLReader> {
    const chunks: Buffer[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length];
        chunks.push(bytes.subarray(at, at + size));
        at += size;
    }
    const reader = new PostgreSQLReader();
    await pipeline(Readable.from(chunks), reader);
    return reader;
}
const outcome = (bytes: Buffer) =>
    read(bytes).then(
        () => "read",
        (error: Error) => error.name,
    );

it("a dump of the component's own version is counted by table, with its versions", async () => {
    const reader = await read(whole);
    expect(Object.fromEntries(reader.counts)).toEqual(counts);
    expect(reader).toMatchObject({ serverVersion: "18.6", toolVersion: "18.6" });
});

it("is counted alike however its bytes are cut into chunks", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
        fc.asyncProperty(sizes, async (cuts) => {
            expect(Object.fromEntries((await read(whole, cuts)).counts)).toEqual(counts);
        }),
        { numRuns: 40 },
    );
});

it("is refused wherever it is cut off", async () => {
    const seen = new Set<string>();
    for (let at = 0; at < whole.length; at += 7) seen.add(await outcome(whole.subarray(0, at)));
    expect([...seen]).toEqual(["ArchiveError"]);
});

it("is refused where a file of it is missing or comes twice", async () => {
    const archive = whole.indexOf("agents.dump.00000");
    expect(await outcome(whole.subarray(archive))).toBe("ArchiveError");
    const twice = [whole.subarray(0, -1024), whole.subarray(archive)];
    await expect(read(Buffer.concat(twice))).rejects.toThrow("The dump lacks part 1 of agents.");
});

it("never hangs or crashes the reader, whatever a byte is changed to", async () => {
    await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, value) => {
            const damaged = Buffer.from(whole);
            damaged[at] = value;
            expect(["read", "ArchiveError"]).toContain(await outcome(damaged));
        }),
        { numRuns: 300 },
    );
});
