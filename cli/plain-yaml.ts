/**
 * Reads the YAML that tools write for Kubernetes: block mappings and sequences, scalars on one line, literal blocks, flat
 * flow collections. That takes a small part of the time of a parser of the whole language, which keeps every token.
 * Whatever is not certainly of that kind is left to the whole parser: anchors, tags, folded text, text over several
 * lines, trailing comments, numbers other than plain integers, keys twice.
 */

/** Thrown inside for what is not plain. */
class NotPlain extends Error {}
const notPlain = new NotPlain();

interface Line {
    /** Its place among all lines of the text. */
    readonly number: number;
    readonly indent: number;
    readonly text: string;
}

const ENTRY = /^(?:([A-Za-z_][\w./-]*)|"([^"\\]*)"|'([^']*)'):(?: +(.*))?$/;
const WORD = /^(?:true|True|TRUE|false|False|FALSE|null|Null|NULL)$/;
const INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
/** Every number of the core schema, plain integers included. https://yaml.org/spec/1.2.2/#103-core-schema */
const NUMBER =
    /^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INDICATOR = /^(?:[?:,[\]{}#&*!|>'"%@`~=<]|-(?: |$))/;
const FLOW_SEQUENCE = /^\[ *((?:[\w/][\w./-]*|"[^"\\]*")(?: *, *(?:[\w/][\w./-]*|"[^"\\]*"))*)? *\]$/;
const FLOW_MAPPING =
    /^\{ *((?:[A-Za-z_][\w./-]*: +(?:[\w/][\w./-]*|"[^"\\]*"))(?: *, *[A-Za-z_][\w./-]*: +(?:[\w/][\w./-]*|"[^"\\]*"))*)? *\}$/;
const FLOW_ITEM = /(?:([A-Za-z_][\w./-]*): +)?("[^"\\]*"|[\w/][\w./-]*)/g;
// Line ends and tabs aside, what YAML escapes, refuses or breaks lines at.
const STRANGE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

/** The value of one document without its markers; undefined for one that is not plain, be it right or wrong. */
export function readPlainYaml(text: string): { value: unknown } | undefined {
    if (STRANGE.test(text)) {
        return undefined;
    }
    try {
        return { value: new Reader(text).document() };
    } catch (error) {
        if (error === notPlain) {
            return undefined;
        }
        throw error;
    }
}

interface Entry {
    readonly key: string;
    /** What stands behind the colon; empty for nothing. */
    readonly value: string;
}

/** Lines repeat from object to object (`spec:`, `protocol: TCP`), so each is taken apart once. */
const entries = new Map<string, Entry | undefined>();

function entryOf(text: string): Entry | undefined {
    let entry = entries.get(text);
    if (entry === undefined && !entries.has(text)) {
        const [whole, plain, double, single, value = ""] = ENTRY.exec(text) ?? [];
        if (whole !== undefined && !(plain !== undefined && WORD.test(plain))) {
            entry = { key: plain ?? double ?? single, value };
        }
        entries.set(text, entry);
    }
    return entry;
}

class Reader {
    private readonly raw: readonly string[];
    /** Lines that are not blank and no comments. */
    private readonly lines: Line[] = [];
    private next = 0;

    constructor(text: string) {
        this.raw = text.split("\n");
        for (let number = 0; number < this.raw.length; number++) {
            const raw = this.raw[number];
            const indent = indentOf(raw);
            if (indent < raw.length && raw[indent] !== "#") {
                this.lines.push({ number, indent, text: raw.slice(indent).trimEnd() });
            }
        }
    }

    document(): unknown {
        if (this.lines.length === 0) {
            return null;
        }
        const { indent, text } = this.lines[0];
        // A document that is a scalar or a flow collection is no object of Kubernetes.
        if (indent !== 0 || !(isItem(text) || entryOf(text) !== undefined)) {
            throw notPlain;
        }
        const value = this.block(0);
        if (this.next < this.lines.length) {
            throw notPlain;
        }
        return value;
    }

    private block(indent: number): unknown {
        return isItem(this.lines[this.next].text) ? this.sequence(indent) : this.mapping(indent);
    }

    private sequence(indent: number): unknown[] {
        const items: unknown[] = [];
        for (let line = this.lines[this.next]; line?.indent === indent && isItem(line.text);) {
            items.push(this.item(line));
            line = this.lines[this.next];
        }
        this.mustEnd(indent);
        return items;
    }

    private item({ number, indent, text }: Line): unknown {
        let start = 1;
        while (text.charCodeAt(start) === 32) {
            start++;
        }
        if (start >= text.length) {
            this.next++;
            const below = this.lines[this.next];
            return below !== undefined && below.indent > indent ? this.block(below.indent) : null;
        }
        const rest = text.slice(start);
        if (isItem(rest) || entryOf(rest) !== undefined) {
            // What follows the dash is a block of its own, as deep as it starts.
            this.lines[this.next] = { number, indent: indent + start, text: rest };
            return this.block(indent + start);
        }
        this.next++;
        return scalar(rest);
    }

    private mapping(indent: number): Record<string, unknown> {
        const values: Record<string, unknown> = {};
        for (let line = this.lines[this.next]; line?.indent === indent;) {
            const entry = entryOf(line.text);
            if (entry === undefined || entry.key in values) {
                throw notPlain;
            }
            this.next++;
            values[entry.key] = this.value(entry.value, line);
            line = this.lines[this.next];
        }
        this.mustEnd(indent);
        return values;
    }

    private value(text: string, { number, indent }: Line): unknown {
        switch (text) {
            case "":
                return this.below(indent);
            case "|":
            case "|-":
                return this.literal(number + 1, indent, text === "|-");
            default:
                return scalar(text);
        }
    }

    /** A literal block scalar below a key, as deep as its first line. https://yaml.org/spec/1.2.2/#812-literal-style */
    private literal(start: number, parent: number, strip: boolean): string {
        const depth = indentOf(this.raw[start] ?? "");
        // A first line without text leaves open how deep the block is.
        if (depth <= parent || depth === this.raw[start].length) {
            throw notPlain;
        }
        let end = start;
        while (end < this.raw.length) {
            const indent = indentOf(this.raw[end]);
            if (indent < depth && indent < this.raw[end].length) {
                if (indent > parent) {
                    throw notPlain;
                }
                break;
            }
            end++;
        }
        while (this.next < this.lines.length && this.lines[this.next].number < end) {
            this.next++;
        }
        const content = this.raw.slice(start, end).map((line) => line.slice(depth));
        while (content.at(-1) === "") {
            content.pop();
        }
        return content.join("\n") + (strip ? "" : "\n");
    }

    /** The value of a key with nothing behind it: a deeper block, or a sequence as deep as the key itself. */
    private below(indent: number): unknown {
        const line = this.lines[this.next];
        if (line === undefined || line.indent < indent || (line.indent === indent && !isItem(line.text))) {
            return null;
        }
        return line.indent === indent ? this.sequence(indent) : this.block(line.indent);
    }

    /** A deeper line here would continue a scalar, or belongs nowhere. */
    private mustEnd(indent: number): void {
        const line = this.lines[this.next];
        if (line !== undefined && line.indent > indent) {
            throw notPlain;
        }
    }
}

function indentOf(line: string): number {
    let indent = 0;
    while (line.charCodeAt(indent) === 32) {
        indent++;
    }
    return indent;
}

function isItem(text: string): boolean {
    return text.charCodeAt(0) === 45 && (text.length === 1 || text.charCodeAt(1) === 32);
}

function scalar(text: string): unknown {
    switch (text[0]) {
        case '"':
            return doubleQuoted(text);
        case "'":
            if (!/^'(?:[^']|'')*'$/.test(text)) {
                throw notPlain;
            }
            return text.slice(1, -1).replaceAll("''", "'");
        case "[": {
            const [whole, items] = FLOW_SEQUENCE.exec(text) ?? [];
            if (whole === undefined) {
                throw notPlain;
            }
            return [...(items ?? "").matchAll(FLOW_ITEM)].map(([, , item]) => scalar(item));
        }
        case "{":
            return flowMapping(text);
        default:
            return plain(text);
    }
}

