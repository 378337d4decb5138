import MarkdownIt, { type Env } from "markdown-it";
import { columnAt } from "./width";

/** A table cell: what it says, and where. */
export interface Cell {
    /** What the cell says, stripped of bold, links and code; `<br>` is a line break. */
    readonly text: string;
    /** The Markdown between the pipes, trimmed. */
    readonly raw: string;
    /** 1-based column of the cell's first character. */
    readonly column: number;
    /** Something in the cell is struck out (`~~80~~`). */
    readonly struck: boolean;
}

/** A table row as the source line has it: also the cells beyond the header's, which renderers drop silently. */
export interface Row {
    readonly line: number;
    readonly cells: readonly Cell[];
}

export interface Table {
    readonly header: Row;
    readonly rows: readonly Row[];
    /** How many headings precede the table: footnotes reach the tables of their own section. */
    readonly section: number;
}

/** "Note* : sur le port 80…": what a footnote mark in a cell stands for. */
export interface Footnote {
    readonly mark: string;
    readonly text: string;
    readonly line: number;
    readonly section: number;
}

/** An item of a list that starts with a name in bold: `- **SSH**: Port 22…`. */
export interface NamedItem {
    readonly name: string;
    readonly text: string;
    /** The paragraph or heading that the list stands under. */
    readonly lead: string;
    readonly line: number;
    readonly column: number;
}

/** A Markdown text as far as a flow matrix needs it. */
export interface MarkdownTables {
    /** Source lines, without their ends. */
    readonly lines: readonly string[];
    readonly tables: readonly Table[];
    readonly footnotes: readonly Footnote[];
    readonly items: readonly NamedItem[];
    /** Lines that look like table rows and belong to no table: a renderer shows them as plain text. */
    readonly strays: readonly { line: number; column: number }[];
}

