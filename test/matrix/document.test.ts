import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MatrixError, readDocument } from "../../matrix";
import { refusals, table, thrownBy } from "./documents";

const read = (text: string) => readDocument(text, "matrix.md");
const only = (text: string) => read(text).flows[0];
describe("a flow table", () => {
    test("gives a flow a row, with its place", () => {
        expect(only(table([["API", "Redis", "6379", "TCP", "Sockets"]]))).toEqual({
            id: "api>redis:tcp/6379",
            source: "API",
            destination: "Redis",
            transport: "TCP",
            ports: [{ from: 6379, to: 6379 }],
            application: "TCP",
            description: "Sockets",
            verdict: "allow",
            document: "matrix",
            life: {},
            place: { file: "matrix.md", line: 3, column: 2 },
            cells: {
                source: { column: 2, length: 3 },
                destination: { column: 6, length: 5 },
                port: { column: 12, length: 4 },
                protocol: { column: 17, length: 3 },
                description: { column: 21, length: 7 },
            },
            excerpt: "|API|Redis|6379|TCP|Sockets|",
            notes: [],
        });
    });

    test.each([
        ["French", ["Source", "Destination", "Port(s)", "Protocole", "Description"]],
        ["English", ["From", "To", "Ports", "Protocol", "Why"]],
        ["bold and capital", ["**SOURCE**", "**DESTINATION**", "**PORT**", "*PROTOCOLE*", "`Justification`"]],
        ["synonymous", ["Origine", "Cible", "Port de destination", "Transport", "Motif"]],
        ["plural", ["Sources", "Destinations", "Ports", "Protocoles", "Commentaires"]],
    ])("understands %s headers", (_, header) => {
        const flow = only(table([["API", "Redis", "6379", "TCP", "Sockets"]], header));
        expect(flow.id).toBe("api>redis:tcp/6379");
        expect(flow.description).toBe("Sockets");
    });

    test("is passed over when it is another table", () => {
        const other = table([["Critique", "SMS"]], ["Niveau", "Canal"]);
        expect(read(`${other}\n${table([["API", "Redis", "6379", "TCP", ""]])}`).flows).toHaveLength(1);
    });

    test("may stand in a block quote, with columns as the source line has them", () => {
        const quoted = table([["API", "Redis", "6379", "TCP", ""]]).replace(/^(?=\|)/gm, "> ");
        expect(only(quoted).cells.source).toEqual({ column: 4, length: 3 });
    });

    test("may lack the outer pipes", () => {
        const bare = "Source | Destination | Port | Protocole\n--- | --- | --- | ---\nAPI | Redis | 6379 | TCP\n";
        expect(only(bare).id).toBe("api>redis:tcp/6379");
    });

    test("is not read inside a code block or a comment", () => {
        const rows = table([["API", "Redis", "22", "TCP", ""]]);
        const real = table([["API", "Redis", "6379", "TCP", ""]]);
        const text = `\`\`\`\n${rows}\`\`\`\n\n<!--\n${rows}-->\n\n${real}`;
        expect(read(text).flows.map(({ id }) => id)).toEqual(["api>redis:tcp/6379"]);
    });
});

describe("a cell", () => {
    test("loses bold, links, code and escapes", () => {
        const row = [
            "**API** *v2*",
            "[Redis](https://redis.io)",
            "`6379`",
            "T\\CP".replace("\\", ""),
            "a \\| b &amp; `c`",
        ];
        const flow = only(table([row]));
        expect([flow.source, flow.destination, flow.id, flow.description]).toEqual([
            "API v2",
            "Redis",
            "api-v2>redis:tcp/6379",
            "a | b & c",
        ]);
    });

    test("keeps stars that would join numbers", () => {
        expect(refusals(table([["API", "Redis", "80*44*", "TCP", ""]]))).toEqual(["3:15 unreadable-port 2"]);
    });

    test("takes a line break between ports as a separator", () => {
        expect(only(table([["API", "Redis", "80<br>443", "TCP", "a<br>b"]]))).toMatchObject({
            id: "api>redis:tcp/80,443",
            description: "a b",
        });
    });

    test("is refused when struck out", () => {
        expect(refusals(table([["API", "~~Redis~~", "6379", "TCP", ""]]))).toEqual(["3:6 struck-out 9"]);
    });
});

