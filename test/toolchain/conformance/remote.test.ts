import { createServer, type AddressInfo, type Server } from "node:net";
import { freePorts } from "../../../toolchain/cluster/ports";
import { encrypted, Engine } from "./engine";
import { SshDouble } from "./ssh-double";
import { hasSshServer, SshServer } from "./ssh-server";

jest.setTimeout(60_000);

const kind = hasSshServer ? "on OpenSSH" : "on a double, for want of OpenSSH's server";

describe(`the command plugin's remote.Command in the engine, ${kind}`, () => {
    let engine: Engine;
    let server: SshServer | SshDouble;
    let ports: number[];
    /** Takes connections and says nothing. */
    let silent: Server;

    beforeAll(async () => {
        ports = await freePorts(2);
        server = await (hasSshServer ? SshServer : SshDouble).start({
            listen: ports.map((port) => `127.0.0.1:${port}`),
        });
        silent = createServer(() => {}).listen(0, "127.0.0.1");
        engine = await Engine.create();
    });
    afterAll(() => {
        engine?.dispose();
        server?.stop();
        silent?.close();
    });

    const head = (port: number) => `
        const token = pulumi.secret("s3cr3t-token");
        const connection = {
            host: "127.0.0.1", port: ${port}, user: "${server.user}", privateKey: pulumi.secret(${JSON.stringify(server.privateKey)}),
            hostKey: "${server.hostKey}", dialErrorLimit: 0,
        };\n`;
    /** Commands that note what is run, and on which of the server's two ports: `kept` by its input, `made` by its trigger. */
    const probe = (port: number, turn: string) => `${head(port)}
        const note = (word) => 'set -- $SSH_CONNECTION; echo "' + word + ' on $4" >> ${engine.file("log")}; ';
        const kept = new remote.Command("kept", {
            connection: { ...connection, port: ${ports[0]} },
            create: note("create $(cat)") + "echo said; echo warned >&2",
            update: note("update $(cat) after $PULUMI_COMMAND_STDERR") + "echo said again",
            stdin: "${turn}",
        });
        new remote.Command("made", {
            connection, create: note("make"), delete: note("delete"), triggers: ["${turn}"],
        }, { dependsOn: kept });
        exports.stdout = kept.stdout;
        exports.stderr = kept.stderr;`;
    const log = () => engine.read("log").trim().split("\n");
    const apply = (source: string) => {
        engine.program(source);
        return engine.succeed("up", "--yes", "--skip-preview");
    };

    test("creates over SSH, through a bastion too; the connection is encrypted in the state and in no message", async () => {
        const { output } = await apply(`${probe(ports[0], "1")}
            const through = new remote.Command("through", {
                connection: { ...connection, port: ${ports[1]}, proxy: connection }, create: 'cat; echo "$SSH_CONNECTION"',
                stdin: token, logging: "none",
            });
            exports.through = through.stdout;`);
        expect(log()).toEqual([`create 1 on ${ports[0]}`, `make on ${ports[0]}`]);
        const { stdout, stderr, through } = await engine.outputs();
        expect([stdout, stderr]).toEqual(["said", "warned"]);
        expect(through).toMatch(new RegExp(`^s3cr3t-token127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${ports[1]}$`));
        const { text, resources } = await engine.state();
        expect(resources.kept.inputs.connection).toMatchObject(encrypted);
        expect(resources.kept.outputs).toMatchObject({ connection: encrypted, stdout: "said" });
        expect(resources.through.outputs.stdout).toMatchObject(encrypted);
        for (const secret of ["s3cr3t-token", ...server.privateKey.trim().split("\n")]) {
            expect(text + output).not.toContain(secret);
        }
    });

    test("other input updates in place; another trigger creates anew, then deletes over the old connection", async () => {
        const before = await engine.state();
        await apply(probe(ports[1], "2"));
        const lines = [`update 2 after warned on ${ports[0]}`, `make on ${ports[1]}`, `delete on ${ports[0]}`];
        expect(log().slice(2)).toEqual(lines);
        const { resources } = await engine.state();
        expect(resources.kept.id).toBe(before.resources.kept.id);
        expect(resources.kept.outputs).toMatchObject({ stdout: "said again", stderr: "" });
    });

    test("says why a command did not run, and tells no secret", async () => {
        const other = server.otherKey();
        const { port } = silent.address() as AddressInfo;
        engine.program(`${head(ports[0])}
            const failing = (name, more, rest) =>
                new remote.Command(name, { connection: { ...connection, ...more }, create: "touch ran", ...rest });
            failing("another-host", { hostKey: "${other.publicKey}" });
            failing("another-key", { privateKey: pulumi.secret(${JSON.stringify(other.privateKey)}) });
            failing("no-key", { privateKey: pulumi.secret("s3cr3t-key") });
            failing("silent", { port: ${port}, perDialTimeout: 1, dialErrorLimit: 1 });
            failing("exit", {}, { create: 'echo "bad token: $(cat)" >&2; exit 3', stdin: token });
`);
        const { code, output } = await engine.up("--continue-on-error");
        expect(code).not.toBe(0);
        expect(output).toMatch(/host key mismatch: the host has ssh-ed25519 SHA256:/);
        expect(output).toMatch(/ssh to 127\.0\.0\.1:\d+: All configured authentication methods failed/);
        expect(output).toMatch(/connection\.privateKey can't be read/);
        expect(output).toMatch(/after 2 failed attempts: ssh to 127\.0\.0\.1:\d+: Timed out/);
        expect(output).toMatch(/Process exited with status 3: running .*\n +bad token: \[secret\]/);
        for (const secret of ["s3cr3t-token", "s3cr3t-key", ...other.privateKey.trim().split("\n").slice(1, -1)]) {
            expect(output).not.toContain(secret);
        }
    });

    test("destroy runs the deletes and leaves nothing", async () => {
        await engine.succeed("destroy", "--yes", "--skip-preview");
        expect(log().at(-1)).toBe(`delete on ${ports[1]}`);
        expect((await engine.state()).resources).toEqual({});
    });
});
