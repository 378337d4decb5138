import { type Finding, formatFindings, isWell } from "../../../toolchain/commands/doctor";

const finding = (change: Partial<Finding> = {}): Finding => ({
    name: "kubectl",
    purpose: "looking",
    version: "1.35.4",
    from: "PATH",
    state: "ok",
    needed: true,
    ...change,
});

describe("isWell", () => {
    it.each([
        ["everything there", finding(), true],
        ["a needed tool missing", finding({ state: "missing" }), false],
        ["a needed tool of a wrong version", finding({ state: "wrong" }), false],
        ["a tool of the tests missing", finding({ state: "missing", needed: false }), true],
        ["the cluster stopped", finding({ state: "stopped" }), true],
    ])("judges %s", (_, one, expected) => expect(isWell([finding(), one])).toBe(expected));
});

describe("formatFindings", () => {
    it("lines columns up and shows the mend", () => {
        const missing = finding({ name: "kwok", version: "", from: "not on PATH", state: "missing", mend: "make up" });
        expect(formatFindings([finding(), missing])).toBe(
            [
                "   name     version  from         mend",
                "✓  kubectl  1.35.4   PATH",
                "✗  kwok              not on PATH  make up",
            ].join("\n"),
        );
    });
});
