import { Writable } from "node:stream";
import { ArchiveError } from "../failure";
import type { DumpReader } from "../dump-reader";
import { Parser } from "../pieces";
import { type Contents, readCustomFormat } from "./custom-format";
import { readTar } from "./tar";

const ROLES = "roles.sql";
/** The last line that pg_dumpall writes. */
const END_OF_ROLES = "-- PostgreSQL database cluster dump complete";

/**
 * Reads what dump.sh writes, uncompressed: a tar of roles.sql and of each database's archive, cut into numbered files.
 * It counts rows by `database.schema.table`, holds no more than a header at a time, and fails with ArchiveError unless
 * roles and every archive are whole.
 */
export class PostgreSQLReader extends Writable implements DumpReader {
    readonly counts = new Map<string, number>();
    serverVersion = "";
    toolVersion = "";
    private readonly tar = new Parser((pieces) =>
        readTar(
            pieces,
            (name) => this.begin(name),
            () => this.finish(),
        ),
    );
    private rolesEnd = "";
    private database?: { readonly name: string; readonly archive: Parser; parts: number };
    private databases = 0;

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
        // A copy: the chunk's memory is the sender's to use again.
        this.step(() => this.tar.write(Buffer.from(chunk)), done);
    }

    override _final(done: (error?: Error) => void): void {
        this.step(() => this.tar.end(), done);
    }

    private step(work: () => void, done: (error?: Error) => void): void {
        try {
            work();
            done();
        } catch (error) {
            done(error as Error);
        }
    }

    private begin(file: string) {
        if (file === ROLES) {
            return {
                write: (part: Buffer) => {
                    this.rolesEnd = (this.rolesEnd + part.subarray(-200).toString("utf8")).slice(-200);
                },
                end: () => undefined,
            };
        }
        const [, name, number] = /^(.+)\.dump\.(\d+)$/.exec(file) ?? [];
        if (name === undefined) throw new ArchiveError(`The dump holds ${file}, which is not known.`);
        if (this.database?.name !== name) this.next(name);
        const { archive, parts } = this.database!;
        if (Number(number) !== parts) throw new ArchiveError(`The dump lacks part ${parts} of ${name}.`);
        this.database!.parts++;
        return { write: (part: Buffer) => archive.write(part), end: () => undefined };
    }

    private next(name: string): void {
        this.database?.archive.end();
        const archive = new Parser((pieces) => readCustomFormat(pieces, (contents) => this.take(name, contents)));
        this.database = { name, archive, parts: 0 };
    }

    private take(name: string, { database, rows, serverVersion, toolVersion }: Contents): void {
        if (database !== name) throw new ArchiveError(`The archive of ${name} is one of ${database}.`);
        for (const [table, count] of rows) this.counts.set(`${name}.${table}`, count);
        this.serverVersion = serverVersion;
        this.toolVersion = toolVersion;
        this.databases++;
    }

    private finish(): void {
        this.database?.archive.end();
        if (this.databases === 0) throw new ArchiveError("The dump holds no database.");
        if (!this.rolesEnd.includes(END_OF_ROLES)) throw new ArchiveError("The dump lacks the roles, or their end.");
    }
}