function flowMapping(text: string): Record<string, unknown> {
    const [whole, items] = FLOW_MAPPING.exec(text) ?? [];
    if (whole === undefined) {
        throw notPlain;
    }
    const values: Record<string, unknown> = {};
    for (const [, key, item] of (items ?? "").matchAll(FLOW_ITEM)) {
        if (key in values || WORD.test(key)) {
            throw notPlain;
        }
        values[key] = scalar(item);
    }
    return values;
}

/** What JSON takes between quotes YAML takes too, with the same meaning; its other escapes are left to the parser. */
function doubleQuoted(text: string): string {
    if (text.length > 1 && text.indexOf('"', 1) === text.length - 1 && !text.includes("\\")) {
        return text.slice(1, -1);
    }
    try {
        return JSON.parse(text) as string;
    } catch {
        throw notPlain;
    }
}

function plain(text: string): unknown {
    const first = text.charCodeAt(0);
    // Letters start no number but .inf and .nan, and no indicator.
    const letter = (first >= 97 && first <= 122) || (first >= 65 && first <= 90);
    if (text.includes(": ") || text.includes(" #") || text.endsWith(":")) {
        throw notPlain;
    }
    if (letter) {
        if (!WORD.test(text)) {
            return text;
        }
        const word = text.toLowerCase();
        return word === "null" ? null : word === "true";
    }
    if (INTEGER.test(text)) {
        return Number(text);
    }
    if (INDICATOR.test(text) || NUMBER.test(text)) {
        throw notPlain;
    }
    return text;
}
