import { type Diagnostic, refuseErrors } from "./diagnostics";
import { type Cell, type Footnote, type MarkdownTables, type Row, type Table, readTables } from "./document";
import { readFilteringRules } from "./filtering-rules";
import { type Document, type Flow, flowId } from "./flow";
import { type ColumnKind, type LifeField } from "./headers";
import { type Life, readDay, readVerdict } from "./life";
import { type PortCell, type PortItem, type PortRange, type Transport } from "./ports";
import { PortSyntaxError, parsePortCell } from "./ports";
import { applicationText, isPortless, transportsOfProtocol } from "./protocol";
import { type Columns, readColumns } from "./columns";
import { characterCount, columnAt } from "./width";

/**
 * Reads the flow tables of a Markdown document. Other tables are passed over; a document without any is refused.
 * Throws MatrixError with every diagnostic: a wrong document never yields flows.
 */
export function readDocument(text: string, file: string, options: { document?: "matrix" | "annex" } = {}): Document {
    return new DocumentReader(readTables(text), file, options.document ?? "matrix").read();
}

/** Footnote marks at the end of a cell. */
const trailingMarks = /(?<=\S)\s*(?:\*+|[†‡¹²³⁴⁵⁶⁷⁸⁹]+)$/u;
const dateFields = new Set<LifeField>(["opened", "expires", "review"]);
const textFields: readonly LifeField[] = ["owner", "requester", "approver", "ticket", "environment", "site"];

class DocumentReader {
    private readonly diagnostics: Diagnostic[] = [];
    private readonly flows: Flow[] = [];
    private readonly references = new Map<string, number>();

    constructor(
        private readonly markdown: MarkdownTables,
        private readonly file: string,
        private readonly document: "matrix" | "annex",
    ) {}

    read(): Document {
        let tables = 0;
        const headers: string[] = [];
        for (const table of this.markdown.tables) {
            const columns = readColumns(table.header, this.document);
            headers.push(table.header.cells.map((cell) => cell.text).join(", "));
            if (!columns) continue;
            tables++;
            for (const problem of columns.problems) this.report(problem, table.header, problem.cell);
            if (table.rows.length === 0) {
                const message = "the flow table has no row";
                this.report({ code: "empty-table", message, expected: "a row for each flow" }, table.header);
            }
            if (columns.problems.some((problem) => problem.severity !== "warning")) continue;
            const notes = this.footnotesOf(table);
            for (const row of table.rows) this.readRow(row, columns, notes);
        }
        if (tables === 0) this.reportNoTable(headers);
        for (const { line, column } of this.markdown.strays) {
            const message = "this line looks like a table row but belongs to no table";
            const expected = "a header and a row of dashes above it, with as many cells, and no blank line between";
            this.reportAt({ code: "stray-row", message, expected }, line, column, this.line(line).trim().length);
        }
        const rules = readFilteringRules(this.markdown.items, this.file, this.markdown.lines);
        return { file: this.file, flows: this.flows, rules, warnings: refuseErrors(this.diagnostics) };
    }

    private readRow(row: Row, columns: Columns, footnotes: readonly Footnote[]): void {
        const errors = this.diagnostics.length;
        const extra = row.cells[columns.count];
        if (extra) {
            const message = `the row has ${row.cells.length} cells, its header ${columns.count}`;
            this.report({ code: "too-many-cells", message, expected: "a pipe inside a cell written \\|" }, row, extra);
        }
        const cell = (kind: ColumnKind): Cell | undefined => {
            const index = columns.index.get(kind);
            return index === undefined ? undefined : row.cells[index];
        };
        for (const one of row.cells) {
            if (!one.struck) continue;
            const message = `"${one.text}" is struck out: is the flow meant or not?`;
            this.report({ code: "struck-out", message, expected: "the row without the strike, or no row" }, row, one);
        }
        const source = this.name(row, cell("source"), "source");
        const destination = this.name(row, cell("destination"), "destination");
        const ports = this.ports(row, cell("port"));
        const verdict = this.verdict(row, cell("verdict"));
        const life = this.life(row, cell);
        const reference = this.reference(row, cell("reference"));
        const transports = ports && this.transports(row, ports, cell);
        if (this.diagnostics.slice(errors).some(({ severity }) => severity === "error")) return;
        if (!source || !destination || !ports || !verdict || !transports) return;

        const cells: Flow["cells"] = {};
        for (const [kind, index] of columns.index) {
            const one = row.cells[index];
            if (one) cells[kind] = { column: one.column, length: characterCount(one.raw) };
        }
        const application = applicationText((cell("application") ?? cell("protocol") ?? cell("transport"))?.text ?? "");
        const serves = oneLine(cell("serves")?.text ?? "");
        const shared = {
            ...(reference ? { reference } : {}),
            source,
            destination,
            application,
            description: oneLine(cell("description")?.text ?? ""),
            verdict,
            document: this.document,
            ...(serves ? { serves } : {}),
            life,
            place: { file: this.file, line: row.line, column: row.cells[0].column },
            cells,
            excerpt: this.line(row.line),
            notes: [...ports.notes, ...this.footnotes(row, ports, cell, footnotes)],
        };
        for (const { transport, ranges } of transports) {
            const id = flowId({ reference, source, destination, transport, ports: ranges, portSet: ports.portSet });
            this.flows.push({
                ...shared,
                id: reference && transports.length > 1 ? `${id}/${transport.toLowerCase()}` : id,
                transport,
                ports: ranges,
                ...(ports.portSet === undefined ? {} : { portSet: ports.portSet }),
            });
        }
    }

