import {
    type JestResults,
    lastLine,
    type Outcome,
    outcomeOfJest,
    summarise,
} from "../../../toolchain/commands/results";

type File = JestResults["testResults"][number];
const results = (file: Omit<File, "startTime" | "endTime">): JestResults => ({
    testResults: [{ startTime: 1000, endTime: 3500, ...file }],
});
const outcome = (change: Partial<Outcome> = {}): Outcome => ({
    name: "unit",
    passed: 1,
    failed: 0,
    skipped: 0,
    failures: [],
    ...change,
});

describe("outcomeOfJest", () => {
    it("counts tests, and gives the titles of those that failed and the seconds", () => {
        const assertionResults = ["passed", "passed", "failed", "pending", "todo", "pending"].map((status, index) => ({
            fullName: `${index} is ${status}`,
            status,
        }));
        const counted = outcomeOfJest("unit", results({ name: "a.test.ts", status: "failed", assertionResults }));
        const failures = ["2 is failed"];
        expect(counted).toEqual({ name: "unit", passed: 2, failed: 1, skipped: 3, failures, seconds: 2.5 });
    });

    it("counts a file that could not run as one failure", () => {
        const broken = results({ name: "broken.test.ts", status: "failed", assertionResults: [] });
        expect(outcomeOfJest("unit", broken)).toMatchObject({
            failed: 1,
            failures: ["broken.test.ts could not run"],
        });
    });

    it("counts a file whose setup of all tests passed but whose teardown failed", () => {
        const assertionResults = [{ fullName: "a works", status: "passed" }];
        const teardown = results({ name: "teardown.test.ts", status: "failed", assertionResults });
        expect(outcomeOfJest("unit", teardown)).toMatchObject({ passed: 1, failed: 1 });
    });

    it("counts a run that left no results as a failure", () => {
        expect(outcomeOfJest("unit", undefined)).toMatchObject({ passed: 0, failed: 1 });
    });
});

describe("the summary", () => {
    it("lists parts, failures and what did not run", () => {
        const text = summarise(
            [
                outcome({ name: "eslint" }),
                outcome({ failed: 1, failures: ["a refuses b"] }),
                outcome({ name: "programs", passed: 0, note: "programs tests did not run: nginx not on this machine" }),
            ],
            "  eslint  1.0 s",
        );
        expect(text).toContain("✓ eslint    1 passed, 0 failed\n✗ unit      1 passed, 1 failed\n· programs  0 passed");
        expect(text).toContain("Failed\n  unit: a refuses b");
        expect(text).toContain("programs tests did not run: nginx not on this machine");
    });

    it("says what a part's tests took, one after another", () => {
        expect(summarise([outcome({ seconds: 61.4 })], "")).toContain("✓ unit  1 passed, 0 failed, 61 s of tests\n");
    });

    it("says what a part that ran had to leave out", () => {
        const text = summarise([outcome({ name: "programs", note: "not run on a real program: Loki" })], "");
        expect(text).toContain("✓ programs  1 passed, 0 failed\n\nnot run on a real program: Loki\n");
    });

    it("ends with the sums", () => {
        expect(lastLine([outcome(), outcome({ passed: 4, failed: 2 })])).toBe("5 passed, 2 failed");
    });
});
