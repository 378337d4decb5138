import { basename, dirname, relative } from "node:path";
import { graphOf } from "../graph/graph";
import { mermaid } from "../graph/mermaid";
import type { Realisation, RowReport } from "./rows";
import type { Report } from "./report";

export interface Places {
    /** The rendered file, the settings that it was rendered with, and the page itself, from the repository's root. */
    readonly golden: string;
    readonly settings: string;
    readonly output: string;
    /** What makes the page anew. */
    readonly command: string;
}

/** A report as a Markdown page; the same documents and objects give the same bytes. */
export function renderReport(report: Report, places: Places, fromRoot: (file: string) => string): string {
    const { matrix, rows } = report;
    const documents = (document: "matrix" | "annex") => rows.filter(({ flows }) => flows[0].document === document);
    const link = (file: string) => `[${file}](${relative(dirname(places.output), file)})`;
    const numbers = new Map(rows.map((row, index) => [row, rowNumber(rows, index)]));
    return `${[
        `# ${matrix.platform}: what realises each row`,
        `<!-- Made by \`${places.command}\`; a change by hand is undone by the next. -->`,
        `Every row of the documents with the objects that realise it, and every object that opens something with the ` +
            `rows that need it. Computed from the documents and from ${link(places.golden)}, which is what the program ` +
            `registers with the settings of ${link(places.settings)}; nothing here is written by hand.`,
        summary(report, documents("matrix"), documents("annex")),
        "## The matrix as a drawing",
        `\`\`\`mermaid\n${mermaid(graphOf(matrix))}\`\`\``,
        "## How far it is proved",
        grades,
        "## The rows at a glance",
        glance(rows, numbers),
        "## The rows of the matrix",
        ...documents("matrix").map((row) => section(row, numbers.get(row)!, places, fromRoot)),
        "## The rows of the annex",
        ...documents("annex").map((row) => section(row, numbers.get(row)!, places, fromRoot)),
        "## The objects that open something",
        "Each is named by a row; where one is not, this page is not made.",
        table(
            ["Object", "Rows"],
            report.openings.map(({ object, rows: indexes }) => [
                code(object),
                indexes.map((index) => anchor(numbers.get(rows[index])!)).join(", "),
            ]),
        ),
        `These open nothing: ${[...report.closed].map(([kind, number]) => `${number} ${kind}`).join(", ")}.`,
        ...rulesInWords(report, numbers),
        "## Exceptions",
        report.exceptions.length === 0
            ? "None is in force."
            : table(
                  ["Object", "Rule", "Owner", "Until", "Reason"],
                  report.exceptions.map(({ object, exception: { rule, owner, expires, reason } }) => [
                      code(object),
                      code(rule),
                      text(owner),
                      expires,
                      text(reason),
                  ]),
              ),
        "## Decisions",
        "How rows are read that could be read in several ways.",
        table(
            ["Row", "Decision"],
            matrix.inventory.decisions.map(({ row, decision }) => [text(row), text(decision)]),
        ),
    ].join("\n\n")}\n`;
}

const grades = [
    table(
        ["Grade", "What it says", "What proves it"],
        [
            ["declared", "The row stands in a document.", "The documents are read on every run."],
            [
                "computed",
                "Something listens on the row's ports, the policies of both ends let it through, and no policy lets " +
                    "anything through that no row lists. Where policies cannot say as little as the row, the row says " +
                    "in what they are wider.",
                "The rendered policies are judged by their semantics (`matrice reach`); netpol-analyzer, an " +
                    "independent program that knows IPv4, lists the same connections of the same objects in `make test`.",
            ],
            ["probed", "Packets were seen to pass, and to be refused.", "Nothing: no row of this page is probed."],
        ],
    ),
].join("\n");

/** The rules that the documents give in words, each with the rows that answer it. */
function rulesInWords({ matrix, rows }: Report, numbers: ReadonlyMap<RowReport, string>): string[] {
    if (matrix.questions.length === 0) return [];
    const lines = matrix.questions.map(({ rule, answer, rows: answering }) => {
        const named = rows.filter(({ flows: [{ place }] }) =>
            answering.some((flow) => flow.place.file === place.file && flow.place.line === place.line),
        );
        return [
            text(rule.name),
            rule.direction,
            text(rule.text),
            named.map((row) => anchor(numbers.get(row)!)).join(", ") || "none",
            text(answer?.answer ?? answer?.notApplicable ?? "No answer: it opens nothing."),
        ];
    });
    return [
        "## Rules in words",
        "They do not say both ends, so they open nothing; the rows that answer each are above, with their objects.",
        table(["Rule", "Direction", "What it says", "Rows", "Answer"], lines),
    ];
}

function summary({ openings }: Report, matrix: readonly RowReport[], annex: readonly RowReport[]): string {
    const count = (rows: readonly RowReport[], name: string) => {
        const computed = rows.filter(({ grade }) => grade === "computed").length;
        const declared = rows.length - computed;
        return `| ${name} | ${rows.length} | ${computed} | ${declared} |`;
    };
    return [
        "| Document | Rows | computed | declared only |",
        "| --- | --- | --- | --- |",
        count(matrix, "Matrix"),
        count(annex, "Annex"),
        "",
        `${openings.length} objects open something; all are named by a row.`,
    ].join("\n");
}

function glance(rows: readonly RowReport[], numbers: ReadonlyMap<RowReport, string>): string {
    return table(
        ["Row", "Source", "Destination", "Ports", "Grade", "Why no more; in what wider"],
        rows.map((row) => {
            const [{ source, destination }] = row.flows;
            return [
                anchor(numbers.get(row)!),
                text(source),
                text(destination),
                row.ports,
                row.grade === "computed" ? row.grade : `**${row.grade}**`,
                text(remarks(row).join("; ")),
            ];
        }),
    );
}

const remarks = ({ missing, wider }: RowReport): string[] => [
    ...missing,
    ...wider.map((what) => `wider than the row, ${what}`),
];

/** Rows of the matrix are numbered 1, 2…, those of the annex A1, A2… */
function rowNumber(rows: readonly RowReport[], index: number): string {
    const { document } = rows[index].flows[0];
    const place = rows.slice(0, index + 1).filter(({ flows }) => flows[0].document === document).length;
    return document === "annex" ? `A${place}` : String(place);
}

const anchor = (number: string) => `[${number}](#row-${number.toLowerCase()})`;

const labels: Readonly<Record<Realisation["what"], string>> = {
    from: "Comes from",
    "lets out": "Is let out by",
    to: "Is listened for by",
    Service: "Is reached at",
    "lets in": "Is let in by",
    route: "Is routed by",
    target: "Is told by",
    right: "May",
    certificate: "Orders",
    "held by": "Is held by",
};

function section(row: RowReport, number: string, places: Places, fromRoot: (file: string) => string): string {
    const [flow] = row.flows;
    const { file, line } = flow.place;
    const place = `[${basename(file)}:${line}](${relative(dirname(places.output), fromRoot(file))}#L${line})`;
    const carried = [
        ...new Set(row.flows.filter(({ from }) => from.entry.partOf === flow.source).map(({ from }) => from.name)),
    ];
    const lines = (Object.keys(labels) as Realisation["what"][]).flatMap((what) => {
        const own = row.realisations.filter((one) => one.what === what);
        return own.length === 0 ? [] : [[labels[what], byObject(own)]];
    });
    return [
        `<a id="row-${number.toLowerCase()}"></a>`,
        `### ${number}. ${text(flow.source)} → ${text(flow.destination)}: ${row.ports}`,
        `${text(flow.description)}${flow.serves === undefined ? "" : ` (serves: ${text(flow.serves)})`}  \n` +
            `${place}, **${row.grade}**${remarks(row).length === 0 ? "" : `: ${text(remarks(row).join("; "))}`}`,
        ...(carried.length === 0
            ? []
            : [`Carried by ${carried.map(text).join(", ")}, a part of ${text(flow.source)}.`]),
        ...(lines.length === 0 ? [] : [table(["", "Objects"], lines)]),
        ...row.decisions.map((decision) => `> ${text(decision)}`),
    ].join("\n\n");
}

/** Each object once, its details together. */
function byObject(realisations: readonly Realisation[]): string {
    const objects = [...new Set(realisations.map(({ object }) => object))].sort();
    return objects
        .map((object) => {
            const details = realisations.filter((one) => one.object === object && one.details !== "");
            const said = details.map((one) => text(one.details)).sort(natural);
            return `${code(object)}${said.length === 0 ? "" : `: ${said.join("; ")}`}`;
        })
        .join("<br>");
}

/** 80 before 443, ingress[2] before ingress[10]. */
const { compare: natural } = new Intl.Collator("en", { numeric: true });

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (name: string) => `\`${name}\``;

/** The documents' words, which mean nothing to Markdown. */
const text = (words: string) => words.replace(/\s+/g, " ").replace(/[\\`*_<>|~]|\](?=\()/g, (mark) => `\\${mark}`);
