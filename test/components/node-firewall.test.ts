import { NodeFirewall, type NodeFirewallArgs } from "../../components/nodes/node-firewall";
import { nodeRules } from "../../network";
import { NODE_SETTINGS, nodesMatrix } from "../network/nodes-matrix";
import { render } from "./render";

const NODE = { name: "one", address: "192.0.2.11", hostKey: "ssh-ed25519 AAAA" };

async function rendered(args: Partial<NodeFirewallArgs> = {}) {
    const all = { matrix: nodesMatrix(), ...NODE_SETTINGS, nodes: [NODE], privateKey: "key", ...args };
    const { resources } = await render(() => new NodeFirewall("nodes", all));
    return resources.filter(({ type }) => type === "command:remote:Command");
}

describe("NodeFirewall", () => {
    it("makes nothing where no node is listed", async () => {
        expect(await rendered({ nodes: [] })).toEqual([]);
    });

    it("applies the rules of the matrix to each node, by SSH on the port of its row", async () => {
        const [applied] = await rendered();
        expect(applied.inputs.stdin).toBe(nodeRules(nodesMatrix(), NODE_SETTINGS));
        expect(applied.inputs.connection).toMatchObject({ host: "192.0.2.11", port: 2222, hostKey: NODE.hostKey });
        expect(await rendered({ nodes: [NODE, { ...NODE, name: "two" }] })).toHaveLength(4);
    });

    it("is never replaced for other rules, and confirms each anew", async () => {
        const [applied, confirmed] = await rendered();
        expect(applied.inputs.triggers).toBeUndefined();
        expect(confirmed.inputs.triggers).toEqual([applied.inputs.stdin, applied.inputs.create, NODE.address]);
    });

    it("keeps the key secret", async () => {
        const commands = await rendered();
        for (const { secrets } of commands) expect(secrets).toEqual([expect.stringMatching(/^connection/)]);
    });

    it("uses sudo for a user who is not root", async () => {
        const [applied] = await rendered({ nodes: [{ ...NODE, user: "admin" }] });
        expect(applied.inputs.create).toMatch(/^sudo -n sh -c '/);
        expect((await rendered())[0].inputs.create).toMatch(/^sh -c '/);
    });

    it("comes in through the node whose role alone opens a node's SSH, once that one's rules are confirmed", async () => {
        const matrix = nodesMatrix(
            "|Administrator|",
            "+|Administrator|Bastion|22|SSH|Care|",
            "+|Bastion|Nodes|2222|SSH|Care|",
        );
        const jump = { ...NODE, name: "jump", role: "Bastion", address: "192.0.2.5" };
        const inside = { ...NODE, role: "Nodes" };
        const [bastion, , node] = await rendered({ matrix, nodes: [inside, jump] });
        expect(bastion).toMatchObject({ name: "nodes-jump", inputs: { connection: { host: "192.0.2.5", port: 22 } } });
        expect(bastion.inputs.connection).not.toHaveProperty("proxy.host");
        expect(node.inputs.connection).toMatchObject({
            host: NODE.address,
            port: 2222,
            proxy: { host: "192.0.2.5", port: 22 },
        });
        // Without one in the list, Pulumi runs where the rows let in.
        const [alone] = await rendered({ matrix, nodes: [inside] });
        expect(alone.inputs.connection).not.toHaveProperty("proxy.host");
    });

    it("is refused where no row lets administrators in: Pulumi would be shut out", async () => {
        await expect(rendered({ matrix: nodesMatrix("|Administrator|") })).rejects.toThrow(/ssh/);
    });
});
