/**
 * Markdown whose words come from documents, programs and strangers. Every character that could mean something to
 * CommonMark, HTML, GitHub or GitLab becomes a character reference, which is text wherever it stands
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */

/** Left invisible or acted upon, they would show a reviewer something else than what is there (Trojan Source). */

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Stands after a character that GitHub or GitLab would make a link or a mention of (`@name`, `#12`, `https://`). */
const ZERO_WIDTH_SPACE = "\u200b";

const reference = (character: string) => `&#${character.codePointAt(0)};`;

/** Makes what cannot be seen visible: `\u{202e}`. */
export function visible(text: string): string {
    return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

const oneLine = (text: string) => visible(text.replace(/\s+/g, " ").trim());

/** Punctuation that CommonMark or HTML gives a meaning in the middle of a line. */
const MEANING = /["&*<=>[\\\]^_`{|}]/;

/** Punctuation from which GitHub or GitLab make mentions, references, formulas and emoji; and what begins an address. */
const MENTION = /[@#!$~%?+]|:(?=[\w+/-])/;

/** Text as it is written, on one line; mentions nobody, links nowhere, formats nothing. */
export function prose(text: string): string {
    return oneLine(text)
        .replace(new RegExp(`${MEANING.source}|${MENTION.source}`, "g"), (character) =>
            "@#!$~%&:".includes(character) ? reference(character) + ZERO_WIDTH_SPACE : reference(character),
        )
        .replace(/www\./gi, (found) => `${found.slice(0, 3)}${ZERO_WIDTH_SPACE}.`)
        .replace(/^(\d+)([.)])/, (_, number: string, mark: string) => number + reference(mark))
        .replace(/^-/, reference);
}

/** A name as it is written, in a fixed width. */
export function code(text: string): string {
    const escaped = oneLine(text).replace(new RegExp(`${MEANING.source}|[@#!$~%+?]|:(?=/)`, "g"), reference);
    return `<code>${escaped.replace(/www\./gi, (found) => `${found.slice(0, 3)}&#46;`)}</code>`;
}

/** Lines as they are written. The fence is longer than any run of backticks in them. */
export function fence(text: string, language = "text"): string {
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
    const marks = "`".repeat(Math.max(3, longest + 1));
    // GitLab looks for commands (/close) in the raw text, and knows no fence but the shortest.
    const lines = visible(text)
        .split("\n")
        .map((line) => line.replace(/^\//, " /"));
    return [`${marks}${language}`, ...lines, marks].join("\n");
}

/** A table; cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A block that a reader opens. */
export function details(summary: string, body: string): string {
    return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}
