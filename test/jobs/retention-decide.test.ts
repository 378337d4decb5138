import fc from "fast-check";
import { type Backup, decide, type Rule } from "../../jobs/retention/decide";

const rule: Rule = { dailyDays: 15, monthlyMonths: 24, atLeast: 3 };
const days = 800;
const dayMilliseconds = 24 * 60 * 60 * 1000;
const first = Date.UTC(2024, 0, 17);
/** Backups run at 02:00, the retention at 04:00. */
const backupAt = (day: number) => new Date(first + day * dayMilliseconds + 2 * 60 * 60 * 1000);
const retentionAt = (day: number) => new Date(first + day * dayMilliseconds + 4 * 60 * 60 * 1000);

/** What the days of a simulation are like: whether the backup succeeded and whether the retention ran. */
interface Day {
    backup: boolean;
    retention: boolean;
}

/** Runs the days and hands each state after a retention to `look`. */
function simulate(course: readonly Day[], look: (kept: Backup[], removed: string[], day: number) => void): void {
    let there: Backup[] = [];
    course.forEach(({ backup, retention }, day) => {
        if (backup) there.push({ name: String(day), created: backupAt(day), good: true });
        if (!retention) return;
        const { remove } = decide(there, retentionAt(day), rule);
        there = there.filter(({ name }) => !remove.includes(name));
        look(there, remove, day);
    });
}

const month = (date: Date) => date.toISOString().slice(0, 7);
const monthsBetween = (from: Date, to: Date) =>
    (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();

describe(`over ${days} days`, () => {
    it("keeps sixteen days' backups and one a month of the last 24 when nothing fails", () => {
        const everyDay = Array.from({ length: days }, () => ({ backup: true, retention: true }));
        let last: Backup[] = [];
        simulate(everyDay, (kept) => (last = kept));
        const now = retentionAt(days - 1);
        const daily = last.filter(({ created }) => now.getTime() - created.getTime() < 16 * dayMilliseconds);
        const monthly = last.filter((backup) => !daily.includes(backup));
        expect(daily).toHaveLength(16);
        // The first of each month; the very first backup stands for its month, which began earlier.
        expect(monthly.map(({ created }) => created.getUTCDate()).slice(1)).toEqual(Array(monthly.length - 1).fill(1));
        expect(new Set(monthly.map(({ created }) => month(created))).size).toBe(monthly.length);
        expect(monthly.length).toBeGreaterThanOrEqual(24);
        expect(monthly.length).toBeLessThanOrEqual(25);
    });

    const course = fc
        .record({
            failures: fc.double({ min: 0, max: 0.9, noNaN: true }),
            pauses: fc.double({ min: 0, max: 0.9, noNaN: true }),
            seeds: fc.array(
                fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
                {
                    minLength: days,
                    maxLength: days,
                },
            ),
        })
        .map(({ failures, pauses, seeds }) =>
            seeds.map(([a, b]) => ({ backup: a >= failures, retention: b >= pauses })),
        );

    it("holds the rule whichever backups fail and whenever the retention runs", () => {
        fc.assert(
            fc.property(course, (given) => {
                const made = given.flatMap(({ backup }, day) => (backup ? [day] : []));
                const firstOfMonth = new Set(
                    made.filter((day, at) => at === 0 || month(backupAt(made[at - 1])) !== month(backupAt(day))),
                );
                simulate(given, (kept, removed, day) => {
                    const now = retentionAt(day);
                    const names = new Set(kept.map(({ name }) => Number(name)));
                    const before = made.filter((one) => one <= day);
                    // What the rule promises is there, and nothing else.
                    const promised = before.filter(
                        (one, at) =>
                            day - one <= 15 ||
                            at >= before.length - rule.atLeast ||
                            (firstOfMonth.has(one) && monthsBetween(backupAt(one), now) <= 24),
                    );
                    expect([...names].sort((a, b) => a - b)).toEqual(promised);
                    expect(removed.filter((name) => promised.includes(Number(name)))).toEqual([]);
                });
            }),
            { numRuns: 15 },
        );
    });
});

describe("whatever lies in the bucket", () => {
    const backups = fc.uniqueArray(
        fc.record({
            name: fc.uuid(),
            created: fc.date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true }),
            good: fc.boolean(),
        }),
        { selector: ({ name }) => name, maxLength: 60 },
    );
    const now = fc.date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true });

    it("never removes the last good one", () => {
        fc.assert(
            fc.property(backups, now, (given, at) => {
                const removed = new Set(decide(given, at, { ...rule, atLeast: 1 }).remove);
                const newest = given
                    .filter(({ good }) => good)
                    .sort((a, b) => b.created.getTime() - a.created.getTime())[0];
                expect(newest && removed.has(newest.name)).not.toBe(true);
            }),
        );
    });

    it("keeps or removes each, once", () => {
        fc.assert(
            fc.property(backups, now, (given, at) => {
                const { keep, remove } = decide(given, at, rule);
                expect([...keep.map(({ name }) => name), ...remove].sort()).toEqual(
                    given.map(({ name }) => name).sort(),
                );
            }),
        );
    });
});
