import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { code, fence, prose, table, visible } from "../../../cli/review/markdown";

/** Strings made of what means something to Markdown, HTML, GitHub or GitLab, among any others. */
const hostile = fc
    .array(
        fc.oneof(
            fc.constantFrom(
                ..."|`*_~[]()<>#@!$%&\\:+-=\"'{}.\n\r\t /1a".split(""),
                "<script>alert(1)</script>",
                "](javascript:alert(1))",
                "![x](https://evil.example/x.png)",
                "https://evil.example",
                "www.evil.example",
                "@owner",
                "#12",
                "!34",
                ":+1:",
                "<!-- matrice-review -->",
                "-->",
                "</details>",
                "````",
                "&amp;",
                "&#60;b&#62;",
                "\\|",
                "\u202e",
                "\u0000",
                "/close",
                "1. ",
                "- ",
                "> ",
                "| --- |",
            ),
            fc.string({ maxLength: 4 }),
        ),
        { maxLength: 12 },
    )
    .map((parts) => parts.join(""));

const markdown = new MarkdownIt({ html: true, linkify: true });

/** What a reader sees: the text of the page, and every element that is in it. */
function shown(source: string): { text: string; elements: string[] } {
    const html = markdown.render(source);
    const elements = [...html.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name]) => name.toLowerCase());
    const text = html
        .replace(/<[^>]*>/g, "")
        .replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name]!);
    return { text: text.replaceAll("\u200b", "").replace(/\n$/, ""), elements };
}

const words = (text: string) => visible(text.replace(/\s+/g, " ").trim());

test("prose shows a stranger's text as it is written and makes nothing of it", () => {
    fc.assert(
        fc.property(hostile, (text) => {
            const { text: seen, elements } = shown(`- x ${prose(text)}`);
            expect(seen.trim()).toBe(`x ${words(text)}`.trim());
            expect(new Set(elements)).toEqual(new Set(["ul", "li"]));
        }),
    );
});

test("prose stays text at the beginning of a line and of a list's item", () => {
    fc.assert(
        fc.property(hostile, (text) => {
            const { elements } = shown(`${prose(text)}\n\n- ${prose(text)}`);
            expect(elements.filter((name) => !["p", "ul", "li"].includes(name))).toEqual([]);
        }),
    );
});

test("code shows a stranger's name as it is written, in a fixed width and no link", () => {
    fc.assert(
        fc.property(hostile, (text) => {
            const { text: seen, elements } = shown(`x ${code(text)} y`);
            expect(seen).toBe(`x ${words(text)} y`);
            expect(elements).toEqual(["p", "code", "code", "p"]);
        }),
    );
});

test("a stranger's text never adds a cell, a row or a column to a table", () => {
    fc.assert(
        fc.property(hostile, hostile, (one, other) => {
            const { elements } = shown(`${table(["A", "B"], [[prose(one), code(other)]])}\n\nafter`);
            const number = (name: string) => elements.filter((element) => element === name).length / 2;
            expect([number("table"), number("tr"), number("th"), number("td"), number("p")]).toEqual([1, 2, 2, 2, 1]);
        }),
    );
});

test("a fence holds a stranger's lines to the end, and begins none with a command of GitLab's", () => {
    fc.assert(
        fc.property(hostile, (text) => {
            const source = `${fence(text)}\n\nafter`;
            const { text: seen, elements } = shown(source);
            expect(elements).toEqual(["pre", "code", "code", "pre", "p", "p"]);
            expect(seen).toBe(`${visible(text).replace(/^\//gm, " /")}\n\nafter`);
            expect(source).not.toMatch(/^\//m);
        }),
    );
});

test("GitHub and GitLab find no mention and no reference in prose", () => {
    fc.assert(
        fc.property(hostile, (text) => {
            // As they look for them: in the text of the page, less what stands in code.
            const html = markdown.render(prose(text)).replace(/&(lt|gt|quot|amp);/g, "");
            expect(html).not.toMatch(/[@#!$~%][\w{]|:[\w+-]+:|https?:\/\/|www\.[a-z]/i);
        }),
    );
});

test("what can't be seen is spelled out", () => {
    expect(visible("a\u202eb\u200bc\u0007")).toBe("a\\u{202e}b\\u{200b}c\\u{7}");
});
