import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Matrix, MatrixError, readDocument, resolve } from "../../matrix";
import { table, thrownBy } from "./documents";
import { inventory, resolveRows, roles } from "./inventories";

/** The errors of a refused matrix: `file:line:column code: message`. */
function refusals(run: () => unknown): string[] {
    return thrownBy(MatrixError, run)
        .diagnostics.filter(({ severity }) => severity === "error")
        .map(({ place, code, message }) => `${place.file}:${place.line}:${place.column} ${code}: ${message}`);
}
const pairs = (matrix: Matrix) => matrix.flows.map(({ from, to }) => `${from.name} → ${to.name}`);
const codes = (matrix: Matrix) => matrix.warnings.map(({ code, severity }) => `${severity} ${code}`);

describe("a name", () => {
    test.each(["API", "api", "**API**", "Backend", "Àpi"])("%j is the role API", (name) => {
        expect(pairs(resolveRows([[name, "Redis", "6379", "TCP", ""]]))).toEqual(["API → Redis"]);
    });

    test("that no role has is refused, with the nearest", () => {
        const error = thrownBy(MatrixError, () => resolveRows([["API", "Rediss", "6379", "TCP", ""]]));
        expect(error.diagnostics).toEqual([
            {
                severity: "error",
                code: "unknown-role",
                message: 'no role is called "Rediss"',
                expected: 'did you mean "Redis"?',
                place: { file: "matrix.md", line: 3, column: 6 },
                excerpt: "|API|Rediss|6379|TCP||",
                length: 6,
            },
        ]);
    });

    test("that fits two roles is refused", () => {
        const admins = inventory(
            "API: { workload: shop/api }\nAdmin applicatif: { kind: people, cidrs: a }\nAdmin technique: { kind: people, cidrs: b }",
        );
        expect(refusals(() => resolveRows([["Admin", "API", "80", "TCP", ""]], admins))).toEqual([
            'matrix.md:3:2 ambiguous-name: "Admin" fits two roles: Admin applicatif, Admin technique',
        ]);
    });

    test("is told for every row, with everything else that is wrong", () => {
        const rows = [
            ["Foo", "Bar", "1", "TCP", ""],
            ["API", "Redis", "Ports bleus", "TCP", ""],
        ];
        expect(refusals(() => resolveRows(rows))).toEqual([
            'matrix.md:3:2 unknown-role: no role is called "Foo"',
            'matrix.md:3:6 unknown-role: no role is called "Bar"',
            'matrix.md:4:12 unknown-port-set: the set of ports "Ports bleus" is not in the inventory',
        ]);
    });
});

describe("without an inventory", () => {
    test("every name is a workload of the namespace default, and Internet the internet", () => {
        const matrix = resolveRows(
            [
                ["Internet", "Front User", "443", "HTTPS", ""],
                ["Front User", "Base de données", "5432", "TCP", ""],
            ],
            null,
        );
        expect(matrix.platform).toBe("matrix");
        expect(matrix.namespaces).toEqual(["default"]);
        expect(matrix.roles.map(({ name, kind, workload }) => [name, kind, workload?.name])).toEqual([
            ["Internet", "internet", undefined],
            ["Front User", "workload", "front-user"],
            ["Base de données", "workload", "base-de-donnees"],
        ]);
        expect(matrix.role("Base de données").podLabels).toEqual({
            "app.kubernetes.io/name": "base-de-donnees",
            "matrice.dev/connected": "true",
        });
    });

    test("two spellings of one slug are pointed out, and so is what reads as a group", () => {
        const matrix = resolveRows(
            [
                ["App User", "Redis", "1", "TCP", ""],
                ["App-User", "Tous services", "2", "TCP", ""],
            ],
            null,
        );
        expect(codes(matrix)).toEqual(["warning merged-names", "warning group-without-inventory"]);
    });
});

