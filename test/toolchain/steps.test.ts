import { formatSeconds, Steps } from "../../toolchain/steps";

const record = (isTTY = false) => {
    const written: string[] = [];
    return { written, output: { isTTY, write: (text: string) => written.push(text) } };
};

describe("Steps", () => {
    it("says what it does and that it is done, and hands the result on", async () => {
        const { written, output } = record();
        const steps = new Steps(output);
        expect(await steps.step("Building", async () => 42)).toBe(42);
        expect(written.join("")).toMatch(/^ {2}Building …\n✓ Building {2}\d+\.\d s\n$/);
    });

    it("marks what failed and lets the failure through", async () => {
        const { written, output } = record();
        const steps = new Steps(output);
        await expect(steps.step("Building", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
        expect(written[1]).toMatch(/^✗ Building/);
        expect(steps.summary()).toMatch(/^ {2}Building {2}\d+\.\d s {2}failed$/);
    });

    it("prints a line every thirty seconds in a log, with what the work is at", async () => {
        jest.useFakeTimers();
        const { written, output } = record();
        const work = new Steps(output).step("Building", async (progress) => {
            progress("812 packages");
            await jest.advanceTimersByTimeAsync(65_000);
        });
        await work;
        jest.useRealTimers();
        expect(written.slice(1, -1)).toEqual([
            "  Building … 812 packages, 30.0 s\n",
            "  Building … 812 packages, 1 min 00 s\n",
        ]);
    });

    it("rewrites one line on a terminal", async () => {
        jest.useFakeTimers();
        const { written, output } = record(true);
        await new Steps(output).step("Building", () => jest.advanceTimersByTimeAsync(1_000));
        jest.useRealTimers();
        expect(written).toEqual(["  Building …", "\r\u001b[K  Building … 1.0 s", "\r\u001b[K✓ Building  1.0 s\n"]);
    });
});

describe("formatSeconds", () => {
    it.each([
        [0.04, "0.0 s"],
        [59.94, "59.9 s"],
        [59.96, "1 min 00 s"],
        [247.2, "4 min 07 s"],
    ])("writes %d as %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});
