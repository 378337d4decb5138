import { randomBytes } from "node:crypto";
import { Pod, script } from "./containers";
import "./job";

/*
 * The shell between a job's container and the one that has the program it needs, run by this machine's sh as two
 * process groups over one folder. With the jobs themselves: pod.test.ts.
 */
const serve = (name: string, ...command: string[]) => ["sh", script("exchange/serve.sh"), name, ...command];
const call = (name: string) => ["sh", script("exchange/job.sh"), "sh", script("exchange/call.sh"), name];
const megabytes = randomBytes(5 << 20);

let pod: Pod;
beforeEach(() => (pod = new Pod()));
afterEach(() => pod.remove());

describe("a command in the other container", () => {
    it.each([
        ["started first", true],
        ["started last", false],
    ])("%s gets what comes in and gives what it writes, byte for byte and both at once", async (_, first) => {
        const server = () => pod.start(serve("copy", "cat"));
        const before = first ? server() : undefined;
        const job = pod.start(call("copy"), {}, megabytes);
        const after = before ?? server();
        const { code, output } = await job.ended;
        expect(code).toBe(0);
        expect(output.equals(megabytes)).toBe(true);
        expect((await after.ended).code).toBe(0);
    });

    it("that fails midway fails the call with its own status", async () => {
        const server = pod.start(serve("dump", "sh", "-c", "echo half; exit 3"));
        const { code, output, errors } = await pod.start(call("dump")).ended;
        expect({ code, output: output.toString() }).toEqual({ code: 3, output: "half\n" });
        expect(errors).toBe("call.sh: dump: exited with 3; its own container's log says why\n");
        expect((await server.ended).code).toBe(3);
    });

    it("that refuses its input after the first bytes does not hold the call", async () => {
        pod.start(serve("restore", "sh", "-c", "head -c 10 >/dev/null; exit 3"));
        expect((await pod.start(call("restore"), {}, megabytes).ended).code).toBe(3);
    });

    it("that is killed ends with the status of its signal", async () => {
        pod.start(serve("dump", "sh", "-c", "echo half; kill -9 $$"));
        expect((await pod.start(call("dump")).ended).code).toBe(137);
    });

    it("dies without a status with its container, and the call says so", async () => {
        const server = pod.start(serve("dump", "sh", "-c", "echo half; exec sleep 600"));
        const job = pod.start(call("dump"));
        await pod.has("dump.served");
        server.kill();
        const { code, errors } = await job.ended;
        expect(code).toBe(1);
        expect(errors).toContain("dump: it ended without a status: killed, or out of memory");
    });

    it("that never starts fails the call in time", async () => {
        const { code, errors } = await pod.start(call("dump"), { WAIT_SECONDS: "1" }).ended;
        expect(code).toBe(1);
        expect(errors).toContain("dump: the other container did not start it");
    });
});

describe("the container of the command", () => {
    it("ends when the job does not begin", async () => {
        const { code, errors } = await pod.start(serve("dump", "cat"), { WAIT_SECONDS: "1" }).ended;
        expect(code).toBe(1);
        expect(errors).toContain("dump: the job did not begin");
    });

    it("ends when the job ends without a call", async () => {
        const server = pod.start(serve("dump", "cat"));
        expect((await pod.start(["sh", script("exchange/job.sh"), "false"]).ended).code).toBe(1);
        const { code, errors } = await server.ended;
        expect(code).toBe(1);
        expect(errors).toContain("stopped: the job has ended");
    });

    it("ends when the job is killed while the command waits", async () => {
        const server = pod.start(serve("dump", "sleep", "600"));
        const job = pod.start(call("dump"));
        await pod.has("dump.served");
        job.kill();
        expect((await server.ended).code).toBe(1);
    });

    it("serves one step after another of the same job", async () => {
        const steps = `sh ${script("exchange/serve.sh")} one echo first && sh ${script("exchange/serve.sh")} two cat`;
        const server = pod.start(["sh", "-c", steps]);
        const calls = `sh ${script("exchange/call.sh")} one && echo then | sh ${script("exchange/call.sh")} two`;
        const { code, output } = await pod.start(["sh", script("exchange/job.sh"), "sh", "-c", calls]).ended;
        expect({ code, output: output.toString() }).toEqual({ code: 0, output: "first\nthen\n" });
        expect((await server.ended).code).toBe(0);
    });
});

it("a job that node runs holds the other container for as long as node lives", async () => {
    const server = pod.start(serve("dump", "sleep", "600"));
    const job = pod.start(["sh", script("exchange/job.sh"), process.execPath, "-e", "setInterval(() => {}, 1000)"]);
    await pod.has("begun");
    // Long enough for node to have started; were the pipe closed by then, the server would have ended.
    const still = await Promise.race([
        server.ended,
        new Promise<string>((resolve) => setTimeout(resolve, 1500, "runs")),
    ]);
    expect(still).toBe("runs");
    job.kill();
    expect((await server.ended).code).toBe(1);
});
