import { isAlive } from "../../toolchain/tools/lock";
import { must, run } from "../../toolchain/processes";

const node = (script: string) => ["-e", script] as const;

describe("run", () => {
    it("gives exit code and both outputs", async () => {
        const script = "console.log('out'); console.error('err'); process.exit(3)";
        const result = await run(process.execPath, node(script), { timeoutSeconds: 60 });
        expect(result).toMatchObject({ code: 3, stdout: "out\n", stderr: "err\n", timedOut: false });
    });

    it("passes input and whole lines on", async () => {
        const lines: string[] = [];
        const script = "process.stdin.pipe(process.stdout)";
        const options = { timeoutSeconds: 60, input: "one\ntwo\nthree", onLine: (line: string) => lines.push(line) };
        await run(process.execPath, node(script), options);
        expect(lines).toEqual(["one", "two", "three"]);
    });

    it("reports a program that is not there as a shell does", async () => {
        expect(await run("/nowhere/program", [], { timeoutSeconds: 60 })).toMatchObject({ code: 127, timedOut: false });
    });

    it("stops a program that outlives its time, with its children", async () => {
        const result = await run("sh", ["-c", "sleep 600 & echo $!; wait"], { timeoutSeconds: 0.5 });
        expect(result).toMatchObject({ code: null, timedOut: true });
        expect(isAlive(Number(result.stdout))).toBe(false);
    });
});

describe("must", () => {
    it("shows the end of the output of what failed, and the mends", async () => {
        const script = "for (let i = 0; i < 100; i++) console.log(`line ${i}`); process.exit(1)";
        const failing = must(process.execPath, node(script), { what: "Counting", timeoutSeconds: 60, mends: ["rest"] });
        await expect(failing).rejects.toMatchObject({
            message: expect.stringMatching(/^Counting failed \(exit code 1\):\nline 75\n[^]*line 99$/),
            mends: ["rest"],
        });
    });
});
