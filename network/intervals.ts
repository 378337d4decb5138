/**
 * Sets of numbers as half-open intervals [from, to): sorted, disjoint, never adjacent. Half-open, so that only
 * comparisons are needed and one implementation serves port numbers and 128-bit addresses.
 */
export type Interval<T extends number | bigint> = readonly [from: T, to: T];
export type IntervalSet<T extends number | bigint> = readonly Interval<T>[];

/** The set of all given intervals, which may overlap and come in any order; empty ones are dropped. */
export function intervalSet<T extends number | bigint>(intervals: Iterable<Interval<T>>): IntervalSet<T> {
    const sorted = [...intervals]
        .filter(([from, to]) => from < to)
        .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    const merged: [T, T][] = [];
    for (const [from, to] of sorted) {
        const last = merged.at(-1);
        if (last === undefined || from > last[1]) {
            merged.push([from, to]);
        } else if (to > last[1]) {
            last[1] = to;
        }
    }
    return merged;
}

export function union<T extends number | bigint>(...sets: IntervalSet<T>[]): IntervalSet<T> {
    const filled = sets.filter((set) => set.length > 0);
    return filled.length === 1 ? filled[0] : intervalSet(filled.flat());
}

export function intersection<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
    const both: Interval<T>[] = [];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
        const from = a[i][0] > b[j][0] ? a[i][0] : b[j][0];
        const to = a[i][1] < b[j][1] ? a[i][1] : b[j][1];
        if (from < to) {
            both.push([from, to]);
        }
        if (a[i][1] < b[j][1]) {
            i++;
        } else {
            j++;
        }
    }
    return both;
}

/** What is in `a` and not in `b`. */
export function difference<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
    const rest: Interval<T>[] = [];
    let j = 0;
    for (const [start, to] of a) {
        let from = start;
        while (j < b.length && b[j][1] <= from) {
            j++;
        }
        for (let k = j; k < b.length && b[k][0] < to; k++) {
            if (b[k][0] > from) {
                rest.push([from, b[k][0]]);
            }
            if (b[k][1] > from) {
                from = b[k][1];
            }
        }
        if (from < to) {
            rest.push([from, to]);
        }
    }
    return rest;
}

/** Whether every member of `part` is in `whole`. */
export function covers<T extends number | bigint>(whole: IntervalSet<T>, part: IntervalSet<T>): boolean {
    return difference(part, whole).length === 0;
}

export function overlaps<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
    return intersection(a, b).length > 0;
}

export function has<T extends number | bigint>(set: IntervalSet<T>, value: T): boolean {
    return set.some(([from, to]) => from <= value && value < to);
}

/** Where the membership of any of the sets changes, ascending and without repeats. */
export function boundaries<T extends number | bigint>(sets: IntervalSet<T>[]): T[] {
    const all = new Set<T>(sets.flat().flatMap(([from, to]) => [from, to]));
    return [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
