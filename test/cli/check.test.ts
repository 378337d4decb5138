import { join } from "node:path";
import { document, eChauffeur, folder, matrice, matriceOn } from "./run";

const row = "|API|Redis|6379|TCP|Sockets|";

test("a right matrix is counted and exits with 0", async () => {
    const at = folder({ "flows.md": document(row) });
    expect(await matrice("check", at("flows.md"))).toEqual({
        code: 0,
        out: "1 flow between 2 roles: 0 errors, 0 warnings\n",
        err: "",
    });
});

test("a wrong port is shown where it is wrong, with what would be right, and exits with 1", async () => {
    const at = folder({ "flows.md": document(row, "|API|Redis|six|TCP|x|") });
    expect(await matrice("check", at("flows.md"))).toEqual({
        code: 1,
        out:
            `${at("flows.md")}:4:12  error  port  "six" is not a port\n` +
            "  |API|Redis|six|TCP|x|\n" +
            "             ^^^       expected a number, a range (49152-65535) or a list (80, 443)\n" +
            "1 error, 0 warnings\n",
        err: "",
    });
});

test("what is wrong in every file is reported at once", async () => {
    const wrong = document("|API|Redis|six|TCP|x|");
    const at = folder({ "a.md": wrong, "b.md": wrong });
    expect((await matrice("check", at("a.md"), at("b.md"))).out).toMatch(/2 errors, 0 warnings\n$/);
});

test("in a platform's folder the annex and the inventory beside the matrix count, and its decisions are printed", async () => {
    const { code, out } = await matrice("check", join(eChauffeur, "matrix.md"));
    expect(code).toBe(0);
    expect(out).toContain("Decisions:\n");
    expect(out).toMatch(/Prometheus → InfluxDB\n {4}A push/);
});

test("rules in words are printed with the rows that answer them", async () => {
    const matrix = join(eChauffeur, "../agents/matrix.md");
    const { code, out } = await matrice("check", matrix);
    expect(code).toBe(0);
    expect(out).toMatch(
        /Questions:[^]* {2}SSH \(inbound\): le port 22, [^]*\n {4}Administrateurs → Bastion 22\/TCP \([^)]*annex\.md:\d+\)\n/,
    );
    const { questions } = JSON.parse((await matrice("check", matrix, "--format", "json")).out);
    expect(questions).toHaveLength(8);
    expect(questions[2]).toMatchObject({ rule: "Monitoring", rows: [expect.stringContaining("Ports métriques/TCP")] });
});

test("a rule in words that nothing answers is a warning at its place", async () => {
    const at = folder({ "flows.md": `${document(row)}\nInbound rules:\n\n- **SSH**: from the office\n` });
    const { code, out } = await matrice("check", at("flows.md"));
    expect(code).toBe(0);
    expect(out).toContain(`${at("flows.md")}:7:5  warning  the rule "SSH" does not say both ends`);
    expect(out).toContain("No answer: it opens nothing.");
});

test("JSON carries each finding with its place", async () => {
    const at = folder({ "flows.md": document("|API|Redis|six|TCP|x|") });
    const { code, out } = await matrice("check", at("flows.md"), "--format", "json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
        errors: 1,
        warnings: 0,
        diagnostics: [{ severity: "error", file: at("flows.md"), line: 3, column: 12, length: 3 }],
    });
});

test("--on sets the day on which expiry is judged", async () => {
    const text = "|Source|Destination|Port|Protocol|Expires|\n|-|-|-|-|-|\n|API|Redis|6379|TCP|2026-06-30|\n";
    const at = folder({ "flows.md": text });
    expect((await matrice("check", at("flows.md"), "--on", "2026-01-01")).code).toBe(0);
    expect((await matrice("check", at("flows.md"), "--on", "2026-07-01")).code).toBe(1);
});

test("a byte order mark and Windows line ends are accepted", async () => {
    const at = folder({ "flows.md": `\uFEFF${document(row).replaceAll("\n", "\r\n")}` });
    expect((await matrice("check", at("flows.md"))).code).toBe(0);
});

test.each([
    [{ outIsTerminal: true, environment: {} }, true],
    [{ outIsTerminal: false, environment: {} }, false],
    [{ outIsTerminal: true, environment: { NO_COLOR: "1" } }, false],
    [{ outIsTerminal: true, environment: { TERM: "dumb" } }, false],
])("on %j colours are used: %s", async (terminal, coloured) => {
    const at = folder({ "flows.md": document("|API|Redis|six|TCP|x|") });
    expect((await matriceOn(terminal, "check", at("flows.md"))).out.includes("\u001b[")).toBe(coloured);
});

test("--settings judges refusing rows: one that the policies open all the same is an error at its place", async () => {
    const text = document("|API|Mail|587|SMTP|allow|", "|API|Internet|587|SMTP|deny|").replace(
        "Description",
        "Verdict",
    );
    const inventory =
        "platform: shop\nnamespaces: [shop]\nroles:\n    API: { workload: shop/api }\n" +
        "    Mail: { kind: external, hosts: [mail.example] }\n    Internet: { kind: internet }\n";
    const at = folder({ "flows.md": text, "inventory.yaml": inventory, "settings.yaml": "edge: direct\n" });
    expect((await matrice("check", at("flows.md"))).code).toBe(0);
    const { code, out } = await matrice("check", at("flows.md"), "--settings", at("settings.yaml"));
    expect(code).toBe(1);
    expect(out).toContain(
        `${at("flows.md")}:4:2  error  the row refuses API → Internet, yet the policies open 587/TCP: ` +
            `they have to for API → Mail (${at("flows.md")}:3)`,
    );
});
