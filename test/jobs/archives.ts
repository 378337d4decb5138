import { gzipSync } from "node:zlib";

/** Documents by namespace, in the order in which the archive has them. */
export type Contents = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

/** Where an archive may be cut: after each element (magic number, document, terminator). */
export interface Archive {
    bytes: Buffer;
    boundaries: number[];
}

const terminator = Buffer.from([0xff, 0xff, 0xff, 0xff]);
const magic = Buffer.from([0x6d, 0xe2, 0x99, 0x81]);

type Value = string | boolean | number | bigint;

/** A flat BSON document (bsonspec.org): strings, booleans, 32-bit numbers, and 64-bit ones given as bigint. */
export function bson(fields: Readonly<Record<string, Value>>): Buffer {
    const parts = Object.entries(fields).map(([name, value]) => {
        const key = Buffer.from(`${name}\0`);
        if (typeof value === "string") {
            const text = Buffer.from(`${value}\0`);
            const size = Buffer.alloc(4);
            size.writeInt32LE(text.length);
            return Buffer.concat([Buffer.from([0x02]), key, size, text]);
        }
        if (typeof value === "boolean") return Buffer.concat([Buffer.from([0x08]), key, Buffer.from([value ? 1 : 0])]);
        const number = Buffer.alloc(typeof value === "bigint" ? 8 : 4);
        if (typeof value === "bigint") number.writeBigInt64LE(value);
        else number.writeInt32LE(value);
        return Buffer.concat([Buffer.from([typeof value === "bigint" ? 0x12 : 0x10]), key, number]);
    });
    const body = Buffer.concat(parts);
    const size = Buffer.alloc(4);
    size.writeInt32LE(body.length + 5);
    return Buffer.concat([size, body, Buffer.from([0])]);
}

/**
 * An archive as mongodump writes it (mongo-tools, common/archive/spec.md): the documents of all namespaces in turns, so
 * that segments of several are interleaved, and an end for each.
 */
export function mongodumpArchive(contents: Contents): Archive {
    const pieces: Buffer[] = [magic];
    pieces.push(
        bson({ concurrent_collections: 4, version: "0.1", server_version: "8.0.29", tool_version: "100.12.0" }),
    );
    const parts = (namespace: string) => {
        const at = namespace.indexOf(".");
        return { db: namespace.slice(0, at), collection: namespace.slice(at + 1) };
    };
    for (const namespace of Object.keys(contents))
        pieces.push(bson({ ...parts(namespace), metadata: '{"indexes":[]}', size: 0, type: "collection" }));
    pieces.push(terminator);
    const turns = Math.max(0, ...Object.values(contents).map((documents) => documents.length));
    for (let turn = 0; turn < turns; turn++) {
        for (const [namespace, documents] of Object.entries(contents)) {
            if (turn < documents.length)
                pieces.push(bson({ ...parts(namespace), EOF: false, CRC: 0n }), bson(documents[turn]), terminator);
        }
    }
    for (const namespace of Object.keys(contents))
        pieces.push(bson({ ...parts(namespace), EOF: true, CRC: 42n }), terminator);
    const boundaries: number[] = [];
    let at = 0;
    for (const piece of pieces) boundaries.push((at += piece.length));
    return { bytes: Buffer.concat(pieces), boundaries };
}

/** As `mongodump --archive --gzip` writes it. */
export function compressed(bytes: Buffer): Buffer {
    return gzipSync(bytes);
}
