/** Documents and settings as real users get them wrong; each is refused at its place and changes nothing. */
export interface WrongInput {
    readonly title: string;
    readonly file: string;
    readonly change: (text: string) => string;
    /** What the message must say: the place, what was found, what would be right. */
    readonly says: readonly RegExp[];
}

const matrix = "platforms/e-chauffeur/matrix.md";
const inventory = "platforms/e-chauffeur/inventory.yaml";
const settings = "Pulumi.dev.yaml";

/** Replaces the cells of the row API → Redis. */
const redisRow = (row: string) => (text: string) => text.replace(/^\|API\|Redis\|6379\|.*$/m, row);

export const wrongInputs: readonly WrongInput[] = [
    {
        title: "a port that is a word",
        file: matrix,
        change: redisRow("|API|Redis|six|TCP|Sockets|"),
        says: [/matrix\.md:13:\d+/, /"six" is not a port/, /6?80, 443|a number/],
    },
    {
        title: "a name that the inventory does not know",
        file: matrix,
        change: redisRow("|API|Rediss|6379|TCP|Sockets|"),
        says: [/matrix\.md:13:\d+/, /Rediss/, /[Dd]id you mean "?Redis/],
    },
    {
        title: "a name that fits two roles",
        file: inventory,
        change: (text) =>
            text.replace(
                /^( +)App User:.*$/m,
                (line, indent) => `${indent}Cache: { zone: data, workload: e-chauffeur/cache, also: [Redis] }\n${line}`,
            ),
        says: [/Redis/, /two roles|several roles|more than one role|both/, /inventory\.yaml|matrix\.md:13/],
    },
    {
        title: "a table without its port column",
        file: matrix,
        change: (text) =>
            text.replace(
                "| Source | Destination | Port(s) | Protocole |",
                "| Source | Destination | Prot(s) | Protocole |",
            ),
        says: [/matrix\.md:3:\d+/, /[Pp]ort/],
    },
    {
        title: "a table without rows",
        file: matrix,
        change: (text) => text.replace(/\n\|Administrateur\|Proxy[\s\S]*$/, "\n"),
        says: [/matrix\.md:\d+:\d+/, /no row|empty/],
    },
    {
        title: "a row with too many cells",
        file: matrix,
        change: redisRow("|API|Redis|6379|TCP|Sockets|more|"),
        says: [/matrix\.md:13:\d+/, /6 cells|cells/],
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
        change: (text) => text.replace(/edge: direct/, "edge: sideways"),
        says: [/edge/, /direct/, /proxyProtocol/],
    },
];
