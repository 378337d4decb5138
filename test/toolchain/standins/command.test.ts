import { localCommand, localRun } from "../../../toolchain/standins/command/command";
import { remoteCommand } from "../../../toolchain/standins/command/remote";
import { Secret, UNKNOWN, type Value } from "../../../toolchain/standins/properties";

const context = { urn: "urn:pulumi:dev::probe::command:local:Command::probe", timeoutSeconds: 0 };

describe("local.Command", () => {
    const lines: string[] = [];
    const command = localCommand(async (_, line) => void lines.push(line));
    beforeEach(() => lines.splice(0));

    test("keeps its inputs, adds what the command said less one last line end, and is named after the resource", async () => {
        const { id, outputs } = await command.create({ create: "printf 'a\\n\\n'; printf b >&2" }, context);
        expect(id).toMatch(/^probe[0-9a-f]{8}$/);
        expect(outputs).toEqual({ create: "printf 'a\\n\\n'; printf b >&2", stdout: "a\n", stderr: "b" });
    });

    test.each([
        [undefined, ["out", "err"]],
        ["stdout", ["out"]],
        ["stderr", ["err"]],
        ["none", []],
    ])("with logging %p shows %j", async (logging, shown) => {
        await command.create({ create: "echo out; sleep 0.05; echo err >&2", logging }, context);
        expect(lines).toEqual(shown);
    });

    test("shows no secret in a line, and makes what it says a secret", async () => {
        const { outputs } = await command.create({ create: "cat", stdin: new Secret("hush") }, context);
        expect(lines).toEqual(["[secret]"]);
        expect(outputs).toMatchObject({ stdout: new Secret("hush"), stderr: new Secret("") });
    });

    test("masks a secret command and its value as JSON writes it, in the error", async () => {
        const secret = 'say "hush"';
        const failing = command.create({ create: new Secret(`echo '${secret}' >&2; exit 4`) }, context);
        const error: Error = await failing.catch((reason) => reason);
        expect(error.message).toMatch(/^exit status 4: running "\[secret\]"/);
        const other = command.create({ create: "cat >&2; exit 4", stdin: new Secret(secret) }, context);
        expect((await other.catch((reason) => reason)).message).toMatch(/:\n\[secret\]$/);
    });

    test.each([
        [{ create: "true", interpreter: ["/no/such/shell"] }, "no such program or directory (/no/such/shell)"],
        [{ create: "true", dir: "/no/such/folder" }, "no such program or directory (/no/such/folder)"],
        [{ create: "kill -TERM $$" }, "signal: SIGTERM"],
    ])("says why %j failed", async (inputs, reason) => {
        await expect(command.create(inputs, context)).rejects.toThrow(reason);
    });

    test("hands the last outputs on, unless told not to", async () => {
        const before = { stdout: "last", stderr: new Secret("words") };
        const update = 'echo "$PULUMI_COMMAND_STDOUT|$PULUMI_COMMAND_STDERR"';
        expect((await command.update!(before, { update }, context)).stdout).toBe("last|words");
        const quiet = { update, addPreviousOutputInEnv: false };
        expect((await command.update!(before, quiet, context)).stdout).toBe("|");
    });

    test("keeps the last outputs where there is nothing to run", async () => {
        expect(await command.update!({ stdout: "last", stderr: "" }, { dir: "/" }, context)).toMatchObject({
            stdout: "last",
        });
    });

    test("plans outputs as unknown, secret where an input is", () => {
        expect(command.plan({ create: "x" })).toEqual({ create: "x", stdout: UNKNOWN, stderr: UNKNOWN });
        expect(command.plan({ stdin: new Secret("x") }).stdout).toEqual(new Secret(UNKNOWN));
    });

    test.each([
        [{ assetPaths: ["*"] }, "assetPaths"],
        [{ archivePaths: ["*"] }, "archivePaths"],
        [{ logging: "loud" }, "logging"],
        [{ environment: { A: 1 } }, "environment"],
        [{ interpreter: [1] }, "interpreter"],
    ])("refuses %j", (inputs, property) => {
        expect(command.validate(inputs).map((failure) => failure.property)).toEqual([property]);
    });

    test("lets unknowns through", () => {
        const inputs = {
            create: UNKNOWN,
            logging: UNKNOWN,
            environment: { A: UNKNOWN },
            interpreter: [UNKNOWN],
        } as const;
        expect(command.validate(inputs)).toEqual([]);
    });

    test("can't be imported", () => {
        expect(() => command.adopt("x")).toThrow("a Command can't be imported");
    });
});

describe("local.run", () => {
    test("answers with its arguments and what the command said", async () => {
        expect(await localRun()({ command: "cat", stdin: "x" })).toEqual({
            command: "cat",
            stdin: "x",
            stdout: "x",
            stderr: "",
        });
    });

    test.each([
        [{}, "command is missing"],
        [{ command: "exit 2" }, "exit status 2"],
        [{ command: "true", assetPaths: ["*"] }, "assetPaths is not supported"],
    ])("fails on %j", async (args, message) => {
        await expect(localRun()(args)).rejects.toThrow(message);
    });
});

describe("remote.Command", () => {
    const command = remoteCommand(
        async () => {},
        async () => {},
    );

    test.each([
        [{}, "connection"],
        [{ connection: {} }, "connection.host"],
        [{ connection: new Secret({ host: "a", proxy: { user: "b" } }) }, "connection.proxy.host"],
        [{ connection: { host: "a" }, logging: "loud" }, "logging"],
        [{ connection: { host: "a" }, environment: { A: "b" } }, "environment"],
    ])("refuses %j", (inputs, property) => {
        expect(command.validate(inputs).map((failure) => failure.property)).toEqual([property]);
    });

    test.each<[Value]>([[UNKNOWN], [{ host: UNKNOWN }], [new Secret({ host: "a", proxy: UNKNOWN })]])(
        "lets an unknown connection through",
        (connection) => {
            expect(command.validate({ connection })).toEqual([]);
        },
    );

    test("is not run while its connection is unknown", async () => {
        await expect(command.create({ create: "true", connection: { host: UNKNOWN } }, context)).rejects.toThrow(
            "an input of the command is still unknown",
        );
    });

    test("says as much as its command and input may say: the connection's secret is not told to the host", () => {
        const connection = new Secret({ host: "a" });
        expect(command.plan({ connection }).stdout).toBe(UNKNOWN);
        expect(command.plan({ connection, stdin: new Secret("x") }).stdout).toEqual(new Secret(UNKNOWN));
    });
});
