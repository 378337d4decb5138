import { Transform, type TransformCallback } from "node:stream";
import { finished } from "node:stream/promises";
import { createGunzip, type Gunzip } from "node:zlib";
import { Digest } from "./digest";
import { type DumpFormat, type DumpReader, dumpReader } from "./dump-reader";
import { ArchiveError, type JobError, oneLine } from "./failure";

/**
 * Lets a compressed dump pass unchanged while it is uncompressed and read aside, at the pace of the
 * slower. Its end is held back until the archive proved whole and `verdict` (the dump's exit) resolved: whoever
 * consumes it never sees the end of a bad dump.
 */
export class Inspection extends Transform {
    readonly digest = new Digest();
    readonly archive: DumpReader;
    private readonly gunzip: Gunzip = createGunzip();
    private readonly inspected: Promise<void>;

    constructor(
        private readonly verdict: Promise<void>,
        format: DumpFormat = "mongodump",
    ) {
        super();
        this.archive = dumpReader(format);
        this.gunzip.pipe(this.archive);
        this.gunzip.on("error", (error) => this.archive.destroy(compressionError(error)));
        this.inspected = finished(this.archive);
        // Damage in the middle ends the dump now, not after hours.
        this.inspected.catch((error) => this.destroy(error as Error));
    }

    override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
        this.digest.update(chunk);
        if (this.gunzip.write(chunk)) done(null, chunk);
        else this.gunzip.once("drain", () => done(null, chunk));
    }

    override _flush(done: TransformCallback): void {
        // A command that failed explains the cut better than the cut does.
        this.verdict
            .then(() => {
                this.gunzip.end();
                return this.inspected;
            })
            .then(
                () => done(),
                (error) => done(error as Error),
            );
    }

    override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
        this.gunzip.destroy();
        this.archive.destroy();
        super._destroy(error, done);
    }
}

function compressionError(error: Error): JobError {
    if ((error as NodeJS.ErrnoException).code === "Z_BUF_ERROR")
        return new ArchiveError("The dump stops in the middle of its compressed stream.");
    return new ArchiveError(`The dump is not a whole gzip stream (${oneLine(error)}).`);
}
