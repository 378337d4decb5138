import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readGolden } from "../../../cli/golden";
import { readSettings } from "../../../cli/network-settings";
import { reportOf } from "../../../cli/report/report";
import { loadPlatform } from "../../../matrix";
import { nodeRules } from "../../../network";
import { matrice } from "../run";

const root = join(__dirname, "../../..");
const at = (file: string) => join(root, file);
const page = "docs/agents.md";

describe("docs/agents.md", () => {
    test("is what the documents and the rendered objects come to (npm run golden)", async () => {
        const argv = ["report", at("platforms/agents"), "--golden", at("test/golden/agents.prod.yaml")];
        argv.push("--settings", at("Pulumi.agents-prod.yaml"), "--root", root);
        if (process.env.GOLDEN === "update")
            expect(await matrice(...argv, "--output", at(page))).toMatchObject({ code: 0 });
        expect(await matrice(...argv)).toEqual({ code: 0, out: readFileSync(at(page), "utf8"), err: "" });
    });

    test("has the 15 rows of the matrix, and the eight rules in words with rows that answer them", () => {
        const written = readFileSync(at(page), "utf8");
        const rules = written.slice(written.indexOf("## Rules in words"), written.indexOf("## Exceptions"));
        expect(rules.match(/^\|.*\| (?:inbound|outbound) \|.*\]\(#row-.*\|$/gm)).toHaveLength(8);
        expect(written.match(/^\| \[\d+\]\(#row-\d+\) \|.*$/gm)).toHaveLength(15);
    });
});

describe("the rows of nodes", () => {
    const matrix = loadPlatform(at("platforms/agents"));
    const own = readSettings(at("Pulumi.agents-dev.yaml"));
    const more = { bastion: ["192.0.2.5/32"], resolvers: ["192.0.2.53/32"], timeServers: ["192.0.2.123/32"] };
    const network = { ...own, people: { ...own.people, ...more } };
    const platform = readGolden(readFileSync(at("test/golden/agents.dev.yaml"), "utf8"));
    const listed = (...roles: string[]) =>
        roles.map((role) => ({
            type: "command:remote:Command",
            name: `nodes-${role}`,
            object: { stdin: nodeRules(matrix, { network, role }) } as never,
            text: "",
        }));
    const rows = (...roles: string[]) =>
        reportOf(matrix, [...platform, ...listed(...roles)], network, { matrix: "matrix.md", annex: "", inventory: "" })
            .rows.filter(({ flows: [{ from, to }] }) => [from, to].some(({ kind }) => kind === "nodes"))
            .filter(({ grade }) => grade === "declared")
            .map(({ flows: [{ source, destination }], realisations, missing }) => ({
                row: `${source} → ${destination}`,
                held: realisations.map(({ object, details }) => `${object}: ${details}`),
                missing,
            }));

    test("are held by nobody where a stack lists no node, and say so", () => {
        const all = rows();
        expect(all.map(({ row }) => row)).toEqual([
            "Load Balancer → Nœuds",
            "Nœuds → Résolveurs",
            "Nœuds → Serveurs NTP",
            "Administrateurs → Bastion",
            "Bastion → Nœuds",
        ]);
        for (const { held, missing } of all) {
            expect(held).toEqual([]);
            expect(missing.join()).toContain("nftables rules of nodes would (docs/nodes.md), and the stack lists none");
        }
    });

    test("are held by the rules of the nodes that a stack lists", () => {
        const all = Object.fromEntries(rows("Bastion", "Nœuds").map(({ row, ...rest }) => [row, rest]));
        expect(all["Administrateurs → Bastion"].held).toEqual([
            "Command nodes-Bastion: ip saddr { 203.0.113.0/24 } tcp dport 22 accept; " +
                "ip6 saddr { 2001:db8:a::/48 } tcp dport 22 accept",
        ]);
        expect(all["Bastion → Nœuds"].held).toEqual([
            "Command nodes-Bastion: ip daddr { 198.51.100.0/24 } tcp dport 22 accept; " +
                "ip6 daddr { 2001:db8:d::/64 } tcp dport 22 accept",
            "Command nodes-Nœuds: ip saddr { 192.0.2.5/32 } tcp dport 22 accept",
        ]);
        expect(all["Nœuds → Résolveurs"].held).toEqual([
            "Command nodes-Nœuds: ip daddr { 192.0.2.53/32 } tcp dport 53 accept; ip daddr { 192.0.2.53/32 } udp dport 53 accept",
        ]);
        for (const { missing } of Object.values(all)) {
            expect(missing.join()).toContain("the nftables rules of the nodes that the stack lists do");
        }
    });

    test("are held by nothing where only another role's nodes are listed", () => {
        const bastion = rows("Nœuds").find(({ row }) => row === "Administrateurs → Bastion")!;
        expect([bastion.held, bastion.missing.join()]).toEqual([[], expect.stringContaining("lists none")]);
    });
});
