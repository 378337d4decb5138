import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Engine, isRunning, stackLines } from "./engine";

jest.setTimeout(60_000);

describe("the language host in the engine", () => {
    let engine: Engine;
    beforeAll(async () => {
        engine = await Engine.create({
            runtimeOptions: { nodeargs: `${stackLines} --title='a program' --stack-trace-limit=50` },
            standIns: ["language-nodejs", "random"],
        });
    });
    afterAll(() => engine.dispose());

    test("gives a program its stack, settings, arguments and outputs, and passes on what it prints", async () => {
        await engine.succeed("config", "set", "colour", "green");
        await engine.succeed("config", "set", "--secret", "token", "s3cr3t-token");
        engine.program(`
            console.log("to standard output");
            console.error("to standard error");
            const config = new pulumi.Config();
            exports.told = {
                project: pulumi.getProject(), stack: pulumi.getStack(), organization: pulumi.getOrganization(),
                root: pulumi.runtime.getRootDirectory?.() ?? process.cwd(), folder: process.cwd(),
                title: process.title, arguments: process.execArgv, colour: config.require("colour"), dryRun: pulumi.runtime.isDryRun(),
            };
            exports.token = config.requireSecret("token");`);
        const { code, output } = await engine.up();
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).toContain("to standard output");
        expect(output).toContain("to standard error");
        expect(output).not.toContain("s3cr3t-token");
        expect((await engine.state()).text).not.toContain("s3cr3t-token");
        expect(await engine.outputs()).toEqual({
            told: {
                project: "probe",
                stack: "dev",
                organization: "organization",
                root: engine.folder,
                folder: engine.folder,
                title: "a program",
                arguments: expect.arrayContaining(["--title=a program", "--stack-trace-limit=50"]),
                colour: "green",
                dryRun: false,
            },
            token: "s3cr3t-token",
        });
    });

    const kept = 'new random.RandomString("kept", { length: 3 });\n';

    test("a program that throws fails with its message and place, and deletes nothing", async () => {
        engine.program(kept);
        await engine.succeed("up", "--yes", "--skip-preview");
        engine.program('throw new Error("this is why");');
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("Error: this is why");
        expect(output).toContain("index.js:3:");
        // The program has told the user; the host adds nothing.
        expect(output).not.toContain("non-zero exit code");
        expect(Object.keys((await engine.state()).resources)).toEqual(["kept"]);
    });

    test("a program that exits by itself fails with its exit code", async () => {
        engine.program(`${kept} process.exit(5);`);
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("Program exited with non-zero exit code: 5");
        expect(Object.keys((await engine.state()).resources)).toEqual(["kept"]);
    });

    test("a program that a signal ends says which", async () => {
        engine.program('process.kill(process.pid, "SIGKILL");');
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("Program was ended by the signal SIGKILL");
    });

    test("an interrupt ends the program with the engine", async () => {
        engine.program('require("fs").writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000);');
        const { ended, interrupt } = engine.start("up", "--yes", "--skip-preview");
        while (!fs.existsSync(engine.file("pid")) || engine.read("pid") === "") await wait(50);
        interrupt();
        expect((await ended).code).not.toBe(0);
        // Fails by the test's own time-out when the process lives on.
        while (isRunning(Number(engine.read("pid")))) await wait(50);
    });

    describe("with a policy pack", () => {
        const policy = (message: string) => `
            const { PolicyPack } = require("@pulumi/policy");
            new PolicyPack("lengths", { policies: [{
                name: "long-enough", description: "Text has three characters.", enforcementLevel: "mandatory",
                validateResource: (args, report) => {
                    if (args.type.endsWith(":RandomString") && args.props.length < 3) report("${message}");
                },
            }] });`;
        beforeAll(() => {
            fs.mkdirSync(engine.file("pack"));
            fs.writeFileSync(engine.file("pack/PulumiPolicy.yaml"), "runtime: nodejs\n");
            fs.writeFileSync(engine.file("pack/package.json"), '{ "name": "lengths", "version": "1.0.0" }');
            fs.writeFileSync(engine.file("pack/index.js"), policy("too short"));
        });

        test("a mandatory violation stops a preview and an update; without one they pass", async () => {
            engine.program('new random.RandomString("short", { length: 2 });');
            const preview = await engine.pulumi("preview", "--policy-pack", "pack");
            expect(preview.code).not.toBe(0);
            expect(preview.output).toMatch(/long-enough[^]*too short/);
            const up = await engine.up("--policy-pack", "pack");
            expect(up.code).not.toBe(0);
            expect((await engine.state()).resources).not.toHaveProperty("short");
            engine.program(kept);
            await engine.succeed("preview", "--policy-pack", "pack");
        });

        test("a pack that does not load stops the update with its error", async () => {
            fs.writeFileSync(engine.file("pack/index.js"), 'throw new Error("the pack is broken");');
            const { code, output } = await engine.pulumi("preview", "--policy-pack", "pack");
            expect(code).not.toBe(0);
            expect(output).toContain("the pack is broken");
        });
    });
});

test("a TypeScript program runs, and one that does not compile is refused at its place", async () => {
    const engine = await Engine.create({ runtimeOptions: { typescript: true }, standIns: ["language-nodejs"] });
    try {
        engine.program('export const answer: string = "forty-two";\n', "index.ts");
        const tsconfig = { compilerOptions: { module: "node16", types: ["node"], skipLibCheck: true, strict: true } };
        fs.writeFileSync(engine.file("tsconfig.json"), JSON.stringify(tsconfig));
        await engine.succeed("up", "--yes", "--skip-preview");
        expect(await engine.outputs()).toEqual({ answer: "forty-two" });
        engine.program("export const answer: string = 42;\n", "index.ts");
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toMatch(/index\.ts.*1.*14.*TS2322.*Type 'number' is not assignable to type 'string'/s);
    } finally {
        engine.dispose();
    }
});

test("a program without installed packages is told to install them", async () => {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), "no-packages-"));
    const engine = await Engine.create({ parent, standIns: ["language-nodejs"] });
    try {
        engine.program("");
        const { code, output } = await engine.up();
        expect(code).not.toBe(0);
        expect(output).toContain("the Pulumi SDK is not installed there. Have you run `npm ci`");
    } finally {
        fs.rmSync(parent, { recursive: true });
    }
});