    private name(row: Row, cell: Cell | undefined, kind: "source" | "destination"): string | undefined {
        const name = oneLine(cell?.text ?? "").replace(trailingMarks, "");
        if (name !== "") return name;
        this.report(
            { code: "missing-name", message: `the ${kind} is missing`, expected: "the name of a role" },
            row,
            cell,
        );
        return undefined;
    }

    private ports(row: Row, cell: Cell | undefined): PortCell | undefined {
        try {
            const ports = parsePortCell(cell?.text ?? "");
            const hidden = ports.notes.find((note) => /(?<!\d)\d{2,5}(?!\d)/.test(note));
            if (hidden) {
                const message = `the note "${hidden}" names a number that is not opened`;
                const expected = "ports outside parentheses";
                this.report({ severity: "warning", code: "port-in-note", message, expected }, row, cell);
            }
            if (ports.items.some(({ from, to }) => from === 1 && to === 65535)) {
                const message = "the row opens every port";
                this.report(
                    { severity: "warning", code: "every-port", message, expected: "the ports needed" },
                    row,
                    cell,
                );
            }
            return ports;
        } catch (error) {
            if (!(error instanceof PortSyntaxError)) throw error;
            const found = (cell?.text ?? "").slice(error.offset, error.offset + error.length);
            // The cell's text lost its markup: what was found is looked up in the cell as written.
            const offset =
                cell && found.trim() !== "" ? cell.raw.indexOf(found, Math.min(error.offset, cell.raw.length)) : -1;
            const message = `port  ${error.message}`;
            const problem = { code: "unreadable-port", message, expected: error.expected };
            if (offset < 0) this.report(problem, row, cell);
            else {
                const column = cell!.column + columnAt(cell!.raw, offset) - 1;
                this.reportAt(problem, row.line, column, characterCount(found));
            }
            return undefined;
        }
    }

    /** The ranges of a row by transport: what the port cell says, then the transport or protocol cell, then the application. */
    private transports(
        row: Row,
        ports: PortCell,
        cell: (kind: ColumnKind) => Cell | undefined,
    ): { transport: Transport; ranges: PortRange[] }[] | undefined {
        const protocol = cell("transport") ?? cell("protocol") ?? cell("application");
        const text = protocol?.text ?? "";
        const inPorts = new Set(ports.items.flatMap(({ transports }) => transports));
        if (isPortless(text)) {
            const message = `"${text}" is not a transport that has ports`;
            this.report({ code: "unknown-transport", message, expected: "TCP, UDP or SCTP" }, row, protocol);
            return undefined;
        }
        if (text === "" && inPorts.size === 0) {
            const message = "the protocol is missing";
            this.report(
                { code: "missing-protocol", message, expected: "TCP, UDP, SCTP or an application (HTTPS)" },
                row,
                protocol,
            );
            return undefined;
        }
        const { said, assumed } = transportsOfProtocol(text);
        const contradicted = [...inPorts].find((transport) => said.length > 0 && !said.includes(transport));
        if (contradicted) {
            const message = `the port cell says ${contradicted}, the protocol cell "${text}"`;
            this.report(
                { code: "transport-contradicted", message, expected: "the same transport in both" },
                row,
                cell("port"),
            );
            return undefined;
        }
        const of = (item: PortItem) => (item.transports.length > 0 ? item.transports : assumed);
        const wanted = ports.portSet === undefined ? new Set(ports.items.flatMap(of)) : new Set(assumed);
        return [...wanted].map((transport) => ({
            transport,
            ranges: ports.items.filter((item) => of(item).includes(transport)).map(({ from, to }) => ({ from, to })),
        }));
    }