describe("a group", () => {
    test("is every workload less the other end, each member a flow of its own", () => {
        const matrix = resolveRows([["Tous les pods", "Cluster DNS", "53/UDP", "DNS", ""]]);
        expect(matrix.flows.map(({ id, row }) => [id, row])).toEqual(
            ["proxy", "api", "redis", "prometheus", "influxdb"].map((member) => [
                `tous-les-pods>cluster-dns:udp/53[${member}]`,
                "tous-les-pods>cluster-dns:udp/53",
            ]),
        );
        expect(pairs(resolveRows([["Prometheus", "Tous les pods", "9090", "TCP", ""]]))).toEqual([
            "Prometheus → Proxy",
            "Prometheus → API",
            "Prometheus → Redis",
            "Prometheus → InfluxDB",
        ]);
    });

    test("has the members that the inventory lists", () => {
        const listed = inventory(roles.replace("{ kind: group }", "{ kind: group, members: [API, Redis] }"));
        expect(pairs(resolveRows([["Tous les pods", "Redis", "1", "TCP", ""]], listed))).toEqual(["API → Redis"]);
    });

    test("at both ends never connects a role to itself", () => {
        const listed = inventory(roles.replace("{ kind: group }", "{ kind: group, members: [API, Redis] }"));
        const matrix = resolveRows([["Tous les pods", "Tous les pods", "1", "TCP", ""]], listed);
        expect(matrix.flows.map(({ id }) => id)).toEqual([
            "tous-les-pods>tous-les-pods:tcp/1[api>redis]",
            "tous-les-pods>tous-les-pods:tcp/1[redis>api]",
        ]);
    });
});

describe("a part", () => {
    const parts = inventory(`${roles}Issuer: { workload: tools/issuer, partOf: Proxy, carries: [Internet] }`);

    test("carries the whole's flows to what it carries, and no other", () => {
        const matrix = resolveRows(
            [
                ["Proxy", "Internet", "443", "HTTPS", ""],
                ["Proxy", "API", "80", "HTTP", ""],
            ],
            parts,
        );
        expect(pairs(matrix)).toEqual(["Issuer → Internet", "Proxy → API"]);
        expect(matrix.flows[0]).toMatchObject({ source: "Proxy", id: "proxy>internet:tcp/443" });
        expect(matrix.port("Proxy", "Internet")).toBe(443);
    });
});

describe("a verdict that refuses", () => {
    const header = ["Source", "Destination", "Port", "Protocole", "Statut"];
    const verdicts = (...rows: string[][]) =>
        resolve([readDocument(table(rows, header), "matrix.md")], inventory(roles));

    test("opens nothing and becomes an assertion", () => {
        const matrix = verdicts(["API", "Redis", "6379", "TCP", "ok"], ["Proxy", "Redis", "6379", "TCP", "refusé"]);
        expect(pairs(matrix)).toEqual(["API → Redis"]);
        expect(matrix.refused.map(({ id }) => id)).toEqual(["proxy>redis:tcp/6379"]);
        expect(matrix.role("Redis").listeners()[0].flows).toHaveLength(1);
    });

    test("against a row that allows is a contradiction, through groups and ranges too", () => {
        expect(
            refusals(() =>
                verdicts(["API", "Redis", "6379", "TCP", "ok"], ["Backend", "Redis", "6000-7000", "TCP", "non"]),
            ),
        ).toEqual(["matrix.md:4:30 contradiction: the row refuses API → Redis 6000-7000, which matrix.md:3 allows"]);
        expect(
            refusals(() => verdicts(["Tous les pods", "Redis", "1", "TCP", ""], ["API", "Redis", "1", "TCP", "non"])),
        ).toHaveLength(1);
    });

    test("does not contradict another transport or port", () => {
        const rows = [
            ["API", "Redis", "1", "TCP", "ok"],
            ["API", "Redis", "1", "UDP", "non"],
            ["API", "Redis", "2", "TCP", "non"],
        ];
        expect(verdicts(...rows).refused).toHaveLength(2);
    });
});

