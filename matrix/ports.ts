/** Transports that a Kubernetes NetworkPolicy port can name (NetworkPolicyPort.protocol). */
export type Transport = "TCP" | "UDP" | "SCTP";

/** Ports from `from` to `to`, both included. */
export interface PortRange {
    readonly from: number;
    readonly to: number;
}

/** A range in a port cell; `transports` is empty when the cell does not say. */
export interface PortItem extends PortRange {
    readonly transports: readonly Transport[];
}

/** What a port cell says. Either `items` or `portSet` is filled. */
export interface PortCell {
    readonly items: readonly PortItem[];
    /** A set of ports that has a name instead of numbers: "Ports métriques". */
    readonly portSet?: string;
    /** What stands in parentheses: "ou autre port SMTP". */
    readonly notes: readonly string[];
    /** Footnote marks: "*". */
    readonly marks: readonly string[];
}

/** A port cell that cannot be read: what was found, where in the cell (UTF-16 offset and length), what would be right. */
export class PortSyntaxError extends Error {
    constructor(
        message: string,
        readonly offset: number,
        readonly length: number,
        readonly expected: string,
    ) {
        super(message);
        this.name = "PortSyntaxError";
    }
}

const anyNumber = "a number, a range (49152-65535) or a list (80, 443)";
const highestPort = 65535;

/** Well-known names, so that the message can say the number to write (IANA service names). */
export const serviceNumbers: Record<string, number> = {
    http: 80,
    https: 443,
    ssh: 22,
    smtp: 25,
    smtps: 465,
    submission: 587,
    dns: 53,
    ntp: 123,
    ldap: 389,
    ldaps: 636,
    rdp: 3389,
    mysql: 3306,
    postgresql: 5432,
    redis: 6379,
    mongodb: 27017,
};

type TokenKind =
    "number" | "transport" | "dash" | "slash" | "colon" | "comma" | "and" | "mark" | "note" | "label" | "word";
interface Token {
    kind: TokenKind;
    text: string;
    offset: number;
}