describe("a footnote", () => {
    const rows = table([["Client", "Proxy", "80/443*", "HTTP/HTTPS*", ""]]);

    test("is attached to the rows that bear its mark", () => {
        const flow = only(`${rows}\nNote* : 80 répond 301.\n`);
        expect(flow.notes).toEqual(["80 répond 301."]);
        expect(flow.application).toBe("HTTP/HTTPS");
    });

    test("of another section is not taken", () => {
        const { flows, warnings } = read(`${rows}\n# Autre\n\n${rows}\nNote* : autre.\n`);
        expect(flows[0].notes).toEqual([]);
        expect(warnings.map(({ code, place }) => `${place.line} ${code}`)).toEqual([
            "3 missing-footnote",
            "3 missing-footnote",
        ]);
    });

    test("may stand under a heading of its own", () => {
        expect(only(`${rows}\n## Notes\n\n\\* : 80 répond 301.\n`).notes).toEqual(["80 répond 301."]);
    });

    test("in parentheses is kept, with a warning when it names a port", () => {
        const { flows, warnings } = read(table([["API", "SMTP", "587 (ou 465)", "SMTP", ""]]));
        expect(flows[0].notes).toEqual(["ou 465"]);
        expect(warnings.map(({ code }) => code)).toEqual(["port-in-note"]);
    });
});

describe("a transport", () => {
    const transports = (port: string, protocol: string) =>
        read(table([["A", "B", port, protocol, ""]])).flows.map(({ id }) => id.replace("a>b:", ""));

    test.each([
        ["443", "HTTPS", ["tcp/443"]],
        ["443", "UDP", ["udp/443"]],
        ["6443", "TCP (chiffré par SSL)", ["tcp/6443"]],
        ["53", "TCP/UDP", ["tcp/53", "udp/53"]],
        ["53", "DNS", ["tcp/53", "udp/53"]],
        ["123", "NTP", ["udp/123"]],
        ["53/TCP-UDP", "DNS", ["tcp/53", "udp/53"]],
        ["80/tcp, 53/udp", "", ["tcp/80", "udp/53"]],
        ["Ports métriques", "TCP", ["tcp/ports-metriques"]],
    ])("of %j, %j is %j", (port, protocol, ids) => {
        expect(transports(port, protocol)).toEqual(ids);
    });

    test("that the two cells contradict is refused", () => {
        expect(refusals(table([["A", "B", "53/udp", "TCP", ""]]))).toEqual(["3:6 transport-contradicted 6"]);
    });

    test.each(["ICMP", "ESP", "IP", "any"])("without ports (%s) is refused", (protocol) => {
        expect(refusals(table([["A", "B", "1", protocol, ""]]))).toEqual([`3:8 unknown-transport ${protocol.length}`]);
    });

    test("that no cell says is refused", () => {
        expect(refusals(table([["A", "B", "80", "", ""]]))).toEqual(["3:9 missing-protocol 1"]);
    });
});

describe("a reference", () => {
    const header = ["N°", "Source", "Destination", "Port", "Protocole"];

    test("is the flow's identity, whatever the port", () => {
        const id = (port: string) => only(table([["F12", "API", "Redis", port, "TCP"]], header)).id;
        expect([id("5432"), id("5433")]).toEqual(["F12", "F12"]);
    });

    test("tells its transports apart when the row has several", () => {
        const { flows } = read(table([["F1", "API", "DNS", "53", "TCP/UDP"]], header));
        expect(flows.map(({ id }) => id)).toEqual(["F1/tcp", "F1/udp"]);
    });

    test("that stands twice is refused, in one document and across tables", () => {
        const rows = [
            ["1", "API", "Redis", "6379", "TCP"],
            ["1", "API", "MongoDB", "27017", "TCP"],
        ];
        expect(refusals(table(rows, header))).toEqual(["4:2 duplicate-reference 1"]);
        expect(refusals(`${table([rows[0]], header)}\n${table([rows[1]], header)}`)).toEqual([
            "7:2 duplicate-reference 1",
        ]);
    });

    test.each(["Réf", "Ref.", "ID", "#", "Référence", "No"])("may be headed %s", (word) => {
        expect(only(table([["X1", "A", "B", "80", "TCP"]], [word, ...header.slice(1)])).id).toBe("X1");
    });
});

