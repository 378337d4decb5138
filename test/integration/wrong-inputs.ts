/** Documents and settings as real users get them wrong; each is refused at its place and changes nothing. */
import { rows } from "./platform/documents";
import type { Subject } from "./platform/subject";

export interface WrongInput {
    readonly title: string;
    readonly file: string;
    readonly change: (text: string) => string;
    /** What the message must say: the place, what was found, what would be right. */
    readonly says: readonly RegExp[];
}

/** Of the first table. */
const header = /^\|[ *]*Source.*$/m;

/** The text without the rows of its last table. */
function emptied(text: string): string {
    const lines = text.split("\n");
    const rule = lines.findLastIndex((line) => /^\|[-| ]+$/.test(line));
    const end = lines.findIndex((line, index) => index > rule && !line.startsWith("|"));
    return lines.filter((_, index) => index <= rule || index >= end).join("\n");
}

export function wrongInputs(subject: Subject): WrongInput[] {
    const { folder, settings, namespace, listener, cache } = subject;
    const matrix = `${folder}/matrix.md`;
    const inventory = `${folder}/inventory.yaml`;
    const row = rows(listener.title, cache.title);
    const place = new RegExp(`matrix\\.md:${row.line(subject.text(matrix))}:\\d+`);
    const cell = (from: RegExp, to: string) => (text: string) => row.edit(text, (found) => found.replace(from, to));
    return [
        {
            title: "a port that is a word",
            file: matrix,
            change: cell(new RegExp(String(cache.port)), "six"),
            says: [place, /"six" is not a port/, /6?80, 443|a number/],
        },
        {
            title: "a name that the inventory does not know",
            file: matrix,
            change: cell(new RegExp(cache.title), `${cache.title}s`),
            says: [place, new RegExp(`${cache.title}s`), new RegExp(`[Dd]id you mean "?${cache.title}`)],
        },
        {
            title: "a name that fits two roles",
            file: inventory,
            change: (text) =>
                text.replace(
                    /^roles:$/m,
                    `$&\n    Cache: { zone: data, workload: ${namespace}/cache, also: [${cache.title}] }`,
                ),
            says: [
                new RegExp(cache.title),
                /two roles|several roles|more than one role|both/,
                new RegExp(`inventory\\.yaml|${place.source}`),
            ],
        },
        {
            title: "a table without its port column",
            file: matrix,
            change: (text) => text.replace(header, (found) => found.replace(/\bPort\b/, "Prot")),
            says: [/matrix\.md:\d+:\d+/, /[Pp]ort/],
        },
        {
            title: "a table without rows",
            file: matrix,
            change: emptied,
            says: [/matrix\.md:\d+:\d+/, /no row|empty/],
        },
        {
            title: "a row with too many cells",
            file: matrix,
            change: cell(/$/, "more|"),
            says: [place, /6 cells|cells/],
        },
        {
            title: "a setting that is missing",
            file: settings,
            change: (text) => text.replace(/^ {2}matrice:network:[\s\S]*?(?=^ {2}\S|(?![\s\S]))/m, ""),
            says: [/matrice:network|network/, /pulumi config set/],
        },
        {
            title: "a setting that is malformed",
            file: settings,
            change: (text) => text.replace(/edge: \w+/, "edge: sideways"),
            says: [/edge/, /direct/, /proxyProtocol/],
        },
    ];
}
