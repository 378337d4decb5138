/** A collection whose restored documents are not as many as the backup's; a missing one has 0. */
export interface Difference {
    collection: string;
    expected: number;
    found: number;
}

/**
 * Compares a manifest's counts (by `database.collection`) with those of the restored database (by collection). The
 * server's own collections (`system.…`) are not compared.
 */
export function compareCounts(
    counts: Readonly<Record<string, number>>,
    database: string,
    found: Readonly<Record<string, number>>,
): { compared: Record<string, number>; differences: Difference[] } {
    const compared = Object.fromEntries(
        Object.entries(counts)
            .filter(([namespace]) => namespace.startsWith(`${database}.`))
            .map(([namespace, count]) => [namespace.slice(database.length + 1), count] as const)
            .filter(([collection]) => !collection.startsWith("system.")),
    );
    const names = new Set([
        ...Object.keys(compared),
        ...Object.keys(found).filter((name) => !name.startsWith("system.")),
    ]);
    const differences = [...names]
        .sort()
        .map((collection) => ({ collection, expected: compared[collection] ?? 0, found: found[collection] ?? 0 }))
        .filter(({ expected, found }) => expected !== found);
    if (Object.keys(compared).length === 0)
        differences.push({ collection: `(the backup has no collection of ${database})`, expected: 1, found: 0 });
    return { compared, differences };
}