describe("a row written twice", () => {
    test("is one flow, and pointed out", () => {
        const matrix = resolveRows([
            ["API", "Redis", "1, 2", "TCP", "a"],
            ["API", "Redis", "2/1", "TCP", "b"],
        ]);
        expect(pairs(matrix)).toEqual(["API → Redis"]);
        expect(codes(matrix)).toEqual(["warning duplicate-row"]);
    });

    test("under one reference in two documents is refused", () => {
        const header = ["N°", "Source", "Destination", "Port", "Protocole"];
        const read = (file: string) => readDocument(table([["F1", "API", "Redis", "1", "TCP"]], header), file);
        expect(refusals(() => resolve([read("a.md"), read("b.md")]))).toEqual([
            'b.md:3:2 duplicate-reference: the reference "F1" is already that of a.md:3',
        ]);
    });
});

describe("an annex row", () => {
    const rows = [
        ["Client", "Proxy", "443", "HTTPS", ""],
        ["API", "Redis", "6379", "TCP", ""],
    ];
    const annex = (...annexRows: string[][]) => resolveRows(rows, undefined, annexRows);

    test.each(["API → Redis", "api -> redis", "Backend → Redis", "Réplication des caches"])(
        "may serve %j",
        (serves) => {
            const matrix = annex(["Redis", "Redis", "6379", "TCP", serves]);
            expect(matrix.flows[2]).toMatchObject({ document: "annex", serves });
        },
    );

    test("that serves a row which does not exist is refused", () => {
        expect(refusals(() => annex(["Redis", "Redis", "6379", "TCP", "API → Rediss"]))).toEqual([
            "annex.md:3:23 unknown-served-row: the matrix has no row API → Rediss",
        ]);
        expect(refusals(() => annex(["Redis", "Redis", "6379", "TCP", "Redis → API"]))).toHaveLength(1);
    });

    test("that serves another annex row is refused", () => {
        const served = ["Redis", "Redis", "6379", "TCP", "un besoin"];
        expect(refusals(() => annex(served, ["Redis", "Redis", "16379", "TCP", "Redis → Redis"]))).toHaveLength(1);
    });

    test.each([
        ["Internet", "Proxy"],
        ["Client", "Proxy"],
        ["API", "Internet"],
    ])("that opens %s → %s must name the row it serves", (from, to) => {
        const column = `|${from}|${to}|80|HTTP|`.length + 1;
        expect(refusals(() => annex([from, to, "80", "HTTP", "un besoin"]))).toEqual([
            `annex.md:3:${column} unserved-opening: the row opens a role to the outside (${from === "API" ? to : from}) without naming the row of the matrix it serves`,
        ]);
        expect(annex([from, to, "80", "HTTP", "Client → Proxy"]).flows).toHaveLength(3);
    });

    test("that does not say what it serves is refused", () => {
        expect(refusals(() => annex(["Redis", "Redis", "6379", "TCP", ""]))).toEqual([
            "annex.md:3:23 missing-serves: the row does not say what it serves",
        ]);
    });

    test("may serve a row by its reference", () => {
        const matrix = readDocument(
            table([["F7", "Client", "Proxy", "443", "HTTPS"]], ["N°", "Source", "Destination", "Port", "Protocole"]),
            "matrix.md",
        );
        const more = readDocument(
            table([["Internet", "Proxy", "80", "HTTP", "F7"]], ["Source", "Destination", "Port", "Protocole", "Sert"]),
            "annex.md",
            { document: "annex" },
        );
        expect(resolve([matrix, more], inventory(roles)).flows).toHaveLength(2);
    });
});

