import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseAllDocuments, parseDocument, stringify } from "yaml";
import { readPlainYaml } from "../../cli/plain-yaml";

/** The value by the parser of the whole language; undefined for what it refuses. */
function whole(text: string): { value: unknown } | undefined {
    try {
        const documents = parseAllDocuments(text);
        if (!Array.isArray(documents) || documents.length > 1 || documents.some(({ errors }) => errors.length > 0)) {
            return undefined;
        }
        return { value: documents.length === 0 ? null : (documents[0].toJS() as unknown) };
    } catch {
        return undefined;
    }
}

/** What is read as plain has to be what the whole parser reads; the rest is left to it. */
function agrees(text: string): void {
    const plain = readPlainYaml(text);
    if (plain !== undefined) {
        expect({ text, read: plain }).toEqual({ text, read: whole(text) });
    }
}

const word = fc.oneof(
    fc.constantFrom(
        "app",
        "matrice.dev/connected",
        "80",
        "true",
        "no",
        "null",
        "~",
        "10.0.0.0/8",
        "::/0",
        "1.5",
        "1e3",
    ),
    fc.constantFrom(
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "0x1f",
        "017",
        "+1",
        "-0",
        ".inf",
        "a\nb",
        "a\n\n b\n",
        " a",
        "a ",
    ),
    fc.constantFrom(
        "",
        "'",
        '"',
        "a\\b",
        "é",
        "\t",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "?",
        ":",
        "a:",
        "@a",
        "`a",
        "%a",
        "\u0085",
    ),
    fc.string({ maxLength: 6 }),
);
const value = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
        { depthSize: "small" },
        word,
        fc.integer(),
        fc.double({ noNaN: true }),
        fc.constantFrom(true, false, null, 1e21, -0),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(word, tie("node"), { maxKeys: 3, noNullPrototype: true }),
    ),
})).node;

test.each([
    {},
    { indentSeq: false },
    { indent: 4 },
    { defaultStringType: "QUOTE_DOUBLE" as const },
    { collectionStyle: "flow" as const },
])("whatever is written with %j is read as the whole parser reads it, or left to it", (options) => {
    fc.assert(fc.property(value, (one) => agrees(stringify({ key: one }, options))));
});

/** Lines that meet in every way, most of them not YAML. */
const line = fc
    .tuple(
        fc.constantFrom("", "  ", "    ", "   "),
        fc.constantFrom("", "- ", "-   ", "- - "),
        fc.oneof(
            fc.constantFrom(
                "a:",
                "b: 1",
                "'c': x",
                '"d": "y"',
                "a: |",
                "b: |-",
                'e: [x, 1, "z"]',
                "f: { g: h, i: true }",
                "# no",
            ),
            fc.constantFrom(
                "x",
                "",
                "j: # no",
                "k: 'it''s'",
                'l: "a\\nb"',
                "m: >-",
                "n: &x 1",
                "o: *x",
                "p: !!str 1",
                "[]",
                "{}",
                "q: - r",
            ),
            word.map((text) => `r: ${text}`),
        ),
    )
    .map((parts) => parts.join(""));

test("whatever lines meet are read as the whole parser reads them, or left to it", () => {
    fc.assert(
        fc.property(fc.array(line, { maxLength: 8 }), (lines) => agrees(lines.join("\n"))),
        { numRuns: 5000 },
    );
});

const fixture = readFileSync(join(__dirname, "fixtures/shop.yaml"), "utf8").split(/^---\n/m);

/** One slip of an editor: a line gone, doubled, shifted, or one of the strange lines put in. */
const slip = fc.record({
    at: fc.nat(),
    change: fc.oneof(
        fc.constant(() => []),
        fc.constant((text: string) => [text, text]),
        fc.integer({ min: 1, max: 6 }).map((spaces) => (text: string) => [" ".repeat(spaces) + text]),
        fc
            .integer({ min: 1, max: 6 })
            .map((spaces) => (text: string) => [text.replace(new RegExp(`^ {0,${spaces}}`), "")]),
        line.map((other) => (text: string) => [text, other]),
        line.map((other) => (text: string) => [text, `${/^ */.exec(text)![0]}${other}`]),
    ),
});

test("an object after a few slips is read as the whole parser reads it, or left to it", () => {
    let plain = 0;
    fc.assert(
        fc.property(fc.constantFrom(...fixture), fc.array(slip, { minLength: 1, maxLength: 3 }), (document, slips) => {
            const text = slips
                .reduce<string[]>(
                    (lines, { at, change }) =>
                        lines.flatMap((one, index) => (index === at % lines.length ? change(one) : [one])),
                    document.split("\n"),
                )
                .join("\n");
            plain += Number(readPlainYaml(text) !== undefined);
            agrees(text);
        }),
        { numRuns: 1000 },
    );
    expect(plain).toBeGreaterThan(50);
});

test("what Kubernetes tools write is plain", () => {
    for (const document of fixture) {
        expect(readPlainYaml(document)).toEqual({ value: parseDocument(document).toJS() as unknown });
    }
});
