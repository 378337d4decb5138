import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { canMakeNamespaces, Namespace } from "../../programs/namespaces";
import { eventually, scratch } from "../../programs/nginx";
import { Engine, type Result } from "./engine";
import { hasSshServer, SshServer } from "./ssh-server";

jest.setTimeout(60_000);

const root = resolve(__dirname, "../../..");

/** The component on the bastion and a node behind it, by a matrix of these rows; settings come from a file. */
const PROGRAM = `
    import { readFileSync } from "node:fs";
    import { NodeFirewall } from "./components/nodes/node-firewall";
    import { readDocument, readInventory, resolve } from "./matrix";
    import { parseNetworkSettings } from "./network";

    const { people, ...args } = JSON.parse(readFileSync("settings.json", "utf8"));
    const inventory = [
        "platform: shop", "namespaces: [shop]", "zones: [all]", "roles:",
        "    Administrators: { kind: people, zone: all, cidrs: administrators }",
        "    Bastion: { kind: nodes, zone: all, cidrs: bastion, ports: { ssh: from Administrators } }",
        "    Nodes: { kind: nodes, zone: all, cidrs: nodes, ports: { ssh: from Bastion } }",
    ].join("\\n");
    const rows = "|Source|Destination|Port|Protocol|Why|\\n|-|-|-|-|-|\\n" +
        "|Administrators|Bastion|22|SSH|Care|\\n|Bastion|Nodes|22|SSH|Care|";
    const matrix = resolve([readDocument(rows, "matrix.md")], readInventory(inventory, "inventory.yaml"));
    const network = parseNetworkSettings({ people, controlPlane: { cidrs: ["192.0.2.1/32"] } });
    new NodeFirewall("nodes", { matrix, network, ...args });`;

// Without them the test below is counted as skipped.
const withMachines = hasSshServer && canMakeNamespaces() ? describe : describe.skip;

withMachines("NodeFirewall in the engine, on machines of network namespaces (root, nftables, OpenSSH)", () => {
    const { folder, remove } = scratch();
    const namespaces: Namespace[] = [];
    const servers: SshServer[] = [];
    let engine: Engine;
    let outside: Namespace;
    let bastion: Namespace;
    let node: Namespace;

    const machine = (what: string) => {
        const made = new Namespace(what);
        namespaces.push(made);
        return made;
    };
    /** SSH into a machine, whose scripts keep to a folder of its own. */
    const serve = async ({ name }: Namespace, address: string) => {
        const own = (file: string) => join(folder, name, file);
        const server = await SshServer.start({
            listen: [`${address}:22`],
            namespace: name,
            environment: {
                MATRICE_STATE: own("state"),
                MATRICE_KEPT: own("kept"),
                MATRICE_UNITS: own("no-systemd"),
            },
            clientOf: servers[0],
        });
        servers.push(server);
        return server;
    };
    /** Brings the program up with other addresses of administrators. */
    const up = (administrators: string, rollbackSeconds: number): Promise<Result> => {
        const [first, second] = servers;
        writeFileSync(
            engine.file("settings.json"),
            JSON.stringify({
                people: { administrators: [administrators], bastion: ["10.2.0.1/32"], nodes: ["10.2.0.0/24"] },
                nodes: [
                    { name: "inside", address: "10.2.0.2", role: "Nodes", hostKey: second.hostKey },
                    { name: "bastion", address: "10.1.0.1", role: "Bastion", hostKey: first.hostKey },
                ],
                privateKey: first.privateKey,
                rollbackSeconds,
            }),
        );
        return engine.up();
    };
    const rules = (where: Namespace) =>
        where.run("nft", "list", "table", "inet", "matrice_nodes").replace(/packets \d+ bytes \d+/g, "");

    beforeAll(async () => {
        outside = machine("out");
        bastion = machine("bastion");
        node = machine("inside");
        outside.connect(bastion, "public");
        bastion.connect(node, "private");
        outside.address("public", "10.1.0.2/24", "10.9.0.2/32");
        bastion.address("public", "10.1.0.1/24");
        bastion.address("private", "10.2.0.1/24", "10.2.0.9/24");
        node.address("private", "10.2.0.2/24");
        bastion.run("ip", "route", "add", "10.9.0.2", "dev", "public");
        await serve(bastion, "10.1.0.1");
        await serve(node, "10.2.0.2");
        engine = await Engine.create();
        // The engine runs where administrators are.
        const pulumi = join(root, ".tools/bin/pulumi");
        const wrapper = `#!/bin/sh\nexec ip netns exec ${outside.name} ${pulumi} "$@"\n`;
        writeFileSync(engine.file("bin/pulumi"), wrapper, { mode: 0o755 });
        buildSync({
            stdin: { contents: PROGRAM, resolveDir: root, loader: "ts" },
            bundle: true,
            platform: "node",
            external: ["@pulumi/*"],
            outfile: engine.file("index.js"),
        });
        const scripts = join(root, "components/nodes");
        for (const file of readdirSync(scripts).filter((name) => name.endsWith(".sh"))) {
            copyFileSync(join(scripts, file), engine.file(file));
        }
    });

    afterAll(() => {
        engine?.dispose();
        for (const server of servers) server.stop();
        for (const namespace of namespaces) namespace.delete();
        remove();
    });

    it("puts rules in force on the bastion, then through it on the node, and confirms both", async () => {
        expect(outside.reaches("tcp", "10.1.0.1", 22, "10.9.0.2")).toBe(true);
        const { code, output } = await up("10.1.0.2/32", 30);
        expect([code, output]).toEqual([0, expect.stringContaining("rules in force")]);
        expect(output).not.toContain(servers[0].privateKey.split("\n")[1]);
        expect(outside.reaches("tcp", "10.1.0.1", 22, "10.1.0.2")).toBe(true);
        expect(outside.reaches("tcp", "10.1.0.1", 22, "10.9.0.2")).toBe(false);
        expect(bastion.reaches("tcp", "10.2.0.2", 22, "10.2.0.1")).toBe(true);
        expect(bastion.reaches("tcp", "10.2.0.2", 22, "10.2.0.9")).toBe(false);
    });

    it("fails for rules that lock Pulumi out, and the bastion is as it was", async () => {
        const before = rules(bastion);
        const { code, output } = await up("192.0.2.0/24", 2);
        expect([code === 0, output]).toEqual([false, expect.stringContaining("the confirmation came too late")]);
        await eventually(() => expect(rules(bastion)).toBe(before));
        expect(outside.reaches("tcp", "10.1.0.1", 22, "10.1.0.2")).toBe(true);
    });

    it("takes corrected rules, and leaves no trace once it is destroyed", async () => {
        expect(await up("10.1.0.0/24", 30)).toMatchObject({ code: 0 });
        expect(rules(bastion)).toContain("10.1.0.0/24");
        await engine.succeed("destroy", "--yes", "--skip-preview");
        for (const machine of [bastion, node]) expect(machine.run("nft", "list", "tables")).toBe("");
    });
});