describe("a named set of ports", () => {
    const file = join(__dirname, "fixtures", "microsegmentation.md");
    const text = readFileSync(file, "utf8");
    const platform = inventory(
        `Internet: { kind: internet }
Load Balancer: { kind: loadBalancer }
Nginx Proxy: { workload: shop/nginx }
FastAPI Backend: { workload: shop/backend, ports: { http: from Nginx Proxy, metrics: from Monitoring } }
Agent Service: { workload: shop/agent }
OAuth Manager: { workload: shop/oauth }
PostgreSQL: { workload: shop/postgresql }
Redis: { workload: shop/redis }
Monitoring: { workload: tools/monitoring }
Tous services: { kind: group }`,
        "portSets: { ports metriques: metrics }",
    );
    const annex = (...rows: string[][]) => [
        readDocument(text, "chapter.md"),
        readDocument(table(rows, ["Source", "Destination", "Port", "Protocole", "Sert"]), "annex.md", {
            document: "annex",
        }),
    ];

    test("is filled in by the annex, member by member; the others are reported and stay closed", () => {
        const matrix = resolve(
            annex(
                ["Monitoring", "FastAPI Backend", "9100", "TCP", "un besoin"],
                ["Monitoring", "Redis", "9121", "TCP", "Monitoring → Tous services"],
            ),
            platform,
        );
        const filled = matrix.flows.filter(({ portSet }) => portSet !== undefined);
        expect(filled.map(({ id, ports }) => [id, ports])).toEqual([
            ["monitoring>tous-services:tcp/ports-metriques[fastapi-backend]", [{ from: 9100, to: 9100 }]],
            ["monitoring>tous-services:tcp/ports-metriques[redis]", [{ from: 9121, to: 9121 }]],
        ]);
        expect(matrix.unfilled.map(({ to }) => to.name)).toEqual([
            "Nginx Proxy",
            "Agent Service",
            "OAuth Manager",
            "PostgreSQL",
        ]);
        expect(codes(matrix)).toEqual(Array(4).fill("warning unfilled-port-set"));
        expect(matrix.role("FastAPI Backend").port("metrics")).toBe(9100);
    });

    test("that nothing fills in opens nothing, with or without an inventory", () => {
        const matrix = resolve([readDocument(text, "chapter.md")]);
        expect(matrix.flows).toHaveLength(14);
        expect(matrix.unfilled).toHaveLength(1);
        expect(resolve([readDocument(text, "chapter.md")], platform).unfilled).toHaveLength(6);
    });
});

describe("expiry", () => {
    const rows = (expires: string, review = "") => {
        const header = ["Source", "Destination", "Port", "Protocole", "Expire le", "Revue", "Responsable"];
        return [readDocument(table([["API", "Redis", "1", "TCP/UDP", expires, review, "Alice"]], header), "matrix.md")];
    };
    const on = new Date("2026-11-22T12:00:00Z");

    test("past is an error, once a row, naming the owner", () => {
        expect(refusals(() => resolve(rows("2026-11-21"), undefined, { on }))).toEqual([
            "matrix.md:3:22 expired: the flow expired on 2026-11-21 (owner: Alice)",
        ]);
    });

    test.each([
        ["2026-11-22", ["warning expires-soon"]],
        ["2026-12-22", ["warning expires-soon"]],
        ["2026-12-23", []],
        ["", []],
    ])("on %j is announced thirty days before", (day, expected) => {
        const matrix = resolve(rows(day), undefined, { on });
        expect(codes(matrix)).toEqual(expected);
        expect(matrix.flows).toHaveLength(2);
    });

    test("a review that is due is announced", () => {
        expect(codes(resolve(rows("", "2026-11-01"), undefined, { on }))).toEqual(["warning review-due"]);
    });

    test("is not judged without a day", () => {
        expect(resolve(rows("2020-01-01")).flows).toHaveLength(2);
    });
});

test("how a destination is used comes from the inventory, else scrape for its metrics", () => {
    const matrix = resolveRows([
        ["Proxy", "API", "80", "HTTP", ""],
        ["Prometheus", "API", "9091", "HTTP", ""],
        ["Prometheus", "InfluxDB", "8086", "HTTP", ""],
    ]);
    expect(matrix.flows.map(({ use }) => use)).toEqual([undefined, "scrape", "remote-write"]);
});
