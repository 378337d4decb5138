import { join } from "node:path";
import type { Graph } from "../../cli/graph/graph";
import { document, eChauffeur, folder, matrice } from "./run";

const agents = join(__dirname, "../../platforms/agents");

const INVENTORY = `
platform: shop
namespaces: [shop]
zones: [public, inside]
crossings: [public → inside, inside → public]
roles:
    People: { kind: people, zone: public, cidrs: people }
    Internet: { kind: internet, zone: public }
    Balancer: { kind: loadBalancer, zone: public }
    Web: { zone: inside, workload: shop/web }
    Store: { zone: inside, workload: shop/store }
    Metrics: { zone: inside, workload: shop/metrics }
    Everything: { kind: group, members: [Web, Store] }
    Nodes: { kind: nodes, zone: inside, cidrs: nodes }
`;
const HEAD = "|Source|Destination|Port|Protocol|Why|Action|\n|-|-|-|-|-|-|\n";
const at = folder({
    "inventory.yaml": INVENTORY,
    "matrix.md":
        HEAD +
        [
            "|People|Balancer|80, 443|HTTP|Pages|Allow|",
            "|Balancer|Web|443|HTTPS|Pages|Allow|",
            "|Web|Store|6379|TCP|Baskets|Allow|",
            "|Internet|Store|6379|TCP|Never|Refuse|",
            "|Metrics|Everything|9091|HTTP|Metrics|Allow|",
        ].join("\n"),
    "annex.md":
        "|Source|Destination|Port|Protocol|Serves|Why|\n|-|-|-|-|-|-|\n|Nodes|Web|53/TCP-UDP|DNS|Web → Store|Names|\n",
});

const nasty = folder({
    "matrix.md": document(
        '|A "quoted" name|end|80|TCP|x|',
        "|1. First|subgraph|443|TCP|x|",
        "|- dash|graph|22|TCP|x|",
        "|R&amp;D & co|a#b;c|1-65535|TCP|x|",
        "|Émile 😀|back\\\\slash {curly} (round) \\[square\\]|22|SSH|x|",
        "|%% comment|click|25|TCP|x|",
    ),
});

/** What Graphviz makes of a drawing. */
async function graphviz(text: string) {
    const { instance } = await import("@viz-js/viz");
    const { status, output, errors } = (await instance()).render(text, { format: "json" });
    if (status !== "success") throw new Error(errors.map(({ message }) => message).join("\n"));
    const { objects, edges } = JSON.parse(output) as {
        objects: { label: string; nodes?: number[] }[];
        edges: { tail: number; head: number; label: string; style?: string; arrowhead?: string }[];
    };
    return { objects, edges };
}

