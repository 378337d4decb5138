import { type Diagnostic, MatrixError, formatDiagnostic } from "../../matrix";

const six: Diagnostic = {
    severity: "error",
    code: "unreadable-port",
    message: 'port  "six" is not a port',
    expected: "a number, a range (49152-65535) or a list (80, 443)",
    place: { file: "platforms/e-chauffeur/matrix.md", line: 14, column: 12 },
    excerpt: "|API|Redis|six|TCP|",
    length: 3,
};
const place = (line: number, column: number, file = "m.md") => ({ file, line, column });

describe("a diagnostic", () => {
    test("shows the place, the line, what is wrong and what would be right", () => {
        expect(formatDiagnostic(six)).toBe(
            [
                'platforms/e-chauffeur/matrix.md:14:12  error  port  "six" is not a port',
                "  |API|Redis|six|TCP|",
                "             ^^^     expected a number, a range (49152-65535) or a list (80, 443)",
            ].join("\n"),
        );
    });

    test("underlines under wide characters, combining marks and tabs", () => {
        const carets = (excerpt: string, column: number, length: number) =>
            formatDiagnostic({ ...six, expected: undefined, excerpt, place: place(1, column), length }).split("\n")[2];
        expect(carets("|用户|八十|", 5, 2)).toBe("        ^^^^");
        expect(carets("|🚀|six|", 4, 3)).toBe("      ^^^");
        expect(carets("|e\u0301|six|", 5, 3)).toBe("     ^^^");
        expect(carets("\t|six|", 3, 3)).toBe("  \t ^^^");
    });

    test("keeps its advice beside the carets of a long line", () => {
        const line = formatDiagnostic({ ...six, excerpt: `|API|Redis|six|TCP|${"x".repeat(200)}|` }).split("\n")[2];
        expect(line).toBe("             ^^^  expected a number, a range (49152-65535) or a list (80, 443)");
    });

    test("without excerpt is one line and its advice", () => {
        expect(formatDiagnostic({ ...six, excerpt: undefined, place: place(1, 1) })).toBe(
            'm.md:1:1  error  port  "six" is not a port\n  expected a number, a range (49152-65535) or a list (80, 443)',
        );
    });

    test("is coloured only when asked", () => {
        expect(formatDiagnostic(six)).not.toContain("\u001b");
        expect(formatDiagnostic(six, true)).toContain("\u001b[31merror\u001b[0m");
    });
});

test("an error carries its diagnostics by file, line and column, and reads as all of them", () => {
    const one = (file: string, line: number, column: number): Diagnostic => ({
        ...six,
        excerpt: undefined,
        expected: undefined,
        place: place(line, column, file),
    });
    const error = new MatrixError([one("b.md", 2, 1), one("a.md", 9, 1), one("b.md", 1, 5), one("b.md", 1, 2)]);
    const places = error.diagnostics.map(({ place: { file, line, column } }) => `${file}:${line}:${column}`);
    expect(places).toEqual(["b.md:1:2", "b.md:1:5", "b.md:2:1", "a.md:9:1"]);
    expect(error.message.split("\n").map((line) => line.split(" ")[0])).toEqual(places);
});
