import { type Matrix, MatrixError, lint, readDocument, resolve } from "../../matrix";
import { table, thrownBy } from "./documents";
import { inventory, roles } from "./inventories";

const rows = table([["API", "Redis", "6379", "TCP", ""]]);
const rules = `
**Règles entrantes**:

- **SSH**: Port 22 depuis les \`IPs\` d'administration
- sans nom

Règles sortantes :

- **NTP** : [heure](https://example.org)
`;
const answers = (text: string) => inventory(roles, `answers: ${text}`);
const resolved = (used = inventory(roles), text = rules): Matrix =>
    resolve([readDocument(`${rows}${text}`, "matrix.md")], used);
const errors = (run: () => unknown) =>
    thrownBy(MatrixError, run)
        .diagnostics.map(({ code, place }) => `${place.file}:${place.line} ${code}`)
        .sort();

describe("rules in words", () => {
    test("are read from the lists under their titles, with their place", () => {
        expect(readDocument(`${rows}${rules}`, "matrix.md").rules).toEqual([
            {
                name: "SSH",
                text: "Port 22 depuis les IPs d'administration",
                direction: "inbound",
                place: { file: "matrix.md", line: 7, column: 5 },
                excerpt: "- **SSH**: Port 22 depuis les `IPs` d'administration",
                length: 3,
            },
            expect.objectContaining({ name: "NTP", text: "heure", direction: "outbound" }),
        ]);
    });

    test.each(["Inbound rules:", "## Règles entrantes", "**REGLES ENTRANTES** :", "Outbound Rules"])(
        "stand under %j",
        (title) => {
            expect(readDocument(`${rows}\n${title}\n\n- **SSH**: x\n`, "matrix.md").rules).toHaveLength(1);
        },
    );

    test.each(["Règles", "## 6.1.2 Pare-feu applicatif", "Nos règles entrantes sont bonnes"])(
        "do not stand under %j",
        (title) => {
            expect(readDocument(`${rows}\n${title}\n\n- **SSH**: x\n`, "matrix.md").rules).toEqual([]);
        },
    );

    test("open nothing, and are reported until they are answered", () => {
        const matrix = resolved();
        expect(matrix.flows).toHaveLength(1);
        expect(matrix.warnings.map(({ code, place }) => `${code} ${place.line}`)).toEqual([
            "unanswered-rule 7",
            "unanswered-rule 12",
        ]);
    });

    test("are answered by rows, or do not apply", () => {
        const matrix = resolved(
            answers(
                '[{ rule: SSH, rows: ["Backend -> redis"], answer: so }, { rule: NTP, notApplicable: "les nœuds" }]',
            ),
        );
        expect(matrix.warnings).toEqual([]);
        expect(matrix.questions.map((one) => [one.rule.name, one.rows.length, one.answer?.notApplicable])).toEqual([
            ["SSH", 1, undefined],
            ["NTP", 0, "les nœuds"],
        ]);
    });

    test("refuse an answer to a rule that is not there, and report one whose row is not", () => {
        const used = (rule: string) =>
            answers(`[{ rule: SSH, rows: [API → Proxy], answer: x }, { rule: ${rule}, notApplicable: x }]`);
        expect(errors(() => resolved(used("FTP")))).toEqual(
            [
                "inventory.yaml:3 unknown-answer-row",
                "matrix.md:12 unanswered-rule",
                "inventory.yaml:3 unknown-rule",
            ].sort(),
        );
        const { warnings, questions } = resolved(used("NTP"));
        expect(warnings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(["warning unknown-answer-row"]);
        expect(questions[0].rows).toEqual([]);
    });

    test.each([
        "{ rule: SSH }",
        "{ rule: SSH, rows: [API → Redis] }",
        "{ rule: SSH, answer: x }",
        "{ rule: SSH, rows: [API → Redis], answer: x, notApplicable: y }",
        "{ rule: SSH, rows: [API → Redis], notApplicable: y }",
    ])("refuse an answer that is none, or two: %s", (answer) => {
        expect(errors(() => answers(`[${answer}]`))).toEqual(
            expect.arrayContaining(["inventory.yaml:3 invalid-inventory"]),
        );
    });

    test("may be what an annex row towards the outside serves", () => {
        const annex = (serves: string) =>
            resolve(
                [
                    readDocument(`${rows}${rules}`, "matrix.md"),
                    readDocument(
                        table(
                            [["API", "Internet", "123", "NTP", serves]],
                            ["Source", "Destination", "Port", "Protocole", "Sert"],
                        ),
                        "annex.md",
                        { document: "annex" },
                    ),
                ],
                inventory(roles),
            );
        expect(annex("NTP").flows).toHaveLength(2);
        expect(errors(() => annex("FTP"))).toContain("annex.md:3 unserved-opening");
    });
});

describe("a row that means less than it says", () => {
    const narrowed = (party: string) =>
        resolve(
            [readDocument(table([["API", "Internet", "443", "HTTPS", ""]]), "matrix.md")],
            inventory(
                `API: { workload: shop/api, narrows: { Internet: ${party} } }\nInternet: { kind: internet }\n` +
                    "Partners: { kind: external, hosts: [partner.example] }\nOffice: { kind: external, cidrs: office }",
            ),
        );

    test("keeps its ends, and carries the party that it means", () => {
        const [flow] = narrowed("Partners").flows;
        expect([flow.to.name, flow.narrowed?.name]).toEqual(["Internet", "Partners"]);
    });

    test("is told, since what is open depends on the network plugin; its party is not unused", () => {
        const codes = lint(narrowed("Partners")).map(({ code, message }) => `${code} ${message}`);
        expect(codes.filter((code) => /Partners/.test(code))).toEqual([
            expect.stringMatching(/^narrowed-row API → Internet means Partners alone \(partner\.example\)/),
        ]);
    });

    test.each([
        ["Office", "invalid-narrowing"],
        ["Nobody", "unknown-role"],
    ])("is refused for %s, which has no names", (party, code) => {
        expect(errors(() => narrowed(party))).toEqual([`inventory.yaml:5 ${code}`]);
    });
});

describe("the port of a purpose, on a row that names a transport alone", () => {
    const port = (purpose: string, ...cells: string[]) =>
        resolve([readDocument(table([["Client", "Proxy", ...cells, ""]]), "matrix.md")], inventory(roles))
            .role("Proxy")
            .port(purpose);

    test("is the one that is registered for the application", () => {
        expect([port("http", "80, 443", "TCP"), port("https", "80, 443", "TCP")]).toEqual([80, 443]);
    });

    test("is missing for a number that is registered for nothing", () => {
        expect(() => port("http", "8000", "TCP")).toThrow(/No row gives the port "http" of Proxy/);
    });
});