describe("a wrong document", () => {
    test("is told everything that is wrong at once, where it is wrong", () => {
        const rows = [
            ["API", "Redis", "six", "TCP", ""],
            ["API", "", "80", "TCP", ""],
            ["", "Redis", "80, **sept**", "TCP", ""],
            ["API", "Redis", "80", "TCP", "", "de trop"],
        ];
        expect(refusals(table(rows))).toEqual([
            "3:12 unreadable-port 3",
            "4:6 missing-name 1",
            "5:2 missing-name 1",
            "5:15 unreadable-port 4",
            "6:20 too-many-cells 7",
        ]);
    });

    test.each([
        ["Source", "1:1 missing-column 28"],
        ["Destination", "1:1 missing-column 23"],
        ["Port", "1:1 missing-column 30"],
        ["Protocole", "1:1 missing-column 25"],
    ])("that lacks the column %s is refused", (word, refusal) => {
        const header = ["Source", "Destination", "Port", "Protocole"];
        const index = header.indexOf(word);
        const row = ["API", "Redis", "6379", "TCP"];
        const without = (cells: string[]) => cells.filter((_, position) => position !== index);
        expect(refusals(table([without(row)], without(header)))).toEqual([refusal]);
    });

    test("is told which header may be the missing column", () => {
        const text = table([["API", "Redis", "6379", "TCP"]], ["Source", "Destinaton", "Port", "Protocole"]);
        const [diagnostic] = thrownBy(MatrixError, () => read(text)).diagnostics;
        expect(diagnostic.message).toBe('the table has no column Destination: is "Destinaton" it?');
    });

    test("with two columns of one meaning is refused", () => {
        const text = table(
            [["API", "API", "Redis", "6379", "TCP"]],
            ["Source", "Origine", "Destination", "Port", "Protocole"],
        );
        expect(refusals(text)).toEqual(["1:9 duplicate-column 7"]);
    });

    test("without flow table is refused", () => {
        expect(refusals("# Rien\n")).toEqual(["1:1 no-flow-table"]);
        expect(refusals("")).toEqual(["1:1 no-flow-table"]);
        expect(refusals(table([["a", "b"]], ["Niveau", "Canal"]))).toEqual(["1:1 no-flow-table"]);
    });

    test("with an empty flow table is refused", () => {
        expect(refusals(table([]))).toEqual(["1:1 empty-table 47"]);
    });

    test("with rows that fall out of their table is refused, not read in part", () => {
        const text = table([["API", "Redis", "6379", "TCP", ""]]);
        expect(refusals(`${text}\n|API|MongoDB|27017|TCP||\n`)).toEqual(["5:1 stray-row 24"]);
        expect(refusals(`${text}    |API|MongoDB|27017|TCP||\n`)).toEqual(["4:5 stray-row 24"]);
        expect(refusals("|Source|Destination|Port|Protocole|\n|---|---|---|\n|API|Redis|6379|TCP|\n")).toEqual([
            "1:1 no-flow-table",
            "1:1 stray-row 35",
            "2:1 stray-row 13",
            "3:1 stray-row 20",
        ]);
    });

    test("counts a pipe inside code as renderers do, and an escaped one as text", () => {
        expect(refusals(table([["API", "Redis", "6379", "TCP", "a `|` b"]]))).toEqual(["3:25 too-many-cells 3"]);
        expect(only(table([["API", "Redis", "6379", "TCP", "a `\\|` b"]])).description).toBe("a | b");
    });

    test("has its columns counted in characters, wide ones and emoji too", () => {
        expect(refusals(table([["用户界面", "🚀 Fusée", "八十", "TCP", ""]]))).toEqual(["3:15 unreadable-port 2"]);
    });

    test("as annex lacks the column of what its rows serve", () => {
        expect(refusals(table([["API", "Redis", "6379", "TCP", ""]]), "annex")).toEqual(["1:1 missing-column 47"]);
    });
});

describe("a document of Windows", () => {
    test("is read like any other: byte order mark and line ends", () => {
        const text = `# Flux\n\n${table([["API", "Redis", "6379", "TCP", "é"]])}\nNote* : rien\n`;
        expect(read(`\uFEFF${text.replace(/\n/g, "\r\n")}`)).toEqual(read(text));
    });
});

test("the microsegmentation table of an architecture document is read: 15 flows, other tables passed over", () => {
    const file = join(__dirname, "fixtures", "microsegmentation.md");
    const { flows, warnings } = readDocument(readFileSync(file, "utf8"), "microsegmentation.md");
    expect(warnings).toEqual([]);
    expect(flows.map(({ id }) => id)).toEqual([
        "internet>load-balancer:tcp/80,443",
        "load-balancer>nginx-proxy:tcp/80,443",
        "nginx-proxy>fastapi-backend:tcp/8000",
        "nginx-proxy>agent-service:tcp/8001",
        "nginx-proxy>oauth-manager:tcp/8002",
        "fastapi-backend>postgresql:tcp/5432",
        "fastapi-backend>redis:tcp/6379",
        "fastapi-backend>oauth-manager:tcp/8002",
        "agent-service>postgresql:tcp/5432",
        "agent-service>redis:tcp/6379",
        "agent-service>oauth-manager:tcp/8002",
        "oauth-manager>postgresql:tcp/5432",
        "oauth-manager>redis:tcp/6379",
        "oauth-manager>internet:tcp/443",
        "monitoring>tous-services:tcp/ports-metriques",
    ]);
    expect(flows[14]).toMatchObject({ ports: [], portSet: "Ports métriques" });
});
