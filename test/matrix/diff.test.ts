import { diffMatrices, readDocument, resolve } from "../../matrix";
import { table } from "./documents";
import { inventory, resolveRows, roles } from "./inventories";

const rows = [
    ["Proxy", "API", "80", "HTTP", "a"],
    ["API", "Redis", "6379", "TCP", "b"],
];
const changes = (before: string[][], after: string[][]) =>
    diffMatrices(resolveRows(before), resolveRows(after)).map(({ kind, id }) => `${kind} ${id}`);

describe("a diff", () => {
    test("of the same rows in another order is empty", () => {
        expect(changes(rows, [...rows].reverse())).toEqual([]);
    });

    test("names what is opened and what is closed", () => {
        expect(changes(rows, [rows[0], ["API", "Redis", "6380", "TCP", "b"]])).toEqual([
            "closed api>redis:tcp/6379",
            "opened api>redis:tcp/6380",
        ]);
    });

    test("tells a change of words from a change of what can connect", () => {
        const [change] = diffMatrices(resolveRows(rows), resolveRows([rows[0], ["API", "Redis", "6379", "TCP", "c"]]));
        expect(change).toMatchObject({
            kind: "changed",
            id: "api>redis:tcp/6379",
            fields: ["description"],
            effective: false,
        });
    });

    test("keeps a flow with a reference the same flow when its port changes", () => {
        const read = (port: string) => {
            const text = table(
                [["F12", "API", "Redis", port, "TCP"]],
                ["N°", "Source", "Destination", "Port", "Protocole"],
            );
            return resolve([readDocument(text, "matrix.md")]);
        };
        expect(diffMatrices(read("5432"), read("5433"))).toMatchObject([
            { kind: "changed", id: "F12", fields: ["ports"], effective: true },
        ]);
    });

    test("shows a new member of a group as an opening", () => {
        const everyone = [["Tous les pods", "Cluster DNS", "53/UDP", "DNS", ""]];
        const grown = inventory(`${roles}New: { workload: shop/new }`);
        expect(
            diffMatrices(resolveRows(everyone), resolveRows(everyone, grown)).map(({ kind, id }) => `${kind} ${id}`),
        ).toEqual(["opened tous-les-pods>cluster-dns:udp/53[new]"]);
    });

    test("shows a row that turns from allowed to refused as a closing", () => {
        const read = (word: string) => {
            const text = table(
                [
                    ["API", "Redis", "1", "TCP", word],
                    ["API", "Redis", "2", "TCP", ""],
                ],
                ["Source", "Destination", "Port", "Protocole", "Statut"],
            );
            return resolve([readDocument(text, "matrix.md")]);
        };
        expect(diffMatrices(read("ok"), read("refusé")).map(({ kind }) => kind)).toEqual(["closed"]);
    });
});
