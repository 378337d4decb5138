import fc from "fast-check";
import { MatrixError, readDocument, resolve } from "../../matrix";
import { table } from "./documents";

const header = ["Source", "Destination", "Port", "Protocole", "Description"];
const name = fc.constantFrom(
    "API",
    "App User",
    "Régulateur",
    "Let's Encrypt",
    "Redis",
    "用户",
    "Serveur(s) web",
    "Base | privée",
);
const port = fc.integer({ min: 1, max: 65535 });
const ports = fc.oneof(
    port.map(String),
    fc.uniqueArray(port, { minLength: 2, maxLength: 4 }).map((list) => list.join(", ")),
    fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
);
const words = fc.constantFrom(
    "",
    "Accès web",
    "**important**",
    "a `b` c",
    "voir [ici](https://a.b)",
    "naïf & vif",
    "x \\| y",
);
const row = fc.tuple(name, name, ports, fc.constantFrom("TCP", "UDP", "HTTPS", "TCP/UDP", "DNS"), words);
const rows = fc.uniqueArray(row, { minLength: 1, maxLength: 12, selector: (cells) => cells.slice(0, 4).join("|") });

const written = (cells: readonly string[]) => cells.map((cell) => cell.replace(/(?<!\\)\|/g, "\\|"));
const ids = (text: string) =>
    readDocument(text, "matrix.md")
        .flows.map(({ id }) => id)
        .sort();

describe("a document", () => {
    test("keeps its ids whatever the order of rows and columns, the wording and the decoration", () => {
        const shuffled = rows.chain((list) =>
            fc.record({
                list: fc.constant(list),
                order: fc.shuffledSubarray([...list.keys()], { minLength: list.length, maxLength: list.length }),
                columns: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5, maxLength: 5 }),
                bold: fc.boolean(),
                description: words,
            }),
        );
        fc.assert(
            fc.property(shuffled, ({ list, order, columns, bold, description }) => {
                const other = order.map((index) => {
                    const cells = written([...list[index].slice(0, 4), description]);
                    return columns.map((column) =>
                        bold && column < 2 ? ` **${cells[column]}** ` : `  ${cells[column]}`,
                    );
                });
                const otherHeader = columns.map((column) => header[column]);
                expect(ids(table(other, otherHeader))).toEqual(ids(table(list.map(written), header)));
            }),
        );
    });

    test("reads the same with Windows line ends and a byte order mark", () => {
        fc.assert(
            fc.property(rows, fc.boolean(), (list, mark) => {
                const text = `# Flux\n\n${table(list.map(written), header)}`;
                const windows = `${mark ? "\uFEFF" : ""}${text.replace(/\n/g, "\r\n")}`;
                expect(readDocument(windows, "m.md")).toEqual(readDocument(text, "m.md"));
            }),
        );
    });

    test("has each cell where its flow says", () => {
        fc.assert(
            fc.property(rows, (list) => {
                for (const flow of readDocument(table(list.map(written), header), "m.md").flows) {
                    const line = Array.from(flow.excerpt);
                    for (const cell of Object.values(flow.cells)) {
                        const start = cell.column - 1;
                        expect(line.slice(start - 1, start)).toEqual(["|"]);
                        if (cell.length > 0) expect(line[start + cell.length]).toBe("|");
                    }
                }
            }),
        );
    });

    test("that is garbage is refused with a place inside it, and with nothing but a MatrixError", () => {
        const cell = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: "grapheme", maxLength: 8 }), name, ports);
        const garbage = fc.oneof(
            fc.array(fc.array(cell, { maxLength: 7 }), { maxLength: 6 }).map((list) => table(list, header)),
            fc.string({ unit: "binary", maxLength: 200 }),
        );
        fc.assert(
            fc.property(garbage, (text) => {
                try {
                    for (const flow of resolve([readDocument(text, "m.md")]).flows) {
                        for (const { from, to } of flow.ports)
                            expect(1 <= from && from <= to && to <= 65535).toBe(true);
                    }
                } catch (error) {
                    if (!(error instanceof MatrixError)) throw error;
                    const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
                    for (const { place } of error.diagnostics) {
                        expect(place.line).toBeLessThanOrEqual(lines.length);
                        expect(place.column).toBeLessThanOrEqual(Array.from(lines[place.line - 1]).length + 1);
                    }
                }
            }),
            { numRuns: 1000 },
        );
    });
});
