import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadPlatform } from "../../../matrix";
import { nodeRules, parseNetworkSettings } from "../../../network";
import { readStack } from "../../../platforms/agents/settings";
import { goldenText } from "../../golden/golden";
import { leastAgents, stackOf } from "../double";
import { renderStack, type Besides } from "../render-stack";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJnwtXCS2ZiMDBxJAYF7yBXyNcnwBYr5G4F6SLeFuNbV";
const BASTION = { name: "bastion", address: "192.0.2.5", role: "Bastion", hostKey: HOST_KEY };
const NODE = { name: "node-1", address: "10.20.0.11", role: "Nœuds", user: "admin", hostKey: HOST_KEY };
const KEY = "planted-node-key";

function refusal(settings: Record<string, unknown>, secrets: Record<string, string> = { nodeKey: KEY }): string {
    try {
        readStack(stackOf({ ...leastAgents, ...settings }, secrets));
    } catch (error) {
        return (error as Error).message;
    }
    throw new Error("accepted");
}

describe("The settings of nodes", () => {
    it("list none by default", () => {
        expect(readStack(stackOf(leastAgents)).nodes).toEqual([]);
    });

    it("take root for the user who is not named", () => {
        const { nodes } = readStack(stackOf({ ...leastAgents, nodes: [BASTION, NODE] }, { nodeKey: KEY }));
        expect(nodes.map(({ user }) => user)).toEqual(["root", "admin"]);
    });

    it("ask for the key once a node is listed", () => {
        expect(refusal({ nodes: [NODE] }, {})).toMatch(
            /matrice:nodeKey: missing, while nodes are listed\n {4}Run: pulumi config set --stack test --secret matrice:nodeKey/,
        );
    });

    it.each([
        ["address", "300.1.2.3", "expected an address or a host name"],
        ["address", "http://node-1.example.org", "expected an address or a host name"],
        ["name", "Node 1", "expected lower case letters, digits and '-'"],
        ["user", "admin; reboot", "expected the name of a user"],
        ["hostKey", `192.0.2.5 ${HOST_KEY}`, "expected a public key"],
        ["hostKey", HOST_KEY.replace("ssh-ed25519", "ssh-rsa"), "expected a public key"],
        ["hostKey", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "expected a public key"],
    ])("refuse the %s %s", (key, value, message) => {
        const [, command] = refusal({ nodes: [BASTION, { ...NODE, [key]: value }] }).split(`matrice:nodes[1].${key}: `);
        expect(command).toMatch(message);
        expect(command).toContain(`Run: pulumi config set --stack test --path 'matrice:nodes[1].${key}' `);
    });

    it.each(["address", "role", "hostKey"])("ask for each node's %s", (key) => {
        expect(refusal({ nodes: [{ ...NODE, [key]: undefined }] })).toContain(`matrice:nodes[0].${key}: missing`);
    });

    it("refuse two nodes of one name", () => {
        expect(refusal({ nodes: [BASTION, { ...NODE, name: "bastion" }] })).toContain(
            "matrice:nodes[1].name: is bastion, as that of nodes[0] is",
        );
    });
});

/** The network of agents-dev, with the addresses that only nodes need. */
const network = ((): { people: Record<string, string[]> } => {
    const file = join(__dirname, "../../../Pulumi.agents-dev.yaml");
    const own = parse(readFileSync(file, "utf8")).config["matrice:network"];
    const more = { bastion: ["192.0.2.5/32"], resolvers: ["192.0.2.53/32"], timeServers: ["192.0.2.123/32"] };
    return { ...own, people: { ...own.people, ...more } };
})();

function listed(nodes: readonly object[], people: Record<string, string[]> = network.people) {
    const besides: Besides = {
        config: { "matrice:nodes": nodes, "matrice:network": { ...network, people } },
        secrets: { "matrice:nodeKey": KEY },
    };
    return renderStack("agents-dev", undefined, undefined, besides);
}

describe("The nodes that a stack of agents lists", () => {
    const matrix = loadPlatform(join(__dirname, "../../../platforms/agents"));

    it("get the rules of their roles, the bastion's first, and are reached through it by the key alone", async () => {
        const { resources, outputs } = await listed([NODE, BASTION]);
        const commands = resources.filter(({ type }) => type === "command:remote:Command");
        expect(commands.map(({ name }) => name)).toEqual([
            "nodes-bastion",
            "nodes-bastion-confirmed",
            "nodes-node-1",
            "nodes-node-1-confirmed",
        ]);
        const [bastion, , node] = commands;
        const settings = { network: parseNetworkSettings(network) };
        expect(bastion.inputs.stdin).toBe(nodeRules(matrix, { ...settings, role: "Bastion" }));
        expect(node.inputs.stdin).toBe(nodeRules(matrix, { ...settings, role: "Nœuds" }));
        expect(bastion.inputs.stdin).toMatch(
            /# Administrateurs → Bastion \(annex\.md:\d+\)\n +ip saddr { 203\.0\.113\.0\/24 } tcp dport 22 accept/,
        );
        expect(node.inputs.stdin).toMatch(
            /# Bastion → Nœuds \(annex\.md:\d+\)\n +ip saddr { 192\.0\.2\.5\/32 } tcp dport 22 accept/,
        );
        const { connection } = node.inputs as { connection: { proxy: object } };
        expect(connection).toMatchObject({ host: "10.20.0.11", port: 22, user: "admin", hostKey: HOST_KEY });
        expect(connection.proxy).toMatchObject({ host: "192.0.2.5", port: 22, user: "root", hostKey: HOST_KEY });
        expect(bastion.inputs.connection).not.toHaveProperty("proxy.host");
        for (const { secrets } of commands) expect(secrets).toEqual(["connection"]);
        expect(goldenText(resources)).not.toContain(KEY);
        expect(JSON.stringify(outputs)).not.toContain(KEY);
    });

    it.each([
        ["Redis", /matrice:nodes\[0\]\.role is "Redis", which is no role of kind nodes: .*Nœuds, Bastion/],
        [
            "Bastions",
            /matrice:nodes\[0\]\.role is "Bastions", .*did you mean "?Bastion"?.*\n {2}Run: pulumi config set/,
        ],
    ])("are refused in the role %s", async (role, message) => {
        await expect(listed([{ ...NODE, role }])).rejects.toThrow(message);
    });

    it.each(["bastion", "resolvers", "timeServers"])("need the addresses of %s", async (key) => {
        const { [key]: _, ...people } = network.people;
        await expect(listed([NODE], people)).rejects.toThrow(`The setting matrice:network.people.${key} is missing`);
    });
});

describe.each(["agents-dev", "agents-prod"])("Stack %s", (stack) => {
    it("lists no node, so nothing is run on any", async () => {
        const { resources } = await renderStack(stack);
        expect(resources.filter(({ type }) => /remote|NodeFirewall/.test(type))).toEqual([]);
    });
});