describe("matrice graph", () => {
    test("draws the rows of a matrix for Mermaid: zones by trust, a shape a kind, a group with its members", async () => {
        expect(await matrice("graph", at("matrix.md"))).toEqual({
            code: 0,
            err: "",
            out: [
                "flowchart LR",
                '    subgraph z0["public"]',
                '        r0(["People"])',
                '        r1{{"Balancer"}}',
                '        r4("Internet")',
                "    end",
                '    subgraph z1["inside"]',
                '        r2["Web"]',
                '        r3["Store"]',
                '        r5["Metrics"]',
                "    end",
                '    r6[/"Everything<br>Web<br>Store"/]',
                '    r0 -->|"80, 443/TCP"| r1',
                '    r1 -->|"443/TCP"| r2',
                '    r2 -->|"6379/TCP"| r3',
                '    r4 --x|"6379/TCP"| r3',
                '    r5 -->|"9091/TCP"| r6',
                "",
            ].join("\n"),
        });
    });

    test("draws the annex when asked, dotted and after the matrix", async () => {
        const { out } = await matrice("graph", at("matrix.md"), "--all");
        expect(out).toContain('        r7[["Nodes"]]\n');
        expect(out.trimEnd().split("\n").at(-1)).toBe('    r7 -.->|"53/TCP-UDP"| r2');
    });

    test("writes what means something to Mermaid by its number", async () => {
        const { out } = await matrice("graph", nasty("matrix.md"));
        const labels = [...out.matchAll(/^ +r\d+\["(.*)"\]$/gm)].map(([, label]) => label);
        expect(labels).toEqual([
            "A #34;quoted#34; name",
            "end",
            "1#46; First",
            "subgraph",
            "#45; dash",
            "graph",
            "R#38;D #38; co",
            "a#35;b#59;c",
            "Émile #128512;",
            "back#92;slash #123;curly#125; (round) #91;square#93;",
            "#37;#37; comment",
            "click",
        ]);
    });

    test("says that Mermaid stops at 500 rows, and draws them all", async () => {
        const rows = Array.from({ length: 501 }, (_, index) => `|Web ${index}|API|80|HTTP|Calls|`);
        const { code, out, err } = await matrice("graph", folder({ "flows.md": document(...rows) })("flows.md"));
        expect([code, out.match(/-->/g)?.length]).toEqual([0, 501]);
        expect(err).toBe(
            "matrice: 501 rows; Mermaid draws 500 unless its maxEdges is raised, Graphviz any number (--format dot).\n",
        );
    });

    test("draws for Graphviz, which reads every name as it stands in the matrix", async () => {
        const { objects, edges } = await graphviz((await matrice("graph", nasty("matrix.md"), "--format", "dot")).out);
        const unescaped = objects.map(({ label }) => label.replaceAll("&amp;", "&").replaceAll("\\\\", "\\"));
        const { roles } = JSON.parse((await matrice("graph", nasty("matrix.md"), "--format", "json")).out) as Graph;
        expect(unescaped).toEqual(roles.map(({ name }) => name));
        expect(edges.map(({ label }) => label)).toContain("1-65535/TCP");
    });

    test("marks for Graphviz what the annex adds and what a row refuses", async () => {
        const { edges } = await graphviz((await matrice("graph", at("matrix.md"), "--all", "--format", "dot")).out);
        expect(edges.filter(({ style }) => style === "dotted").map(({ label }) => label)).toEqual(["53/TCP-UDP"]);
        expect(edges.filter(({ arrowhead }) => arrowhead === "tee").map(({ label }) => label)).toEqual(["6379/TCP"]);
    });

    test("gives the same as data", async () => {
        const { out } = await matrice("graph", at("matrix.md"), "--format", "json");
        const graph = JSON.parse(out) as Graph;
        expect(graph).toMatchObject({ platform: "shop", zones: ["public", "inside"] });
        expect(graph.roles.at(-1)).toEqual({ name: "Everything", kind: "group", members: ["Web", "Store"] });
        expect(graph.edges[3]).toEqual({
            from: "Internet",
            to: "Store",
            ports: "6379/TCP",
            description: "Never",
            document: "matrix",
            verdict: "refuse",
            file: at("matrix.md"),
            line: 6,
        });
    });

    test.each([
        ["e-chauffeur", eChauffeur, 33],
        ["agents", agents, 15],
    ])("draws every row of %s, in all formats", async (_name, platform, rows) => {
        const file = join(platform, "matrix.md");
        const all = JSON.parse((await matrice("graph", file, "--all", "--format", "json")).out) as Graph;
        expect(all.edges.filter((edge) => edge.document === "matrix")).toHaveLength(rows);
        expect(all.edges.length).toBeGreaterThan(rows + 20);
        const { objects, edges } = await graphviz((await matrice("graph", file, "--all", "--format", "dot")).out);
        expect(objects.filter(({ nodes }) => nodes === undefined)).toHaveLength(all.roles.length);
        expect(edges).toHaveLength(all.edges.length);
        const { out } = await matrice("graph", file, "--all");
        const drawn = new Set([...out.matchAll(/^ +(r\d+)[[({]/gm)].map(([, id]) => id));
        expect(drawn.size).toBe(all.roles.length);
        const ends = [...out.matchAll(/^ {4}(r\d+) (?:-->|-\.->)\|"[^"]+"\| (r\d+)$/gm)];
        expect(ends).toHaveLength(all.edges.length);
        expect(ends.flatMap(([, from, to]) => [from, to]).filter((id) => !drawn.has(id))).toEqual([]);
    });
});
