import { Writable } from "node:stream";
import { ArchiveError } from "./failure";

/*
 * The mongodump archive (mongo-tools, common/archive/spec.md): a magic number; a prelude of BSON documents (a header,
 * then one per collection) closed by a terminator; then segments, each a header that names a namespace, its documents
 * and a terminator. The last segment of a namespace has `EOF: true` and no documents.
 */
const MAGIC = 0x8199e26d;
const TERMINATOR = -1;
/** A BSON document's own limit is 16 MiB; the server allows its internal ones 16 KiB more. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024 + 16 * 1024;

/**
 * Reads an uncompressed archive as it streams by, holding no more than one header at a time, and counts documents by
 * namespace (`db.collection`). It fails with ArchiveError where the archive is cut off or malformed, which mongodump's
 * exit code does not always tell: at its end, every collection that the prelude announces must have been closed.
 */
export class ArchiveReader extends Writable {
    /** Documents by namespace, complete once the stream has finished. */
    readonly counts = new Map<string, number>();
    serverVersion = "";
    toolVersion = "";
    private pending: Buffer = Buffer.alloc(0);
    private skip = 0;
    private place: "magic" | "first" | "prelude" | "header" | "documents" = "magic";
    private current = "";
    /** Namespaces announced or begun and not closed yet. */
    private readonly open = new Set<string>();

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
        try {
            this.read(chunk);
            done();
        } catch (error) {
            // Reading past the end of a header's bytes.
            done(
                error instanceof RangeError
                    ? new ArchiveError("A header in the archive is damaged.")
                    : (error as Error),
            );
        }
    }

    override _final(done: (error?: Error) => void): void {
        const midway = this.place !== "header" || this.pending.length > 0 || this.skip > 0;
        if (this.place === "magic") {
            done(new ArchiveError("The dump is empty: it is no archive."));
        } else if (midway) {
            done(new ArchiveError(`The archive stops in the middle of ${this.current || "its prelude"}.`));
        } else if (this.open.size > 0) {
            done(new ArchiveError(`The archive stops before the end of ${[...this.open].sort().join(", ")}.`));
        } else {
            done();
        }
    }

    private read(chunk: Buffer): void {
        let data = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
        for (let used = this.step(data); used > 0; used = this.step(data)) data = data.subarray(used);
        // A copy: the chunk's memory is the sender's to use again.
        this.pending = Buffer.from(data);
    }

    /** Takes one element off the front; 0 when more bytes are needed. */
    private step(data: Buffer): number {
        if (this.skip > 0) {
            const used = Math.min(this.skip, data.length);
            this.skip -= used;
            return used;
        }
        if (data.length < 4) return 0;
        if (this.place === "magic") {
            if (data.readUInt32LE(0) !== MAGIC)
                throw new ArchiveError("The dump does not begin as a mongodump archive does.");
            this.place = "first";
            return 4;
        }
        const length = data.readInt32LE(0);
        if (length === TERMINATOR) {
            this.place = "header";
            return 4;
        }
        if (length < 5 || length > LARGEST_DOCUMENT)
            throw new ArchiveError(`The archive holds a document of ${length} bytes: it is damaged.`);
        if (this.place === "documents") {
            this.counts.set(this.current, (this.counts.get(this.current) ?? 0) + 1);
            this.skip = length;
            return this.step(data);
        }
        if (data.length < length) return 0;
        this.take(flatFields(data.subarray(0, length)));
        return length;
    }

    /** A document of the prelude, or the header of a segment. */
    private take(fields: Map<string, string | boolean>): void {
        const text = (name: string) => String(fields.get(name) ?? "");
        if (this.place === "first") {
            this.serverVersion = text("server_version");
            this.toolVersion = text("tool_version");
            this.place = "prelude";
        } else if (this.place === "prelude") {
            // Neither a view nor a time series has documents of its own name.
            if (text("type") !== "view" && text("type") !== "timeseries")
                this.open.add(`${text("db")}.${text("collection")}`);
        } else {
            this.current = `${text("db")}.${text("collection")}`;
            this.place = "documents";
            if (!this.counts.has(this.current)) this.counts.set(this.current, 0);
            if (fields.get("EOF") === true) this.open.delete(this.current);
            else this.open.add(this.current);
        }
    }
}

/** The string and boolean fields of a BSON document that has no nested ones (bsonspec.org); numbers are passed over. */
function flatFields(document: Buffer): Map<string, string | boolean> {
    const fields = new Map<string, string | boolean>();
    let at = 4;
    while (at < document.length - 1) {
        const type = document[at];
        const nameEnd = document.indexOf(0, at + 1);
        if (nameEnd < 0) throw new ArchiveError("A header in the archive is damaged.");
        const name = document.toString("utf8", at + 1, nameEnd);
        at = nameEnd + 1;
        switch (type) {
            case 0x02: {
                const size = document.readInt32LE(at);
                if (size < 1) throw new ArchiveError("A header in the archive is damaged.");
                fields.set(name, document.toString("utf8", at + 4, at + 4 + size - 1));
                at += 4 + size;
                break;
            }
            case 0x08:
                fields.set(name, document[at] === 1);
                at += 1;
                break;
            case 0x10:
                at += 4;
                break;
            case 0x01:
            case 0x09:
            case 0x12:
                at += 8;
                break;
            case 0x0a:
                break;
            default:
                throw new ArchiveError(`A header in the archive holds a value of BSON type ${type}: it is damaged.`);
        }
    }
    return fields;
}
