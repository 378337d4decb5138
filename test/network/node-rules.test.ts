import { nodeRules, parseNetworkSettings, type NodeRulesSettings } from "../../network";
import { nodesMatrix, NODE_SETTINGS } from "./nodes-matrix";

const rules = (settings: Partial<NodeRulesSettings> = {}, ...without: string[]) =>
    nodeRules(nodesMatrix(...without), { ...NODE_SETTINGS, ...settings });

describe("the rules of nodes", () => {
    it("open each port to the addresses of its rows, then shut it", () => {
        expect(rules()).toBe(
            [
                "# Rules of the nodes (Nodes), generated from the matrix of shop.",
                "# Declared before it is deleted, a table is replaced whole, whether it was there or not.",
                "table inet matrice_nodes",
                "delete table inet matrice_nodes",
                "table inet matrice_nodes {",
                "    chain input {",
                "        type filter hook input priority filter - 10; policy accept;",
                "        ct state established,related accept",
                '        iifname "lo" accept',
                "        # 10250/TCP is left to others: Prometheus → Nodes (matrix.md:4)",
                "        # Administrator → Nodes (matrix.md:3)",
                "        ip saddr { 10.1.0.0/24 } tcp dport 2222 accept",
                "        ip6 saddr { fd01::/64 } tcp dport 2222 accept",
                "        tcp dport 2222 counter drop",
                "    }",
                "",
                "    chain output {",
                "        type filter hook output priority filter - 10; policy accept;",
                "        ct state established,related accept",
                '        oifname "lo" accept',
                "        # Nodes → Resolvers (matrix.md:5)",
                "        ip daddr { 10.2.0.53/32 } tcp dport 53 accept",
                "        # Nodes → Resolvers (matrix.md:5)",
                "        ip daddr { 10.2.0.53/32 } udp dport 53 accept",
                "        # Nodes → Clocks (matrix.md:6)",
                "        ip daddr { 10.3.0.0/24 } udp dport 123 accept",
                "        tcp dport 53 counter reject with icmpx admin-prohibited",
                "        udp dport 53 counter reject with icmpx admin-prohibited",
                "        udp dport 123 counter reject with icmpx admin-prohibited",
                "    }",
                "}",
                "",
            ].join("\n"),
        );
    });

    it("touch no port whose row is gone", () => {
        expect(rules({}, "|Administrator|")).not.toContain("2222");
        expect(rules({}, "|Clocks|")).not.toContain("123");
    });

    it("are the same bytes whatever the order of addresses", () => {
        const network = { ...NODE_SETTINGS.network };
        network.people = { ...network.people, administrators: [...network.people.administrators].reverse() };
        expect(rules({ network })).toBe(rules());
    });

    it("let everyone in where a row comes from the internet", () => {
        const text = nodeRules(nodesMatrix("|Administrator|", "+|Internet|Nodes|2222|SSH|Open|"), NODE_SETTINGS);
        expect(text).toContain("ip saddr { 0.0.0.0/0 } tcp dport 2222 accept");
        expect(text).toContain("ip6 saddr { ::/0 } tcp dport 2222 accept");
    });

    it("are refused where one of a port's rows has no addresses: its people would be shut out", () => {
        const add = "+|Web|Nodes|2222|SSH|A job|";
        expect(() => nodeRules(nodesMatrix(add), NODE_SETTINGS)).toThrow(
            /2222\/TCP of nodes is open to Web too.*addresses\["Web"\]/,
        );
        const given = { ...NODE_SETTINGS, addresses: { Web: ["10.9.0.0/16"] } };
        expect(nodeRules(nodesMatrix(add), given)).toContain(
            "ip saddr { 10.1.0.0/24, 10.9.0.0/16 } tcp dport 2222 accept",
        );
    });

    it.each([
        ["a role that is not of nodes", "Web"],
        ["a name that the matrix does not have", "Nods"],
    ])("are refused for %s", (_case, role) => {
        expect(() => rules({ role })).toThrow(/role of kind nodes|Nodes/);
    });

    it("need the addresses of people to be set", () => {
        const network = parseNetworkSettings({ controlPlane: { cidrs: ["192.0.2.1/32"] } });
        expect(() => rules({ network })).toThrow("The setting matrice:network.people.administrators is missing");
    });
});
