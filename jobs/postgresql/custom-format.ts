import { ArchiveError } from "../failure";
import type { Pieces } from "../pieces";

/** What an archive of pg_dump tells of itself. */
export interface Contents {
    readonly database: string;
    readonly serverVersion: string;
    readonly toolVersion: string;
    /** Rows by `schema.table`. */
    readonly rows: Map<string, number>;
}

/** Between releases the format gained fields: a table's access method, the compression's name, the kind of relation. */
const ACCESS_METHOD = 14;
const COMPRESSION_NAME = 15;
const RELATION_KIND = 16;
const CUSTOM = 1;
const BLOCK_OF_DATA = 1;
const BLOCK_OF_LARGE_OBJECTS = 3;
/** What ends the rows of a table, after the last one's line. */
const END_OF_ROWS = "\\.\n\n\n";

/**
 * Reads an archive of `pg_dump --format=custom --compress=0` of versions 12 to 18 as it comes by, and counts the rows
 * of each table. Each table that the contents announce must be there, and end as the rows of a table do.
 * pg_dump's sources, pg_backup_archiver.c (ReadHead, ReadToc) and pg_backup_custom.c (_StartData, _EndData).
 *
 * Throws ArchiveError where the archive is cut off, or none.
 */
export function* readCustomFormat(pieces: Pieces, told: (contents: Contents) => void): Generator<void, void> {
    const read = new Fields(pieces);
    let place = "its contents";
    try {
        const { minor, ...head } = yield* header(pieces, read);
        const rows = new Map<string, number>();
        const announced = yield* contents(read, minor);
        while (!(yield* pieces.atEnd())) {
            const kind = yield* read.byte();
            const id = yield* read.integer();
            const name = announced.get(id);
            if (name === undefined) throw new ArchiveError(`${head.database} holds data that it does not announce.`);
            place = name;
            if (kind === BLOCK_OF_DATA) rows.set(name, yield* countRows(pieces, read, name));
            else if (kind === BLOCK_OF_LARGE_OBJECTS) while ((yield* read.integer()) !== 0) yield* skip(pieces, read);
            else throw new ArchiveError(`${head.database} holds a block of the unknown kind ${kind}: it is damaged.`);
            announced.delete(id);
        }
        if (announced.size > 0) {
            const missing = [...announced.values()].sort().join(", ");
            throw new ArchiveError(`The archive of ${head.database} stops before ${missing}.`);
        }
        told({ ...head, rows });
    } catch (error) {
        if (error instanceof RangeError) throw new ArchiveError(`The archive stops in the middle of ${place}.`);
        throw error;
    }
}

function* header(pieces: Pieces, read: Fields) {
    const magic = (yield* pieces.exactly(5)).toString("latin1");
    if (magic !== "PGDMP") throw new ArchiveError("The dump does not begin as an archive of pg_dump does.");
    const [major, minor, , integerSize, offsetSize, format] = yield* pieces.exactly(6);
    if (major !== 1 || minor < ACCESS_METHOD || minor > RELATION_KIND || format !== CUSTOM)
        throw new ArchiveError(`The dump has format ${format} of version ${major}.${minor}, which is not known.`);
    read.integerSize = integerSize;
    read.offsetSize = offsetSize;
    const compression = minor >= COMPRESSION_NAME ? yield* read.byte() : yield* read.integer();
    if (compression !== 0) throw new ArchiveError("The archive is compressed within, so its rows can't be counted.");
    // When it began, as seven numbers: from seconds to whether it is summer time.
    for (let part = 0; part < 7; part++) yield* read.integer();
    const database = yield* read.text();
    const serverVersion = yield* read.text();
    const toolVersion = yield* read.text();
    return { minor, database, serverVersion, toolVersion };
}

/** The entries that have data, by their number. */
function* contents(read: Fields, minor: number): Generator<void, Map<number, string>> {
    const announced = new Map<number, string>();
    const entries = yield* read.integer();
    for (let entry = 0; entry < entries; entry++) {
        const id = yield* read.integer();
        const hasData = (yield* read.integer()) !== 0;
        // Object identifiers of the catalogue and the object.
        yield* read.texts(2);
        const tag = yield* read.text();
        const kind = yield* read.text();
        // The section; then what creates it, drops it and copies into it.
        yield* read.integer();
        yield* read.texts(3);
        const schema = yield* read.text();
        // The tablespace and the access method.
        yield* read.texts(2);
        if (minor >= RELATION_KIND) yield* read.integer();
        // The owner, and whether rows have identifiers, which none has any more.
        yield* read.texts(2);
        // What it depends on, up to a text that is none.
        while ((yield* read.optionalText()) !== undefined);
        yield* read.offset();
        if (hasData) announced.set(id, kind === "TABLE DATA" ? `${schema}.${tag}` : kind);
    }
    return announced;
}

/** A row is a line of COPY's text format, where a line break within a value is written with a backslash. */
function* countRows(pieces: Pieces, read: Fields, name: string): Generator<void, number> {
    let lines = 0;
    let tail = "";
    for (let left = yield* read.integer(); left > 0; left = yield* read.integer()) {
        while (left > 0) {
            const part = yield* pieces.upTo(left);
            left -= part.length;
            for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) lines++;
            tail = (tail + part.subarray(-END_OF_ROWS.length).toString("latin1")).slice(-END_OF_ROWS.length);
        }
    }
    if (tail !== END_OF_ROWS) throw new ArchiveError(`The rows of ${name} have no end.`);
    return lines - (END_OF_ROWS.length - 2);
}

function* skip(pieces: Pieces, read: Fields): Generator<void, void> {
    for (let left = yield* read.integer(); left > 0; left = yield* read.integer())
        while (left > 0) left -= (yield* pieces.upTo(left)).length;
}

/** The archive's own way to write numbers and texts. */
class Fields {
    integerSize = 4;
    offsetSize = 8;

    constructor(private readonly pieces: Pieces) {}

    *byte(): Generator<void, number> {
        return (yield* this.pieces.exactly(1))[0];
    }

    /** A sign, then the value with its lowest byte first. */
    *integer(): Generator<void, number> {
        const bytes = yield* this.pieces.exactly(1 + this.integerSize);
        const value = bytes.readUIntLE(1, this.integerSize);
        return bytes[0] === 0 ? value : -value;
    }

    /** Undefined where the length is negative: the text that is none. */
    *optionalText(): Generator<void, string | undefined> {
        const length = yield* this.integer();
        return length < 0 ? undefined : (yield* this.pieces.exactly(length)).toString("utf8");
    }

    *text(): Generator<void, string> {
        return (yield* this.optionalText()) ?? "";
    }

    *texts(count: number): Generator<void, void> {
        for (let at = 0; at < count; at++) yield* this.optionalText();
    }

    *offset(): Generator<void, void> {
        yield* this.pieces.exactly(1 + this.offsetSize);
    }
}
