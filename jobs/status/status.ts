import { type Manifest, prefixes } from "../manifest";
import { parseResult, type Result } from "../result";
import { takeInventory } from "../retention/inventory";
import type { Store } from "../store";

/** What is known of a job that publishes results. */
export interface JobStatus {
    last: Result;
    /** The newest that did what it is for; a dry run did not. */
    lastSuccess?: Result;
}

/** What the bucket tells. What it does not tell yet is absent. */
export interface BackupStatus {
    newest?: Manifest;
    oldest?: Manifest;
    /** Backups that have their manifest, those that are doubtful included. */
    count: number;
    drill?: JobStatus;
    cleanup?: JobStatus;
}

/** A year of daily results: beyond that, success is long ago enough. */
const mostResults = 366;

/**
 * Reads the manifests and the results that lie in the bucket.
 * @throws JobError when the bucket can't be listed or read
 */
export async function readStatus(store: Store): Promise<BackupStatus> {
    const { backups } = await takeInventory(store);
    const good = backups
        .flatMap(({ manifest }) => manifest ?? [])
        .sort((a, b) => Date.parse(a.finished) - Date.parse(b.finished));
    return {
        newest: good.at(-1),
        oldest: good[0],
        count: backups.length,
        drill: await jobStatus(store, prefixes.drills),
        cleanup: await jobStatus(store, prefixes.cleanups),
    };
}

/** Reads a job's results from the newest back to the first success; a text that is no result is passed over. */
async function jobStatus(store: Store, folder: string): Promise<JobStatus | undefined> {
    const keys = [...new Set((await store.versions(folder)).filter(({ marker }) => !marker).map(({ key }) => key))];
    let last: Result | undefined;
    for (const key of keys.sort().reverse().slice(0, mostResults)) {
        const result = parseResult(await store.text(key));
        if (result === undefined) continue;
        last ??= result;
        if (result.outcome !== "failed" && !result.dryRun) return { last, lastSuccess: result };
    }
    return last && { last };
}
