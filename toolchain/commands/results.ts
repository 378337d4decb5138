/** What `make test` makes of the results of its parts. */

export interface Outcome {
    name: string;
    passed: number;
    failed: number;
    skipped: number;
    /** Titles of what failed. */
    failures: readonly string[];
    /** What its files took one after another; they ran side by side. */
    seconds?: number;
    /** Why a part did not run, or what it had to leave out. */
    note?: string;
}

/** The fields used of what `jest --json` writes. */
export interface JestResults {
    testResults: {
        name: string;
        status: string;
        /** Milliseconds since the epoch. */
        startTime: number;
        endTime: number;
        assertionResults: { fullName: string; status: string }[];
    }[];
}

/** A file that could not run at all has no tests to count: it counts as one failure, as does a run that left no results. */
export function outcomeOfJest(name: string, results: JestResults | undefined): Outcome {
    if (!results) return { name, passed: 0, failed: 1, skipped: 0, failures: [`${name}: jest left no results`] };
    const { testResults } = results;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const broken = testResults.filter(
        ({ status, assertionResults }) =>
            status === "failed" && !assertionResults.some((assertion) => assertion.status === "failed"),
    );
    const failures = tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
    const passed = tests.filter(({ status }) => status === "passed").length;
    return {
        name,
        passed,
        failed: failures.length + broken.length,
        skipped: tests.length - passed - failures.length,
        failures: [...failures, ...broken.map((file) => `${file.name} could not run`)],
        seconds: testResults.reduce((sum, { startTime, endTime }) => sum + (endTime - startTime) / 1000, 0),
    };
}

/** A table of the parts, the titles of what failed, and the times. */
export function summarise(outcomes: readonly Outcome[], times: string): string {
    const width = Math.max(...outcomes.map(({ name }) => name.length));
    const lines = outcomes.map(({ name, passed, failed, skipped, seconds }) => {
        const mark = failed > 0 ? "✗" : passed > 0 ? "✓" : "·";
        const more = `${skipped ? `, ${skipped} skipped` : ""}${seconds ? `, ${Math.round(seconds)} s of tests` : ""}`;
        return `${mark} ${name.padEnd(width)}  ${passed} passed, ${failed} failed${more}`;
    });
    const failures = outcomes.flatMap(({ name, failures: titles }) => titles.map((title) => `  ${name}: ${title}`));
    const notes = outcomes.flatMap(({ note }) => (note ? [note] : []));
    return [
        "",
        ...lines,
        ...(failures.length > 0 ? ["", "Failed", ...failures] : []),
        ...(notes.length > 0 ? ["", ...notes] : []),
        "",
        "Times",
        times,
        "",
    ].join("\n");
}

/** The line a CI system reads. */
export function lastLine(outcomes: readonly Outcome[]): string {
    const sum = (field: "passed" | "failed") => outcomes.reduce((total, outcome) => total + outcome[field], 0);
    return `${sum("passed")} passed, ${sum("failed")} failed`;
}