    private verdict(row: Row, cell: Cell | undefined): "allow" | "refuse" | undefined {
        const verdict = readVerdict(cell?.text ?? "");
        if (verdict) return verdict;
        const message = `"${cell!.text}" neither allows nor refuses the flow`;
        const expected =
            "a word that allows (autorisé, allow) or refuses (refusé, deny); a flow still undecided is no row yet";
        this.report({ code: "unknown-verdict", message, expected }, row, cell);
        return undefined;
    }

    private life(row: Row, cell: (kind: ColumnKind) => Cell | undefined): Life {
        const life: Life = {};
        for (const field of textFields) {
            const text = oneLine(cell(field)?.text ?? "");
            if (text !== "" && text !== "-") life[field] = text;
        }
        for (const field of dateFields) {
            const one = cell(field);
            const day = readDay(one?.text ?? "");
            if (day) life[field] = day;
            if (day !== undefined) continue;
            const message = `"${one!.text}" is not a day`;
            this.report(
                { code: "unreadable-date", message, expected: "a day such as 2027-03-31 or 31/03/2027" },
                row,
                one,
            );
        }
        return life;
    }

    private reference(row: Row, cell: Cell | undefined): string | undefined {
        const reference = oneLine(cell?.text ?? "");
        if (reference === "") return undefined;
        const first = this.references.get(reference);
        if (first !== undefined) {
            const message = `the reference "${reference}" is already that of line ${first}`;
            this.report({ code: "duplicate-reference", message, expected: "a reference of its own" }, row, cell);
        } else this.references.set(reference, row.line);
        return reference;
    }

    private footnotes(
        row: Row,
        ports: PortCell,
        cell: (kind: ColumnKind) => Cell | undefined,
        footnotes: readonly Footnote[],
    ): string[] {
        const marked = (["source", "destination", "protocol", "application", "description"] as const).map((kind) => ({
            one: cell(kind),
            mark: trailingMarks.exec(cell(kind)?.text ?? "")?.[0].trim(),
        }));
        for (const mark of ports.marks) marked.push({ one: cell("port"), mark });
        const found = new Set<string>();
        for (const { one, mark } of marked) {
            if (!mark) continue;
            const note = footnotes.find((candidate) => candidate.mark === mark && candidate.line > row.line);
            if (note) found.add(note.text);
            else {
                const message = `nothing says what the mark "${mark}" stands for`;
                const expected = `a line "Note${mark} : …" below the table`;
                this.report({ severity: "warning", code: "missing-footnote", message, expected }, row, one);
            }
        }
        return [...found];
    }

    /** The footnotes of a table's section, and those that follow it before any other table. */
    private footnotesOf(table: Table): Footnote[] {
        const next =
            this.markdown.tables.find((other) => other.header.line > table.header.line)?.header.line ?? Infinity;
        return this.markdown.footnotes.filter(
            ({ line, section }) => line > table.header.line && (section === table.section || line < next),
        );
    }

    private reportNoTable(headers: readonly string[]): void {
        const found =
            headers.length === 0 ? "no table" : `only tables of ${headers.map((one) => `(${one})`).join(", ")}`;
        const message = `the document has no flow table: ${found}`;
        const expected = "a Markdown table with the columns Source, Destination, Port and Protocol";
        this.diagnostics.push({
            severity: "error",
            code: "no-flow-table",
            message,
            expected,
            place: { file: this.file, line: 1, column: 1 },
        });
    }

    private report(problem: Problem, row: Row, cell?: Cell): void {
        const line = this.line(row.line);
        const column = cell?.column ?? columnAt(line, line.length - line.trimStart().length);
        this.reportAt(
            problem,
            row.line,
            column,
            cell ? Math.max(1, characterCount(cell.raw)) : characterCount(line.trim()),
        );
    }

    private reportAt(problem: Problem, line: number, column: number, length: number): void {
        const { severity = "error", code, message, expected } = problem;
        const place = { file: this.file, line, column };
        this.diagnostics.push({
            severity,
            code,
            message,
            ...(expected ? { expected } : {}),
            place,
            excerpt: this.line(line),
            length,
        });
    }

    private line(line: number): string {
        return this.markdown.lines[line - 1] ?? "";
    }
}

interface Problem {
    severity?: "error" | "warning" | "info";
    code: string;
    message: string;
    expected?: string;
}

function oneLine(text: string): string {
    return text.replace(/\s+/g, " ").trim();
}
