import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MatrixError, lint, loadMatrix, loadPlatform, platformFiles } from "../../matrix";
import { thrownBy } from "./documents";

const folder = join(__dirname, "..", "..", "platforms", "e-chauffeur");
const matrix = loadPlatform(folder);
const rowsOf = (document: "matrix" | "annex") =>
    new Set(matrix.flows.filter((flow) => flow.document === document).map(({ row }) => row));

describe("the e-chauffeur platform", () => {
    test("has its 33 rows, 23 of the application and 10 of metrics", () => {
        expect(matrix.flows.filter((flow) => flow.document === "matrix")).toHaveLength(33);
        expect(rowsOf("matrix").size).toBe(33);
    });

    test("has an annex whose every row names what it serves: a row, or a need without an arrow", () => {
        const annex = matrix.flows.filter((flow) => flow.document === "annex");
        expect(annex.length).toBeGreaterThan(10);
        const rows = new Set(matrix.flows.map(({ source, destination }) => `${source} → ${destination}`));
        const serves = annex.map(({ serves = "" }) => serves);
        expect(serves.filter((text) => text === "" || (text.includes("→") && !rows.has(text)))).toEqual([]);
    });

    test("is read without warning, and crosses no zone unexpectedly", () => {
        expect(matrix.warnings).toEqual([]);
        expect(lint(matrix)).toEqual([]);
    });

    test("gives every listener of its rows a purpose, and every purpose a port", () => {
        const ports = matrix.roles
            .filter((role) => role.isWorkload)
            .flatMap((role) =>
                role
                    .listeners()
                    .filter(({ flows }) => flows.some(({ document }) => document === "matrix"))
                    .map(({ from, transport, purposes }) => `${role.name} ${from}/${transport} ${purposes.join(" ")}`),
            );
        expect(ports).toEqual([
            "Proxy 80/TCP http",
            "Proxy 443/TCP https",
            "Redirect 80/TCP http",
            "API 80/TCP http",
            "API 9091/TCP metrics",
            "App Dashboard 80/TCP http",
            "App Dashboard 9091/TCP metrics",
            "App User 80/TCP http",
            "App User 9091/TCP metrics",
            "App Driver 80/TCP http",
            "App Driver 9091/TCP metrics",
            "MongoDB 9091/TCP metrics",
            "MongoDB 27017/TCP mongodb",
            "Redis 6379/TCP redis",
            "Grafana 80/TCP http metrics",
            "Prometheus 9090/TCP http",
            "InfluxDB 8086/TCP http metrics",
            "Loki 3100/TCP http metrics",
        ]);
    });

    test("scrapes the five roles of its rows, and writes to InfluxDB", () => {
        const uses = matrix
            .flowsFrom(matrix.role("Prometheus"))
            .filter(({ use, document }) => use && document === "matrix");
        expect(uses.map(({ to, use }) => `${to.name} ${use}`)).toEqual([
            "InfluxDB remote-write, scrape",
            "API scrape",
            "App Dashboard scrape",
            "App Driver scrape",
            "App User scrape",
            "MongoDB scrape",
        ]);
    });

    test("orders certificates from cert-manager's pods", () => {
        expect(
            matrix.flowsTo(matrix.role("Let's Encrypt")).map(({ source, from }) => `${source}: ${from.name}`),
        ).toEqual(["Proxy: cert-manager"]);
    });

    test("says how each row that needed a decision is read", () => {
        expect(matrix.inventory.decisions.length).toBeGreaterThanOrEqual(9);
        // The rows named exist: each end is a role.
        for (const { row } of matrix.inventory.decisions) {
            if (!row.includes("→")) continue;
            const [sources, destinations] = row.split(" → ").map((names) => names.split(", "));
            for (const source of sources) {
                for (const destination of destinations) {
                    const flows = matrix.flows.filter(
                        (flow) => flow.source === source && flow.destination === destination,
                    );
                    expect({ source, destination, found: flows.length > 0 }).toEqual({
                        source,
                        destination,
                        found: true,
                    });
                }
            }
        }
    });

    test("writes no port in its inventory", () => {
        const text = readFileSync(platformFiles(folder).inventory, "utf8").replace(/^decisions:[^]*/m, "");
        expect(text.replace(/#.*/g, "").match(/(?<![-\w])\d{2,5}(?![-\w])/g)).toBeNull();
    });
});

describe("loading", () => {
    const temporary = mkdtempSync(join(tmpdir(), "matrix-"));
    afterAll(() => rmSync(temporary, { recursive: true }));
    const file = (name: string, text: string) => {
        writeFileSync(join(temporary, name), text);
        return join(temporary, name);
    };

    test("tells what is wrong in every file at once", () => {
        const error = thrownBy(MatrixError, () =>
            loadMatrix({
                matrix: [file("a.md", "# Rien"), join(temporary, "absent.md")],
                annex: file("b.md", "|Source|Destination|Port|\n|-|-|-|\n"),
                inventory: file("c.yaml", "platform: X"),
            }),
        );
        expect(error.diagnostics.map(({ code }) => code)).toEqual([
            "no-flow-table",
            "unreadable-file",
            "missing-column",
            "missing-column",
            "empty-table",
            "invalid-inventory",
            "invalid-inventory",
            "invalid-inventory",
        ]);
    });

    test("judges expiry on the day given", () => {
        const text = "|Source|Destination|Port|Protocole|Expiration|\n|-|-|-|-|-|\n|A|B|80|TCP|2026-06-30|\n";
        const path = file("d.md", text);
        expect(loadMatrix({ matrix: [path], on: new Date("2026-01-01") }).warnings).toEqual([]);
        expect(loadMatrix({ matrix: [path], on: new Date("2026-06-01") }).warnings.map(({ code }) => code)).toEqual([
            "expires-soon",
        ]);
        expect(() => loadMatrix({ matrix: [path], on: new Date("2026-07-01") })).toThrow(/expired on 2026-06-30/);
    });
});
