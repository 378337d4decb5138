import fs from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { encrypted, Engine, isRunning, unknown } from "./engine";

jest.setTimeout(60_000);

describe("the command plugin in the engine", () => {
    let engine: Engine;
    beforeAll(async () => {
        engine = await Engine.create();
        await engine.succeed("config", "set", "--secret", "token", "s3cr3t-token");
    });
    afterAll(() => engine.dispose());

    const token = 'const token = new pulumi.Config().requireSecret("token");\n';
    const apply = (source: string) => {
        engine.program(source);
        return engine.succeed("up", "--yes", "--skip-preview");
    };
    const log = () => engine.read("log").trim().split("\n");

    const command = (turn: string, trigger: string) => `${token}
        const probe = new local.Command("probe", {
            create: 'echo "create $TURN" >> log; echo "$(cat) $TOKEN"; echo warned >&2',
            update: 'echo "update $TURN after $PULUMI_COMMAND_STDERR" >> log; echo updated',
            delete: 'echo "delete $TURN" >> log',
            stdin: token,
            environment: { TURN: "${turn}", TOKEN: token },
            triggers: ["${trigger}"],
        });
        const plain = new local.Command("plain", { create: 'pwd; echo $0', dir: "home", interpreter: ["/bin/sh", "-ec"] });
        exports.stdout = probe.stdout;
        exports.plain = plain.stdout;`;

    test("runs nothing at preview and shows the outputs as unknown", async () => {
        engine.program(`${command("1", "a")}
            new local.Command("follower", { create: probe.stdout, stdin: plain.create });`);
        const { follower } = await engine.preview();
        expect(follower.newState?.inputs).toEqual({ create: unknown, stdin: "pwd; echo $0" });
        expect(fs.existsSync(engine.file("log"))).toBe(false);
    });

    test("creates with stdin, environment, folder and interpreter; what had a secret stays secret", async () => {
        const { output } = await apply(command("1", "a"));
        expect(log()).toEqual(["create 1"]);
        expect(output).toContain("[secret] [secret]");
        expect(output).not.toContain("s3cr3t-token");
        const { text, resources } = await engine.state();
        expect(text).not.toContain("s3cr3t-token");
        expect(resources.probe.outputs).toMatchObject({ stdout: encrypted, stderr: encrypted, stdin: encrypted });
        expect(await engine.outputs()).toEqual({
            stdout: "s3cr3t-token s3cr3t-token",
            plain: expect.stringMatching(/\/home\n\/bin\/sh$/),
        });
    });

    test("updates in place with the last outputs at hand", async () => {
        const before = await engine.state();
        await apply(command("2", "a"));
        expect(log()).toEqual(["create 1", "update 2 after warned"]);
        const { resources } = await engine.state();
        expect(resources.probe.id).toBe(before.resources.probe.id);
        expect((await engine.outputs()).stdout).toBe("updated");
    });

    test("has nothing to do where nothing changed, and nothing to refresh", async () => {
        await engine.succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes");
        await engine.succeed("preview", "--expect-no-changes");
    });

    test("a changed trigger replaces: creates the new, then deletes the old with its own environment", async () => {
        await apply(command("3", "b"));
        expect(log().slice(2)).toEqual(["create 3", "delete 2"]);
    });

    test("a failed update keeps the last state; the error has status and stderr but no secret", async () => {
        engine.program(`${token} new local.Command("probe", {
            create: "exit 1",
            update: 'echo "bad token: $(cat) $TOKEN" >&2; exit 3',
            delete: 'echo "delete $TURN" >> log; [ -e allowed ]',
            stdin: token, environment: { TURN: "4", TOKEN: token }, triggers: ["b"],
        });`);
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("exit status 3");
        expect(output).toContain("bad token: [secret]");
        expect(output).not.toContain("s3cr3t-token");
        const { resources } = await engine.state();
        expect(resources.probe.inputs.environment).toMatchObject({ TURN: "3" });
    });

    test("destroy runs the deletes and leaves nothing", async () => {
        await engine.succeed("destroy", "--yes", "--skip-preview");
        expect(log().at(-1)).toBe("delete 3");
        expect((await engine.state()).resources).toEqual({});
    });

    test("a failed create leaves no resource behind, keeps its neighbours, and may be tried again", async () => {
        const source = (create: string) => `
            const good = new local.Command("good", { create: "echo good", delete: "[ -e allowed ]" });
            const bad = new local.Command("bad", { create: "${create}" }, { dependsOn: good });
            new local.Command("after", { create: "true" }, { dependsOn: bad });`;
        engine.program(source("echo half; echo broken >&2; exit 7"));
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toMatch(/exit status 7: running "echo half; echo broken >&2; exit 7":\s+half\s+broken/);
        expect(Object.keys((await engine.state()).resources)).toEqual(["good"]);
        await apply(source("true"));
        expect(Object.keys((await engine.state()).resources)).toEqual(["good", "bad", "after"]);
    });

    test("a failed delete keeps the resource until its delete succeeds", async () => {
        engine.program("");
        expect((await engine.up()).code).not.toBe(0);
        expect(Object.keys((await engine.state()).resources)).toEqual(["good"]);
        fs.writeFileSync(engine.file("allowed"), "");
        await apply("");
        expect((await engine.state()).resources).toEqual({});
    });

    test("runs independent commands side by side, and local.run at every run", async () => {
        // Each waits for all the others: one after another they would never end.
        const meet =
            "touch met-$ME; n=0; until [ -e met-1 -a -e met-2 -a -e met-3 ]; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.1; done";
        await apply(`
            for (const ME of ["1", "2", "3"]) {
                new local.Command("meet-" + ME, { create: 'set -e; ${meet}', environment: { ME } });
            }
            exports.ran = local.runOutput({ command: 'read line; echo "$line $X"', stdin: "told", environment: { X: "x" } }).stdout;`);
        expect(await engine.outputs()).toEqual({ ran: "told x" });
    });

    test("stops a command at its custom timeout", async () => {
        engine.program(
            `new local.Command("slow", { create: "sleep 60; true" }, { customTimeouts: { create: "1s" } });`,
        );
        const { output } = await engine.up();
        expect(output).toContain("it was stopped after 1 s, its custom timeout");
    });

    test("an interrupt stops the command with what it started, and the engine says what is left", async () => {
        engine.program(`new local.Command("slow", { create: "sleep 61 & echo $! > pid; wait" });`);
        const { ended, interrupt } = engine.start("up", "--yes", "--skip-preview");
        while (!fs.existsSync(engine.file("pid")) || engine.read("pid") === "") await wait(50);
        interrupt();
        const { code } = await ended;
        expect(code).not.toBe(0);
        // Fails by the test's own time-out when the process lives on.
        while (isRunning(Number(engine.read("pid")))) await wait(50);
        expect((await engine.state()).resources).not.toHaveProperty("slow");
    });

    test("says clearly what it does not do", async () => {
        engine.program('new local.Command("assets", { create: "true", assetPaths: ["*.txt"] });');
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("assetPaths is not supported by the stand-in: install the official plugin");
    });
});
