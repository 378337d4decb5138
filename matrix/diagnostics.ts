import { displayWidth } from "./width";

/** Where something stands in a document: `line` and `column` count from 1, columns in characters (code points). */
export interface Place {
    readonly file: string;
    readonly line: number;
    readonly column: number;
}

export type Severity = "error" | "warning" | "info";

/** One finding about a document. */
export interface Diagnostic {
    severity: Severity;
    /** Stable kebab-case name of the kind of finding, such as `unreadable-port`. */
    code: string;
    /** What was found. */
    message: string;
    /** What would be right. */
    expected?: string;
    place: Place;
    /** The source line. */
    excerpt?: string;
    /** How many characters to underline, from the place on. */
    length?: number;
}

/** Thrown when documents cannot be used; carries every diagnostic, the message being all of them formatted. */
export class MatrixError extends Error {
    readonly diagnostics: readonly Diagnostic[];

    constructor(diagnostics: readonly Diagnostic[]) {
        const sorted = sortDiagnostics(diagnostics);
        super(sorted.map((diagnostic) => formatDiagnostic(diagnostic)).join("\n"));
        this.name = "MatrixError";
        this.diagnostics = sorted;
    }
}

/** Throws a MatrixError when one of the diagnostics is an error; returns the others. */
export function refuseErrors(diagnostics: readonly Diagnostic[]): Diagnostic[] {
    if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) throw new MatrixError(diagnostics);
    return sortDiagnostics(diagnostics);
}

/** Diagnostics by file, line and column; files keep the order in which they first appear. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
    const files = new Map<string, number>();
    for (const { place } of diagnostics) if (!files.has(place.file)) files.set(place.file, files.size);
    return [...diagnostics].sort(
        (a, b) =>
            files.get(a.place.file)! - files.get(b.place.file)! ||
            a.place.line - b.place.line ||
            a.place.column - b.place.column,
    );
}

const severityColours: Record<Severity, string> = { error: "31", warning: "33", info: "36" };

/**
 * A diagnostic as people read it: the place, the severity and the message; then the source line with what is wrong
 * underlined, and what would be right beside it.
 */
export function formatDiagnostic(diagnostic: Diagnostic, colour = false): string {
    const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
    const { file, line, column } = diagnostic.place;
    const severity = paint(severityColours[diagnostic.severity], diagnostic.severity);
    const first = `${file}:${line}:${column}  ${severity}  ${diagnostic.message}`;
    if (diagnostic.excerpt === undefined) {
        return diagnostic.expected ? `${first}\n  expected ${diagnostic.expected}` : first;
    }
    const characters = Array.from(diagnostic.excerpt);
    const before = characters.slice(0, column - 1);
    const under = characters.slice(column - 1, column - 1 + (diagnostic.length ?? 1)).join("");
    // Tabs are kept, so that the carets stand under what they mean whatever the terminal's tab stops are.
    const indent = before
        .map((character) => (character === "\t" ? "\t" : " ".repeat(displayWidth(character))))
        .join("");
    const carets = "^".repeat(Math.max(1, displayWidth(under)));
    const rest = displayWidth(characters.slice(column - 1).join("")) - carets.length;
    // Beside a short line the advice stands after its end; a long line would push it out of sight.
    const gap = " ".repeat(displayWidth(diagnostic.excerpt) <= 60 ? Math.max(2, rest) : 2);
    const advice = diagnostic.expected ? `${gap}expected ${diagnostic.expected}` : "";
    return `${first}\n  ${diagnostic.excerpt}\n  ${indent}${paint(severityColours[diagnostic.severity], carets)}${advice}`;
}
