import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { ArchiveReader } from "../../jobs/archive";
import { type Archive, bson, type Contents, mongodumpArchive } from "./archives";

const contents: Contents = {
    "e-chauffeur.rides": [{ _id: "r1" }, { _id: "r2" }, { _id: "r3" }],
    "e-chauffeur.empty": [],
    ".oplog": [{ op: "n" }],
};
const whole = mongodumpArchive(contents);

async function read(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Promise<ArchiveReader> {
    const reader = new ArchiveReader();
    await pipeline(Readable.from(chunks(bytes, sizes)), reader);
    return reader;
}

function* chunks(bytes: Buffer, sizes: readonly number[]) {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length];
        yield Buffer.from(bytes.subarray(at, at + size));
        at += size;
    }
}

describe("a whole archive", () => {
    it("is counted by namespace, empty ones and the oplog included", async () => {
        const { counts } = await read(whole.bytes);
        expect(Object.fromEntries(counts)).toEqual({ "e-chauffeur.rides": 3, "e-chauffeur.empty": 0, ".oplog": 1 });
    });

    it("tells the versions of server and tool", async () => {
        expect(await read(whole.bytes)).toMatchObject({ serverVersion: "8.0.29", toolVersion: "100.12.0" });
    });

    it("is counted alike however its bytes are cut into chunks", async () => {
        const documents = fc.array(fc.record({ _id: fc.string({ maxLength: 30 }) }), { maxLength: 5 });
        const anyContents = fc.dictionary(
            fc.stringMatching(/^[a-z]{1,5}\.[a-z]{1,5}$/),
            documents,
        ) as fc.Arbitrary<Contents>;
        const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
        await fc.assert(
            fc.asyncProperty(anyContents, sizes, async (given, cuts) => {
                const { counts } = await read(mongodumpArchive(given).bytes, cuts);
                const expected = Object.entries(given).map(([name, list]) => [name, list.length]);
                expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(expected));
            }),
        );
    });

    it("may announce a view and a time series, which have no documents of their own name", async () => {
        const { bytes, boundaries } = whole;
        const more = [
            bson({ db: "d", collection: "v", metadata: "{}", size: 0, type: "view" }),
            bson({ db: "d", collection: "t", metadata: "{}", size: 0, type: "timeseries" }),
        ];
        const withMore = Buffer.concat([bytes.subarray(0, boundaries[1]), ...more, bytes.subarray(boundaries[1])]);
        await expect(read(withMore)).resolves.toBeDefined();
    });
});

describe("an archive that is cut off", () => {
    const cut = ({ bytes }: Archive, at: number) => read(bytes.subarray(0, at));

    it("is refused wherever the cut falls", async () => {
        for (let at = 0; at < whole.bytes.length; at++) await expect(cut(whole, at)).rejects.toThrow("archive");
    });

    it("is refused between two segments, naming what has no end", async () => {
        const beforeTheEnds = whole.boundaries.at(-5)!;
        await expect(cut(whole, beforeTheEnds)).rejects.toThrow(
            "The archive stops before the end of .oplog, e-chauffeur.empty",
        );
    });
});

describe("what is no archive", () => {
    it("is refused for its first bytes", async () => {
        await expect(read(Buffer.from("mongodump: cannot connect"))).rejects.toThrow("does not begin as a mongodump");
    });

    it("never hangs or crashes the reader, whatever a byte is changed to", async () => {
        await fc.assert(
            fc.asyncProperty(fc.nat(whole.bytes.length - 1), fc.nat(255), async (at, value) => {
                const damaged = Buffer.from(whole.bytes);
                damaged[at] = value;
                const outcome = await read(damaged).then(
                    () => "read",
                    (error: Error) => error.name,
                );
                expect(["read", "ArchiveError"]).toContain(outcome);
            }),
        );
    });
});