// Cells are rendered one by one, and only those that have markup: 10,000 rows then take a fraction of a second.
const blocks = new MarkdownIt({ html: true });
blocks.core.ruler.enableOnly(["normalize", "block"]);
const inline = new MarkdownIt({ html: true });
const markup = /[*_`~<&\\[\]!]/;

/** Reads the tables of a Markdown text (GitHub Flavored Markdown). A byte order mark and Windows line ends are accepted. */
export function readTables(text: string): MarkdownTables {
    const source = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
    const lines = source.split("\n");
    const references: Env = {};
    const tokens = blocks.parse(source, references);
    const tables: { header?: Row; rows: Row[]; section: number }[] = [];
    const footnotes: Footnote[] = [];
    const strays: { line: number; column: number }[] = [];
    const items: NamedItem[] = [];
    let section = 0;
    let lists = 0;
    let lead = "";
    let tableEnd = -1;
    let paragraph = -1;
    let inHeader = false;
    for (const token of tokens) {
        const start = token.map?.[0] ?? -1;
        if (token.type === "heading_open") section++;
        else if (/_list_(?:open|close)$/.test(token.type)) lists += token.nesting;
        else if (token.type === "table_open") {
            tables.push({ rows: [], section });
            tableEnd = token.map![1];
        } else if (token.type === "thead_open") inHeader = true;
        else if (token.type === "thead_close") inHeader = false;
        else if (token.type === "tr_open") {
            const table = tables[tables.length - 1];
            const row = readRow(lines[start], start + 1, references);
            if (inHeader) table.header = row;
            else table.rows.push(row);
        } else if (token.type === "paragraph_open") paragraph = start;
        else if (token.type === "inline" && paragraph < 0 && !inHeader && tableEnd <= start) {
            lead = plainText(token.content, references).text; // a heading
        } else if (token.type === "inline" && paragraph >= 0) {
            const content = token.content.split("\n");
            if (lists === 0) lead = plainText(token.content, references).text;
            else items.push(...namedItem(token.content, lead, paragraph, lines, references));
            footnotes.push(...readFootnotes(content, paragraph + 1, section));
            strays.push(...strayRows(content, paragraph, lines));
            paragraph = -1;
        } else if (token.type === "code_block" && start === tableEnd) {
            // Four spaces end a table: the row would be lost as code.
            strays.push(...strayRows(token.content.split("\n"), start, lines));
        }
    }
    return { lines, footnotes, items, strays, tables: tables.map((table) => ({ ...table, header: table.header! })) };
}

/** Splits a row where renderers do: at every pipe that has no backslash before it, inside code spans too (GFM, Tables). */
function readRow(source: string, line: number, references: Env): Row {
    const start = /^[\s>]*/.exec(source)![0].length;
    const end = source.trimEnd().length;
    const pieces: { from: number; to: number }[] = [];
    let from = start;
    for (let index = start; index < end; index++) {
        if (source[index] !== "|" || source[index - 1] === "\\") continue;
        pieces.push({ from, to: index });
        from = index + 1;
    }
    pieces.push({ from, to: end });
    if (pieces.length > 0 && pieces[0].to === pieces[0].from) pieces.shift();
    if (pieces.length > 0 && pieces[pieces.length - 1].to === pieces[pieces.length - 1].from) pieces.pop();
    return { line, cells: pieces.map((piece) => readCell(source, piece.from, piece.to, references)) };
}

function readCell(source: string, from: number, to: number, references: Env): Cell {
    const piece = source.slice(from, to);
    const raw = piece.trim();
    const blank = raw === "" ? Math.min(1, piece.length) : piece.length - piece.trimStart().length;
    const column = columnAt(source, from + blank);
    if (!markup.test(raw)) return { text: raw, raw, column, struck: false };
    const { text, struck } = plainText(raw.replace(/\\\|/g, "|"), references);
    return { text, raw, column, struck };
}

function plainText(content: string, references: Env): { text: string; struck: boolean } {
    const children = inline.parseInline(content, references)[0]?.children ?? [];
    let text = "";
    let struck = false;
    children.forEach((token, index) => {
        if (token.type === "text" || token.type === "code_inline" || token.type === "text_special")
            text += token.content;
        else if (token.type === "image") text += token.content;
        else if (token.type === "softbreak" || token.type === "hardbreak") text += " ";
        else if (token.type === "html_inline" && /^<br\b/i.test(token.content)) text += "\n";
        else if (token.type === "s_open") struck = true;
        else if (/^(?:em|strong)_(?:open|close)$/.test(token.type)) {
            // "80*443*" is no emphasis in a matrix: dropping the stars would join the numbers.
            const next = children[index + 1]?.content?.[0] ?? "";
            if (/\d$/.test(text) && /\d/.test(next)) text += token.markup;
        }
    });
    return { text: text.trim(), struck };
}

function readFootnotes(content: readonly string[], line: number, section: number): Footnote[] {
    return content.flatMap((text, index) => {
        const match = /^\s*(?:notes?\s*)?\\?((?:\*|\\\*)+|[†‡¹²³⁴⁵⁶⁷⁸⁹]+)\s*:\s*(\S.*)$/i.exec(text);
        if (!match) return [];
        return [{ mark: match[1].replace(/\\/g, ""), text: match[2].trim(), line: line + index, section }];
    });
}

/** `**SSH**: Port 22 depuis…` as a name and a text, where an item starts with both. */
function namedItem(
    content: string,
    lead: string,
    start: number,
    lines: readonly string[],
    references: Env,
): NamedItem[] {
    const match = /^(?:\*\*|__)(.+?)(?:\*\*|__)\s*:\s*(\S.*)$/s.exec(content);
    if (!match) return [];
    const [name, text] = [match[1], match[2]].map((part) => plainText(part, references).text);
    const source = lines[start] ?? "";
    return [{ name, text, lead, line: start + 1, column: columnAt(source, Math.max(0, source.indexOf(match[1]))) }];
}

function strayRows(
    content: readonly string[],
    start: number,
    lines: readonly string[],
): { line: number; column: number }[] {
    return content.flatMap((text, index) => {
        const pipes =
            text
                .replace(/\\\|/g, "")
                .replace(/`[^`]*`/g, "")
                .split("|").length - 1;
        if (pipes < 3) return [];
        const source = lines[start + index] ?? text;
        return [{ line: start + index + 1, column: columnAt(source, source.length - source.trimStart().length) }];
    });
}
