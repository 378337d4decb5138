import { MatrixError, readInventory } from "../../matrix";
import { thrownBy } from "./documents";
import { inventory } from "./inventories";

/** The diagnostics of a refused inventory: `line:column code: message; expected …`. */
function refusals(run: () => unknown): string[] {
    return thrownBy(MatrixError, run).diagnostics.map(({ place, code, message, expected }) =>
        [`${place.line}:${place.column} ${code}: ${message}`, expected].filter(Boolean).join("; "),
    );
}
const role = (yaml: string, more = "") => refusals(() => inventory(yaml, more));

describe("an inventory", () => {
    test("is read whole", () => {
        const read = inventory(
            `API: { workload: shop/api, zone: data, ports: { http: "from Proxy, Client as HTTP", metrics: [from Client, as TCP] } }
Client: { kind: people, cidrs: clients, also: [Passager] }
Proxy: { workload: shop/proxy, zone: exposed }`,
            "zones: [exposed, data]\ncrossings: [exposed → data, Proxy -> Client]\nportSets: { Ports métriques: metrics }\ndecisions: [{ row: A → B, decision: C }]",
        );
        expect(read).toMatchObject({
            platform: "shop",
            namespaces: ["shop", "tools"],
            zones: ["exposed", "data"],
            crossings: [
                { from: "exposed", to: "data" },
                { from: "Proxy", to: "Client" },
            ],
            portSets: { "Ports métriques": "metrics" },
            decisions: [{ row: "A → B", decision: "C" }],
        });
        expect(read.roles[0]).toMatchObject({
            name: "API",
            kind: "workload",
            workload: { namespace: "shop", name: "api" },
            ports: {
                http: [{ from: ["Proxy", "Client"], as: "HTTP" }],
                metrics: [{ from: ["Client"] }, { as: "TCP" }],
            },
            place: { file: "inventory.yaml", line: 8, column: 5 },
        });
        expect(read.roles[1]).toMatchObject({ kind: "people", cidrs: "clients", also: ["Passager"], optional: false });
    });

    test("may have a byte order mark and Windows line ends", () => {
        const text = "platform: shop\nnamespaces: [shop]\nroles:\n    API: { workload: shop/api }\n";
        expect(readInventory(`\uFEFF${text.replace(/\n/g, "\r\n")}`, "i.yaml")).toEqual(readInventory(text, "i.yaml"));
    });

    test("that YAML refuses is refused at the place", () => {
        expect(refusals(() => readInventory("platform: [shop\nroles: {}\n", "i.yaml"))[0]).toMatch(
            /^2:1 unreadable-yaml: /,
        );
        expect(role("API: { workload: shop/api }\nAPI: { workload: shop/api }")[0]).toMatch(
            /^6:5 unreadable-yaml: Map keys must be unique/,
        );
    });

    test("that is empty is told what is missing", () => {
        expect(refusals(() => readInventory("", "i.yaml"))).toEqual([
            "1:1 invalid-inventory: platform is missing; string",
            "1:1 invalid-inventory: namespaces is missing; array",
            "1:1 invalid-inventory: roles is missing; record",
        ]);
    });

    test.each([
        [
            "a number for a port",
            "API: { workload: shop/api, ports: { http: 80 } }",
            /^5:41 invalid-inventory: roles › API › ports › http: 80 does not fit; where the port is written/,
        ],
        [
            "a port rule in other words",
            "API: { workload: shop/api, ports: { http: Proxy } }",
            /^5:41 .*"Proxy" does not fit; "from SOURCE/,
        ],
        [
            "an unknown key",
            "API: { worklod: shop/api }",
            /^5:12 unknown-key: "worklod" is not known here; did you mean "workload"\?/,
        ],
        [
            "an unknown kind",
            "API: { kind: pod }",
            /^5:12 invalid-inventory: roles › API › kind: "pod" does not fit; one of "workload"/,
        ],
        ["a workload without namespace", "API: { workload: api }", /^5:12 .*"api" does not fit; namespace\/name/],
        [
            "a host with a scheme",
            "S: { kind: external, hosts: ['https://a.b'] }",
            /^5:34 .*"https:\/\/a\.b" does not fit; a host name/,
        ],
        [
            "a workload without pods",
            "API: {}",
            /^5:5 incomplete-role: API is a workload without its pods; workload: namespace\/name/,
        ],
        ["people without addresses", "C: { kind: people }", /^5:5 incomplete-role: nothing says from where C connects/],
        ["an external role without hosts", "C: { kind: external }", /^5:5 incomplete-role: nothing says what C is/],
        [
            "people with pods",
            "C: { kind: people, cidrs: c, workload: shop/c }",
            /^5:5 incomplete-role: C is of kind people, which has no pods/,
        ],
        [
            "members of no group",
            "C: { workload: shop/c, members: [C] }",
            /^5:5 incomplete-role: C has members but is no group/,
        ],
        [
            "another's namespace",
            "API: { workload: shp/api }",
            /^5:12 unknown-namespace: the platform does not own the namespace shp; did you mean "shop"\?/,
        ],
        [
            "an unknown source of ports",
            "API: { workload: shop/api, ports: { http: from Prxy } }\nProxy: { workload: shop/proxy }",
            /^5:41 unknown-role: no role is called "Prxy"; did you mean "Proxy"\?/,
        ],
        [
            "an unknown destination of use",
            "API: { workload: shop/api, uses: { Foo: scrape } }",
            /^5:40 unknown-role: no role is called "Foo"$/,
        ],
        ["an unknown member", "G: { kind: group, members: [Foo] }", /^5:33 unknown-role: no role is called "Foo"$/],
        ["an unknown whole", "P: { workload: shop/p, partOf: Foo }", /^5:28 unknown-role: no role is called "Foo"$/],
        [
            "carrying for nobody",
            "P: { workload: shop/p, carries: [P] }",
            /^5:28 incomplete-role: P carries flows but is part of nothing/,
        ],
        [
            "a zone that is not listed",
            "P: { workload: shop/p, zone: data }",
            /^5:28 unknown-zone: the zone "data" is not listed/,
        ],
        [
            "a name that another role has too",
            "P: { workload: shop/p, also: [Q] }\nQ: { workload: shop/q }",
            /^6:5 ambiguous-name: "Q" fits two roles: P and Q/,
        ],
        [
            "a name spelt as another's",
            "App User: { workload: shop/p }\napp-user: { workload: shop/q }",
            /^6:5 ambiguous-name: "app-user" fits two roles/,
        ],
        [
            "another's workload",
            "P: { workload: shop/p }\nQ: { workload: shop/p }",
            /^6:10 shared-workload: shop\/p is already the workload of P/,
        ],
    ])("is refused for %s", (_, yaml, refusal) => {
        const found = role(yaml);
        expect(found).toHaveLength(1);
        expect(found[0]).toMatch(refusal);
    });

    test("is refused for crossings of nothing", () => {
        expect(role("P: { workload: shop/p }", "zones: [data]\ncrossings: [data → P, data → dta]")).toEqual([
            '4:23 unknown-zone: "dta" is neither a zone nor a role; did you mean "data"?',
        ]);
        expect(role("P: { workload: shop/p }", "crossings: [data]")).toEqual([
            '3:13 invalid-inventory: crossings › 0: "data" does not fit; ZONE → ZONE',
        ]);
    });

    test("is told everything that is wrong at once", () => {
        expect(role("P: { workload: shop/p, zone: x }\nQ: { workload: shop/p, uses: { Z: a } }")).toHaveLength(3);
    });
});
