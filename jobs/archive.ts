import { Writable } from "node:stream";

/**
 * The shape of a mongodump archive (mongo-tools, common/archive): a magic number; a prelude of BSON documents closed
 * by a terminator; then blocks, each a header that names a namespace, its documents, and a terminator. The last block
 * of a namespace has `EOF: true` and no documents.
 */
const MAGIC = 0x8199e26d;
const TERMINATOR = -1;
/** A BSON document's own limit is 16 MiB; the server allows its internal ones 16 KiB more. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024 + 16 * 1024;

/** A dump that cannot be restored: it stops midway, or is none. */
export class ArchiveError extends Error {
    override readonly name = "ArchiveError";
}

/** What the header of a block says. */
interface BlockHeader {
    namespace: string;
    end: boolean;
}

/**
 * Reads an uncompressed archive as it streams by, holding one document's length at a time (and headers, which are
 * small), and counts documents by namespace (`db.collection`). `finish` errors with ArchiveError where the archive is
 * cut off or malformed, which mongodump's exit code does not always tell.
 */
export class ArchiveReader extends Writable {
    /** Documents by namespace, complete once the stream has finished. */
    readonly counts = new Map<string, number>();
    private pending: Buffer = Buffer.alloc(0);
    private skip = 0;
    private place: "magic" | "prelude" | "header" | "documents" = "magic";
    private current: BlockHeader | undefined;
    private readonly open = new Set<string>();

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
        try {
            this.read(chunk);
            done();
        } catch (error) {
            done(error as Error);
        }
    }

    override _final(done: (error?: Error) => void): void {
        if (this.place === "magic") {
            done(new ArchiveError("The dump is empty: it is no archive."));
        } else if (this.place !== "header" || this.pending.length > 0 || this.skip > 0) {
            done(new ArchiveError(`The archive stops in the middle of ${this.current?.namespace ?? "its prelude"}.`));
        } else if (this.open.size > 0) {
            done(new ArchiveError(`The archive stops before the end of ${[...this.open].sort().join(", ")}.`));
        } else {
            done();
        }
    }

    private read(chunk: Buffer): void {
        let data = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
        let used: number;
        while ((used = this.step(data)) > 0) {
            data = data.subarray(used);
        }
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
        if (data.length < 4) {
            return 0;
        }
        if (this.place === "magic") {
            if (data.readUInt32LE(0) !== MAGIC) {
                throw new ArchiveError("The dump does not begin as a mongodump archive does.");
            }
            this.place = "prelude";
            return 4;
        }
        const length = data.readInt32LE(0);
        if (length === TERMINATOR) {
            this.place = "header";
            this.current = undefined;
            return 4;
        }
        if (length < 5 || length > LARGEST_DOCUMENT) {
            throw new ArchiveError(`The archive holds a document of ${length} bytes: it is damaged.`);
        }
        if (this.place === "header") {
            return data.length < length ? 0 : this.header(data.subarray(0, length));
        }
        if (this.place === "documents" && this.current) {
            this.counts.set(this.current.namespace, (this.counts.get(this.current.namespace) ?? 0) + 1);
        }
        this.skip = length;
        return this.step(data);
    }

    private header(document: Buffer): number {
        const fields = flatFields(document);
        const namespace = `${String(fields.get("db") ?? "")}.${String(fields.get("collection") ?? "")}`;
        const end = fields.get("EOF") === true;
        this.current = { namespace, end };
        this.place = "documents";
        if (end) {
            this.open.delete(namespace);
        } else {
            this.open.add(namespace);
        }
        if (!this.counts.has(namespace)) {
            this.counts.set(namespace, 0);
        }
        return document.length;
    }
}

/** The string and boolean fields of a BSON document that has no nested ones (bsonspec.org); numbers are passed over. */
function flatFields(document: Buffer): Map<string, string | boolean> {
    const fields = new Map<string, string | boolean>();
    let at = 4;
    while (at < document.length - 1) {
        const type = document[at];
        const nameEnd = document.indexOf(0, at + 1);
        const name = document.toString("utf8", at + 1, nameEnd);
        at = nameEnd + 1;
        switch (type) {
            case 0x02: {
                const size = document.readInt32LE(at);
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
                throw new ArchiveError(`The header of a block holds a value of BSON type ${type}: it is damaged.`);
        }
    }
    return fields;
}
