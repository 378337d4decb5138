import { csv } from "../../cli/csv";
import { document, folder, matrice } from "./run";

const at = folder({
    "flows.md": document("|API|Redis|6379, 7000-7010|TCP|Sockets, jobs|", "|API|DNS|53/TCP-UDP|DNS|Names|"),
});

test("JSON has one flow for each row and transport", async () => {
    const { out } = await matrice("flows", at("flows.md"), "--format", "json");
    expect(JSON.parse(out)).toEqual([
        {
            id: "api>redis:tcp/6379,7000-7010",
            source: "API",
            destination: "Redis",
            transport: "TCP",
            ports: [
                { from: 6379, to: 6379 },
                { from: 7000, to: 7010 },
            ],
            application: "TCP",
            description: "Sockets, jobs",
            verdict: "allow",
            file: at("flows.md"),
            line: 3,
        },
        expect.objectContaining({ transport: "TCP", ports: [{ from: 53, to: 53 }], line: 4 }),
        expect.objectContaining({ transport: "UDP", ports: [{ from: 53, to: 53 }], line: 4 }),
    ]);
});

test("CSV has a header, quotes what needs it and ends its lines with CRLF", async () => {
    const { out } = await matrice("flows", at("flows.md"), "--format", "csv");
    expect(out.split("\r\n").slice(0, 2)).toEqual([
        "id,source,destination,transport,ports,application,description,verdict,file,line",
        `"api>redis:tcp/6379,7000-7010",API,Redis,TCP,6379 7000-7010,TCP,"Sockets, jobs",allow,${at("flows.md")},3`,
    ]);
});

test("a table has its columns aligned and says the place of each row", async () => {
    const { out } = await matrice("flows", at("flows.md"));
    expect(out.split("\n").slice(0, 2)).toEqual([
        "Source  Destination  Port                Application  Description    Place",
        `API     Redis        6379,7000-7010/TCP  TCP          Sockets, jobs  ${at("flows.md")}:3`,
    ]);
});

test("a refused row is listed as refused", async () => {
    const refused = folder({
        "flows.md": "|Source|Destination|Port|Protocol|Action|\n|-|-|-|-|-|\n|API|Redis|6379|TCP|Refusé|\n",
    });
    expect((await matrice("flows", refused("flows.md"))).out).toContain("refused: 6379/TCP");
    const { out } = await matrice("flows", refused("flows.md"), "--format", "json");
    expect(JSON.parse(out)).toMatchObject([{ verdict: "refuse" }]);
});

test.each([
    ['say "yes"', '"say ""yes"""'],
    ["two\nlines", '"two\nlines"'],
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+33 1", "'+33 1"],
    ["@sum", "'@sum"],
    ["-1", "'-1"],
    ["plain", "plain"],
])("the text %j is written %j in CSV", (text, written) => {
    expect(csv([[text]])).toBe(`${written}\r\n`);
});
