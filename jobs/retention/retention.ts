import type { Fields, Log } from "../log";
import type { Store, Version } from "../store";
import { decide, type Rule } from "./decide";
import { takeInventory } from "./inventory";

export interface RetentionOptions {
    store: Store;
    rule: Rule;
    /** Uploads without a commit mark are removed after this many days. */
    orphanDays: number;
    dryRun: boolean;
    log: Log;
    now: Date;
    signal: AbortSignal;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Removes what the rule lets go, every version of it, manifest first: what is half removed is no backup any more. What
 * the object lock still holds stays and is tried again next time. Doubtful backups are reported and left alone.
 * @returns what was counted and done
 * @throws JobError when the store refuses
 */
export async function retain({ store, rule, orphanDays, dryRun, log, now, signal }: RetentionOptions): Promise<Fields> {
    const inventory = await takeInventory(store);
    const sound = inventory.backups.filter(({ doubt }) => doubt === undefined);
    const doubtful = inventory.backups.filter(({ doubt }) => doubt !== undefined);
    for (const { name, doubt } of doubtful) log.warning(`backup ${name} is doubtful and left alone: ${doubt}`);
    for (const key of inventory.strangers) log.warning(`${key} is not of a backup and left alone`);
    const decision = decide(sound, now, rule);
    const tally = { removed: 0, locked: 0 };

    const removeAll = async (versions: readonly Version[]) => {
        for (const version of versions) {
            signal.throwIfAborted();
            if (dryRun) continue;
            if ((await store.remove(version)) === "locked") {
                tally.locked++;
                log.info(`${version.key} is locked still: it is tried again next time`, { version: version.versionId });
                // The archive of a manifest that stays stays with it.
                return;
            }
            tally.removed++;
        }
    };
    for (const name of decision.remove) {
        const { manifests, archives } = sound.find((backup) => backup.name === name)!;
        log.info(`${dryRun ? "would remove" : "removing"} ${name}`);
        await removeAll([...manifests, ...archives]);
    }
    const before = new Date(now.getTime() - orphanDays * dayMilliseconds);
    const orphans = inventory.orphans.filter(({ stored }) => stored < before);
    for (const orphan of orphans) {
        log.info(`${dryRun ? "would remove" : "removing"} ${orphan.key}, which was never committed`);
        await removeAll([orphan]);
    }
    const uploads = (await store.unfinishedUploads()).filter(({ started }) => started < before);
    for (const upload of uploads) {
        log.info(`${dryRun ? "would drop" : "dropping"} the unfinished upload of ${upload.key}`);
        if (!dryRun) await store.abortUpload(upload);
    }
    return {
        kept: decision.keep.length,
        expired: decision.remove.length,
        doubtful: doubtful.length,
        orphans: orphans.length,
        unfinishedUploads: uploads.length,
        versions: inventory.versions,
        bytes: inventory.bytes,
        versionsRemoved: tally.removed,
        versionsLocked: tally.locked,
        dryRun,
    };
}
