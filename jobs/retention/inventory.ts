import { type Manifest, nameOfKey, parseManifest, prefixes } from "../manifest";
import type { Store, Version } from "../store";
import type { Backup } from "./decide";

/** A backup with everything that lies in the bucket under its name. */
export interface StoredBackup extends Backup {
    manifests: Version[];
    archives: Version[];
    /** Of a good one. */
    manifest?: Manifest;
    /** Why it can't be relied on; such a one is left alone, for a person to look at. */
    doubt?: string;
}

export interface Inventory {
    backups: StoredBackup[];
    /** Archives without a manifest: uploads that were never committed, or are not yet. */
    orphans: Version[];
    /** Keys below our prefixes that no backup made. */
    strangers: string[];
    versions: number;
    bytes: number;
}

/** A backup is put on the day it is made; another date in its name than the store's clock gives was chosen by someone. */
const clockTolerance = 24 * 60 * 60 * 1000;

/** Everything below the prefixes of archives and manifests, all versions, sorted by backup. */
export async function takeInventory(store: Store): Promise<Inventory> {
    const versions = [...(await store.versions(prefixes.archives)), ...(await store.versions(prefixes.manifests))];
    const byName = new Map<string, Version[]>();
    const strangers = new Set<string>();
    for (const version of versions) {
        const name = nameOfKey(version.key);
        if (name === undefined) strangers.add(version.key);
        else byName.set(name, [...(byName.get(name) ?? []), version]);
    }
    const inventory: Inventory = {
        backups: [],
        orphans: [],
        strangers: [...strangers],
        versions: versions.length,
        bytes: versions.reduce((sum, { size }) => sum + size, 0),
    };
    for (const [name, all] of byName) {
        const manifests = all.filter(({ key }) => key.startsWith(prefixes.manifests));
        const archives = all.filter(({ key }) => key.startsWith(prefixes.archives));
        if (manifests.length > 0) inventory.backups.push(await judge(store, name, manifests, archives));
        else inventory.orphans.push(...archives);
    }
    return inventory;
}

/**
 * The first version that was put, of one key's: a writer's key can put another over it, never before it. By the store's
 * order, newest first (S3, ListObjectVersions): some stores date an older version by when it was put over.
 */
export function original(versions: readonly Version[]): Version | undefined {
    return versions.filter(({ marker }) => !marker).at(-1);
}

async function judge(store: Store, name: string, manifests: Version[], archives: Version[]): Promise<StoredBackup> {
    const created = new Date(name.replace(/T(\d\d)-(\d\d)-(\d\d)Z$/, "T$1:$2:$3Z"));
    const backup: StoredBackup = { name, created, good: false, manifests, archives };
    const first = original(manifests);
    const text = first && (await store.text(first.key, first.versionId));
    const manifest = text === undefined ? "only a deletion marker is left" : parseManifest(text);
    const doubt = typeof manifest === "string" ? `its manifest: ${manifest}` : doubtOf(manifest, backup, first);
    return doubt === undefined && typeof manifest !== "string"
        ? { ...backup, manifest, good: true }
        : { ...backup, doubt };
}

function doubtOf(manifest: Manifest, backup: StoredBackup, first: Version | undefined): string | undefined {
    const { archive } = manifest;
    const content = backup.archives.find(
        ({ key, versionId, marker }) =>
            !marker && key === archive.key && (archive.versionId ?? versionId) === versionId,
    );
    if (nameOfKey(archive.key) !== backup.name) return `its manifest names another's archive, ${archive.key}`;
    if (!content) return "its archive is gone";
    if (content.size !== archive.size) return `its archive has ${content.size} bytes instead of ${archive.size}`;
    if (first && Math.abs(first.stored.getTime() - backup.created.getTime()) > clockTolerance)
        return `it says ${backup.created.toISOString()} and was put on ${first.stored.toISOString()}`;
    return undefined;
}
