/** A backup as the rule sees it. */
export interface Backup {
    name: string;
    created: Date;
    /** Committed: its manifest is sound and its archive is there. */
    good: boolean;
}

export interface Rule {
    /** Every backup is kept this many days. */
    dailyDays: number;
    /** The first good one of each month is kept this many months. */
    monthlyMonths: number;
    /** This many of the newest good ones are kept whatever their age. */
    atLeast: number;
}

export type Reason = "newest" | "daily" | "monthly";

export interface Decision {
    keep: { name: string; reason: Reason }[];
    remove: string[];
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/**
 * What to keep and what to remove at a moment. Days and months are those of UTC. Whatever stands among the newest good
 * ones is never removed, so a rule that is wrong, or backups that have failed for years, leave something to restore.
 */
export function decide(backups: readonly Backup[], now: Date, rule: Rule): Decision {
    const inOrder = [...backups].sort((a, b) => a.created.getTime() - b.created.getTime());
    const good = inOrder.filter((backup) => backup.good);
    const newest = new Set(good.slice(-Math.max(1, rule.atLeast)));
    const firstOfMonth = new Map<string, Backup>();
    for (const backup of good) {
        const month = backup.created.toISOString().slice(0, 7);
        if (!firstOfMonth.has(month)) firstOfMonth.set(month, backup);
    }
    const monthly = new Set(firstOfMonth.values());
    const oldestDay = startOfDay(now) - rule.dailyDays * dayMilliseconds;
    const oldestMonthly = monthsBefore(now, rule.monthlyMonths);

    const decision: Decision = { keep: [], remove: [] };
    for (const backup of inOrder) {
        const { name, created } = backup;
        if (newest.has(backup)) decision.keep.push({ name, reason: "newest" });
        else if (created.getTime() >= oldestDay) decision.keep.push({ name, reason: "daily" });
        else if (monthly.has(backup) && created >= oldestMonthly) decision.keep.push({ name, reason: "monthly" });
        else decision.remove.push(name);
    }
    return decision;
}

function startOfDay(moment: Date): number {
    return Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate());
}

/** The start of the month that many months ago: a month's backup is kept to the end of its last month. */
function monthsBefore(moment: Date, months: number): Date {
    return new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() - months, 1));
}
