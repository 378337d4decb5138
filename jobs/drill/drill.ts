import { createReadStream, createWriteStream, promises as fs } from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { start } from "../command";
import { Digest } from "../digest";
import { decrypt } from "../encryption";
import { JobError } from "../failure";
import type { Log } from "../log";
import { type Manifest, nameOfKey, parseManifest, prefixes } from "../manifest";
import { original } from "../retention/inventory";
import type { Store, Version } from "../store";
import { compareCounts, type Difference } from "./compare";

export interface DrillOptions {
    /** Reads the decrypted archive, a gzip-compressed one of mongodump, from its standard input. */
    restore: readonly string[];
    /** Prints a JSON object: documents by collection of the restored database. */
    count: readonly string[];
    /** The database of the backup whose collections are compared. */
    database: string;
    /** An age identity file's text. */
    identity: string;
    /** Folder with room for one encrypted archive. */
    workFolder: string;
    store: Store;
    signal: AbortSignal;
    log: Log;
}

export interface Restored {
    backup: string;
    created: string;
    size: number;
    documents: number;
    collections: number;
}

/**
 * Restores the newest backup into a scratch database and compares counts. The archive is decrypted and given to the
 * restore only after the whole of it had the manifest's size and SHA-256; on disk it stays encrypted.
 * @throws JobError saying what doesn't hold
 */
export async function drill(options: DrillOptions): Promise<Restored> {
    const { store, workFolder, database, log } = options;
    const { name, manifest } = await newestBackup(store);
    log.info(`restoring ${name}`, { size: manifest.archive.size });
    const file = path.join(workFolder, `${name}.age`);
    try {
        await download(manifest, file, options);
        await restore(manifest, file, options);
    } finally {
        await fs.rm(file, { force: true });
    }
    const found = await countRestored(options);
    const { compared, differences } = compareCounts(manifest.dump.counts, database, found);
    if (differences.length > 0) throw new JobError(differenceText(differences));
    const documents = Object.values(compared).reduce((sum, count) => sum + count, 0);
    return {
        backup: name,
        created: manifest.created,
        size: manifest.archive.size,
        documents,
        collections: Object.keys(compared).length,
    };
}

/** The newest commit mark, as it was first put. One that can't be read fails the drill: it is what one would restore. */
async function newestBackup(store: Store): Promise<{ name: string; manifest: Manifest }> {
    const byName = new Map<string, Version[]>();
    for (const version of await store.versions(prefixes.manifests)) {
        const name = nameOfKey(version.key);
        if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), version]);
    }
    const name = [...byName.keys()].sort().at(-1);
    const first = name === undefined ? undefined : original(byName.get(name) ?? []);
    if (name === undefined || !first) throw new JobError("The bucket has no backup.");
    const manifest = parseManifest(await store.text(first.key, first.versionId));
    if (typeof manifest === "string")
        throw new JobError(`The manifest of the newest backup, ${name}, is unsound: ${manifest}.`);
    return { name, manifest };
}

async function download({ archive }: Manifest, file: string, { store, signal }: DrillOptions): Promise<void> {
    const digest = new Digest();
    const source = await store.get(archive.key, archive.versionId);
    await pipeline(source, digesting(digest), createWriteStream(file, { mode: 0o600 }), { signal });
    const sum = digest.sha256();
    if (digest.size !== archive.size || sum !== archive.sha256) {
        throw new JobError(
            `${archive.key} is not what was backed up: ${digest.size} bytes with SHA-256 ${sum}, ` +
                `its manifest says ${archive.size} with ${archive.sha256}. Nothing was restored.`,
        );
    }
}

async function restore({ dump }: Manifest, file: string, options: DrillOptions): Promise<void> {
    const { identity, log, signal } = options;
    const plain = await decrypt(createReadStream(file), identity);
    const command = start(options.restore, log);
    const stop = () => command.stop();
    signal.addEventListener("abort", stop);
    try {
        const digest = new Digest();
        command.stdout.resume();
        const fed = pipeline(Readable.from(plain), digesting(digest), command.stdin, { signal });
        // The command's own exit explains a broken pipe.
        const [exit, feed] = await Promise.allSettled([command.exited, fed]);
        if (exit.status === "rejected") throw exit.reason;
        if (feed.status === "rejected") throw feed.reason;
        if (digest.sha256() !== dump.sha256) throw new JobError("The decrypted dump is not what was backed up.");
    } finally {
        signal.removeEventListener("abort", stop);
        command.stop();
    }
}

async function countRestored({ count, log }: DrillOptions): Promise<Record<string, number>> {
    const command = start(count, log);
    command.stdin.end();
    const [output] = await Promise.all([command.stdout.toArray(), command.exited]);
    const text = Buffer.concat(output as Buffer[]).toString("utf8");
    try {
        return JSON.parse(text) as Record<string, number>;
    } catch {
        throw new JobError(`${command.name} printed no JSON of counts: ${text.slice(0, 80)}`);
    }
}

function digesting(digest: Digest) {
    return async function* (source: AsyncIterable<Uint8Array>) {
        for await (const chunk of source) {
            digest.update(chunk);
            yield chunk;
        }
    };
}

function differenceText(differences: readonly Difference[]): string {
    const texts = differences.map(({ collection, expected, found }) => `${collection} ${found} of ${expected}`);
    return `The restored database differs from the backup: ${texts.join(", ")}.`;
}
