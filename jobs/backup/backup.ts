import { Readable } from "node:stream";
import { start } from "../command";
import { Digest } from "../digest";
import { encrypt } from "../encryption";
import { JobError, oneLine } from "../failure";
import { Inspection } from "../inspection";
import type { DumpFormat } from "../dump-reader";
import type { Log } from "../log";
import { archiveKey, backupName, type Manifest, manifestKey } from "../manifest";
import type { Store } from "../store";

export interface BackupOptions {
    /** The dump: writes its archive, compressed by gzip, to its standard output. */
    command: readonly string[];
    format: DumpFormat;
    recipients: readonly string[];
    store: Store;
    signal: AbortSignal;
    log: Log;
}

/**
 * Dumps, encrypts and uploads in one stream, then puts the manifest. Nothing is committed unless the dump exited with 0
 * and its archive was whole. Memory is constant: chunks, and a few parts of the upload.
 * @throws JobError saying why there is no backup
 */
export async function backup({ command, format, recipients, store, signal, log }: BackupOptions): Promise<Manifest> {
    const created = new Date();
    const name = backupName(created);
    const dump = start(command, log);
    const inspection = new Inspection(dump.exited, format);
    // What went wrong first is why; what the store says of a stream that broke is not.
    let cause: unknown;
    inspection.on("error", (error) => (cause ??= error));
    const stopNow = () => inspection.destroy(signal.reason);
    signal.addEventListener("abort", stopNow);
    if (signal.aborted) stopNow();
    try {
        dump.stdin.end();
        dump.stdout.on("error", (error) => inspection.destroy(error));
        dump.stdout.pipe(inspection);
        const encrypted = new Digest();
        const body = Readable.from(digested(await encrypt(inspection, recipients), encrypted), { objectMode: false });
        log.info("dumping", { command: command[0], archive: archiveKey(name) });
        const versionId = await store.upload(archiveKey(name), body);
        const manifest: Manifest = {
            version: 1,
            created: created.toISOString(),
            finished: new Date().toISOString(),
            archive: { key: archiveKey(name), versionId, size: encrypted.size, sha256: encrypted.sha256() },
            dump: {
                size: inspection.digest.size,
                sha256: inspection.digest.sha256(),
                counts: Object.fromEntries([...inspection.archive.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
                serverVersion: inspection.archive.serverVersion,
                toolVersion: inspection.archive.toolVersion,
            },
            recipients: [...recipients],
            node: process.version,
        };
        await store.put(manifestKey(name), `${JSON.stringify(manifest, null, 4)}\n`);
        return manifest;
    } catch (error) {
        throw refusal(cause ?? error);
    } finally {
        signal.removeEventListener("abort", stopNow);
        dump.stop();
    }
}

function refusal(cause: unknown): Error {
    return cause instanceof JobError ? cause : new JobError(oneLine(cause), { cause });
}

async function* digested(source: AsyncIterable<Uint8Array>, digest: Digest): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
        digest.update(chunk);
        yield chunk;
    }
}
