import {
    formatDiagnostic,
    lint,
    MatrixError,
    printRange,
    type Diagnostic,
    type Flow,
    type Matrix,
    type Place,
} from "../matrix";
import { findSources, loadSources, readDate } from "./documents";
import { formatPorts, openRefusals, policies, SettingsError, type NetworkSettings, type OpenRefusal } from "../network";
import { readSettings } from "./network-settings";
import { colours, count, UsageError, type ExitCode, type Terminal } from "./terminal";

export interface CheckOptions {
    annex?: string;
    inventory?: string;
    on?: string;
    settings?: string;
    format: "text" | "json";
}

/** `matrice check`: reports what is wrong in the documents, and the decisions they rest on. */
export function check(files: string[], options: CheckOptions, terminal: Terminal): ExitCode {
    const sources = findSources(files, options);
    const on = options.on === undefined ? new Date() : readDate(options.on);
    const settings = options.settings === undefined ? undefined : readSettings(options.settings);
    let matrix: Matrix | undefined;
    let diagnostics: readonly Diagnostic[];
    try {
        matrix = loadSources(sources, on);
        diagnostics = [...matrix.warnings, ...lint(matrix), ...openRows(matrix, settings)];
    } catch (error) {
        if (!(error instanceof MatrixError)) {
            throw error;
        }
        diagnostics = error.diagnostics;
    }
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
    const flows = new Set(matrix?.flows.map(({ row }) => row)).size;
    if (options.format === "json") {
        const report = {
            sources,
            errors,
            warnings,
            flows: matrix && flows,
            roles: matrix?.roles.length,
            diagnostics: diagnostics.map(({ place, ...rest }) => ({ ...rest, ...place })),
            decisions: matrix?.inventory.decisions.map(({ row, decision }) => ({ row, decision })),
            questions: matrix?.questions.map(({ rule, answer, rows }) => ({
                rule: rule.name,
                text: rule.text,
                direction: rule.direction,
                line: rule.place.line,
                rows: rows.map(rowText),
                answer: answer?.answer,
                notApplicable: answer?.notApplicable,
            })),
        };
        terminal.out(`${JSON.stringify(report, undefined, 2)}\n`);
        return errors > 0 ? 1 : 0;
    }
    const colour = colours(terminal.outIsTerminal, terminal.environment);
    for (const diagnostic of diagnostics) {
        terminal.out(`${formatDiagnostic(diagnostic, colour)}\n`);
    }
    const findings = `${count(errors, "error")}, ${count(warnings, "warning")}`;
    if (matrix === undefined) {
        terminal.out(`${findings}\n`);
        return 1;
    }
    const { decisions } = matrix.inventory;
    if (decisions.length > 0) {
        terminal.out("Decisions:\n");
    }
    for (const { row, decision } of decisions) {
        terminal.out(`  ${row}\n    ${decision.trim()}\n`);
    }
    for (const line of questionLines(matrix)) {
        terminal.out(`${line}\n`);
    }
    terminal.out(`${count(flows, "flow")} between ${count(matrix.roles.length, "role")}: ${findings}\n`);
    return errors > 0 ? 1 : 0;
}

/** Rules in words, with the rows that answer them. */
function questionLines({ questions }: Matrix): string[] {
    if (questions.length === 0) {
        return [];
    }
    const lines = questions.flatMap(({ rule, answer, rows }) => [
        `  ${rule.name} (${rule.direction}): ${rule.text} (${placeOf(rule)})`,
        ...(answer === undefined ? ["    No answer: it opens nothing."] : []),
        ...[...new Set(rows.map(rowText))].map((row) => `    ${row}`),
        ...(answer?.answer === undefined ? [] : [`    ${answer.answer.trim()}`]),
        ...(answer?.notApplicable === undefined ? [] : [`    Not applicable: ${answer.notApplicable.trim()}`]),
    ]);
    return ["Questions:", ...lines];
}

function rowText(flow: Flow): string {
    const ports = flow.portSet ?? flow.ports.map(printRange).join(", ");
    return `${flow.source} → ${flow.destination} ${ports}/${flow.transport} (${placeOf(flow)})`;
}

function placeOf({ place }: { place: Place }): string {
    return `${place.file}:${place.line}`;
}

/**
 * Refusing rows that the policies of the allowing ones open. Without settings only those between pods can be judged, and
 * those are contradictions of the documents already.
 */
function openRows(matrix: Matrix, settings: NetworkSettings | undefined): Diagnostic[] {
    if (settings === undefined) {
        return [];
    }
    try {
        return openRefusals(matrix, policies(matrix, settings), settings).map(openRow);
    } catch (error) {
        throw error instanceof SettingsError ? new UsageError(error.message) : error;
    }
}

function openRow({ flow, ports, openedBy }: OpenRefusal): Diagnostic {
    const rows = openedBy.map(({ from, to, place }) => `${from.name} → ${to.name} (${place.file}:${place.line})`);
    return {
        severity: "error",
        code: "open-refusal",
        message:
            `the row refuses ${flow.from.name} → ${flow.to.name}, yet the policies open ${formatPorts(ports)}` +
            (rows.length === 0 ? "" : `: they have to for ${rows.join(", ")}`),
        expected: "a narrower row, addresses of its own for its end (cidrs), or no refusal",
        place: flow.place,
        excerpt: flow.excerpt,
        length: 1,
    };
}