const grammar: readonly [TokenKind, RegExp][] = [
    ["number", /\d+/y],
    ["transport", /(?:tcp|udp|sctp)(?![\p{L}\p{N}_])/iuy],
    ["and", /(?:et|and|ou|or|&|\+)(?![\p{L}\p{N}_])/iuy],
    ["dash", /(?:[-‐‑‒–—−]|\.\.+|…|(?:à|to)(?![\p{L}\p{N}_]))/iuy],
    ["label", /ports?(?![\p{L}\p{N}_])/iuy],
    ["slash", /\//y],
    ["colon", /:/y],
    ["comma", /[,;\n]/y],
    ["mark", /(?:\*+|[†‡¹²³⁴⁵⁶⁷⁸⁹]+)/y],
    ["note", /\([^()]*\)/y],
    ["word", /[^\s,;/()*]+|[()]/y],
];

function tokenize(text: string): Token[] {
    const tokens: Token[] = [];
    for (let offset = 0; offset < text.length;) {
        const space = /[^\S\n]+/y;
        space.lastIndex = offset;
        if (space.test(text)) {
            offset = space.lastIndex;
            continue;
        }
        for (const [kind, pattern] of grammar) {
            pattern.lastIndex = offset;
            const match = pattern.exec(text);
            if (!match) continue;
            // A number glued to letters is one word: "80tcp" and "0x50" are refused whole.
            const glued = kind === "number" && /^[\p{L}_][^\s,;/()]*/u.exec(text.slice(offset + match[0].length));
            const whole = glued ? match[0] + glued[0] : match[0];
            tokens.push({ kind: glued ? "word" : kind, text: whole, offset });
            offset += whole.length;
            break;
        }
    }
    return tokens;
}

/**
 * Reads a port cell: `80/443*`, `80, 443`, `49152-65535`, `UDP 67-68`, `587 (ou autre port SMTP)`, `53/TCP-UDP`,
 * `80/tcp, 53/udp`, a named set ("Ports métriques"), or every port ("any", "tous les ports").
 * Throws PortSyntaxError, with the offset of what cannot be read.
 */
export function parsePortCell(text: string): PortCell {
    const trimmed = text.trim();
    const every = /^(?:any|all|tous|toutes|tous les ports|all ports|any port)$/i.test(trimmed);
    if (every) return { items: [{ from: 1, to: highestPort, transports: [] }], notes: [], marks: [] };
    if (/^(?:ports?\s+\p{L}[^\d|]*|\p{L}[^\d|]*\sports)$/iu.test(trimmed)) {
        return {
            items: [],
            portSet: trimmed
                .replace(/[*†‡]+$/, "")
                .replace(/\s+/g, " ")
                .trim(),
            notes: [],
            marks: [],
        };
    }
    return new PortParser(text).parse();
}

class PortParser {
    private readonly tokens: Token[];
    private next = 0;
    private readonly items: { from: number; to: number; transports: Transport[]; token: Token }[] = [];
    private readonly notes: string[] = [];
    private readonly marks: string[] = [];
    private prefix: Transport[] = [];

    constructor(private readonly text: string) {
        this.tokens = tokenize(text);
    }

    parse(): PortCell {
        if (this.tokens.length === 0) throw this.error("the port is missing", undefined);
        this.item();
        while (this.peek()) {
            if (!this.take("comma", "slash", "and")) throw this.unreadable(this.peek()!);
            this.item();
        }
        const undecided = this.items.find(({ transports }) => transports.length === 0);
        if (undecided && this.items.some(({ transports }) => transports.length > 0)) {
            const { text } = undecided.token;
            throw this.error(
                `the transport of ${text} is not said while others' are`,
                undecided.token,
                `${text}/TCP or ${text}/UDP`,
            );
        }
        return {
            items: this.items.map(({ from, to, transports }) => ({ from, to, transports })),
            notes: this.notes,
            marks: [...new Set(this.marks)],
        };
    }

    private item(): void {
        while (this.take("label"));
        if (this.peek()?.kind === "transport") {
            this.prefix = this.transports();
            this.take("slash", "colon");
            while (this.take("label"));
        }
        const range = this.range();
        const from = this.items.length;
        this.items.push({ ...range, transports: [...this.prefix] });
        const suffix = this.suffix();
        if (suffix.length === 0) return;
        if (this.prefix.length > 0)
            throw this.error(`two transports are said for ${range.token.text}`, range.token, "one of them");
        // "80, 443/TCP" says the transport of both.
        let index = from;
        while (index >= 0 && this.items[index].transports.length === 0) this.items[index--].transports = suffix;
    }

    private range(): { from: number; to: number; token: Token } {
        const token = this.peek();
        if (token?.kind !== "number") throw token ? this.unreadable(token) : this.missing();
        this.next++;
        const from = this.number(token);
        const separator = this.peek();
        if (!separator || !["dash", "colon"].includes(separator.kind)) return { from, to: from, token };
        this.next++;
        const end = this.peek();
        if (end?.kind !== "number") throw end ? this.unreadable(end) : this.missing();
        this.next++;
        const to = this.number(end);
        const whole = { ...token, text: this.text.slice(token.offset, end.offset + end.text.length) };
        if (to < from) throw this.error(`the range ${whole.text} ends before it starts`, whole, `${to}-${from}`);
        return { from, to, token: whole };
    }

    private number(token: Token): number {
        const value = Number(token.text);
        if (value < 1 || value > highestPort)
            throw this.error(`"${token.text}" is not a port`, token, `a number from 1 to ${highestPort}`);
        if (token.text.startsWith("0")) throw this.error(`"${token.text}" starts with a zero`, token, String(value));
        return value;
    }

    /** What may follow a range: notes, footnote marks, and its transports ("53/TCP-UDP", "53 (UDP)"). */
    private suffix(): Transport[] {
        const found: Transport[] = [];
        for (;;) {
            const token = this.peek();
            const after = this.tokens[this.next + 1];
            if (token?.kind === "mark") {
                this.marks.push(token.text);
                this.next++;
            } else if (token?.kind === "note") {
                const inside = token.text.slice(1, -1).trim();
                if (/^(?:tcp|udp|sctp)(?:\s*[-/+,&]\s*(?:tcp|udp|sctp))*$/i.test(inside))
                    found.push(...transportsIn(inside));
                else if (inside !== "") this.notes.push(inside.replace(/\s+/g, " "));
                this.next++;
            } else if (token?.kind === "transport") {
                found.push(...this.transports());
            } else if (token?.kind === "slash" && after?.kind === "transport" && !this.startsNextItem(this.next + 1)) {
                this.next++;
                found.push(...this.transports());
            } else {
                return [...new Set(found)];
            }
        }
    }

    /** "80/TCP 443": the transport belongs to what follows it. */
    private startsNextItem(index: number): boolean {
        return this.tokens[index + 1]?.kind === "number";
    }

    private transports(): Transport[] {
        const found: Transport[] = [this.tokens[this.next++].text.toUpperCase() as Transport];
        while (
            this.tokens[this.next + 1]?.kind === "transport" &&
            ["dash", "slash", "and"].includes(this.peek()!.kind)
        ) {
            found.push(this.tokens[this.next + 1].text.toUpperCase() as Transport);
            this.next += 2;
        }
        return [...new Set(found)];
    }

    private peek(): Token | undefined {
        return this.tokens[this.next];
    }

    private take(...kinds: TokenKind[]): boolean {
        const found = kinds.includes(this.peek()?.kind as TokenKind);
        if (found) this.next++;
        return found;
    }

    private unreadable(token: Token): PortSyntaxError {
        const number = serviceNumbers[token.text.toLowerCase()];
        return this.error(
            `"${token.text.replace(/\n/g, " ")}" is not a port`,
            token,
            number ? `the number: ${number}` : anyNumber,
        );
    }

    private missing(): PortSyntaxError {
        const last = this.tokens[this.tokens.length - 1];
        return this.error(`a port is missing after "${last.text.trim()}"`, last);
    }

    private error(message: string, token: Token | undefined, expected = anyNumber): PortSyntaxError {
        return new PortSyntaxError(message, token?.offset ?? 0, token?.text.length ?? this.text.length, expected);
    }
}

/** The transports that a text names, each once: "TCP/UDP" → TCP, UDP. */
export function transportsIn(text: string): Transport[] {
    const found = text.match(/(?<![\p{L}\p{N}_])(?:tcp|udp|sctp)(?![\p{L}\p{N}_])/giu) ?? [];
    return [...new Set(found.map((word) => word.toUpperCase() as Transport))];
}

/** A range as the matrix writes it: `80`, `49152-65535`. */
export function printRange({ from, to }: PortRange): string {
    return from === to ? String(from) : `${from}-${to}`;
}

/** A port cell that reads back the same. */
export function printPortCell(cell: PortCell): string {
    if (cell.portSet !== undefined) return cell.portSet;
    const items = cell.items.map((item) => [printRange(item), item.transports.join("-")].filter(Boolean).join("/"));
    const notes = cell.notes.map((note) => ` (${note})`).join("");
    return `${items.join(", ")}${cell.marks.join(" ")}${notes}`;
}

/** Ranges in order, each port once: what an id and a comparison need. Ranges that only touch stay apart. */
export function sortRanges(ranges: readonly PortRange[]): PortRange[] {
    const merged: { from: number; to: number }[] = [];
    for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from || b.to - a.to)) {
        const last = merged[merged.length - 1];
        if (last && from <= last.to) last.to = Math.max(last.to, to);
        else merged.push({ from, to });
    }
    return merged;
}

/** Whether two sets of ranges have a port in common. */
export function rangesOverlap(some: readonly PortRange[], others: readonly PortRange[]): boolean {
    return some.some((a) => others.some((b) => a.from <= b.to && b.from <= a.to));
}

/** Whether every port of `inner` is in `outer`. */
export function rangesCover(outer: readonly PortRange[], inner: readonly PortRange[]): boolean {
    const joined: { from: number; to: number }[] = [];
    for (const range of sortRanges(outer)) {
        const last = joined[joined.length - 1];
        if (last && range.from === last.to + 1) last.to = range.to;
        else joined.push({ ...range });
    }
    return inner.every(({ from, to }) => joined.some((range) => range.from <= from && to <= range.to));
}
