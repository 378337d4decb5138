import { formatDiagnostic, lint, MatrixError, type Diagnostic, type Matrix } from "../matrix";
import { findSources, loadSources, readDate } from "./documents";
import { colours, count, type ExitCode, type Terminal } from "./terminal";

export interface CheckOptions {
    annex?: string;
    inventory?: string;
    on?: string;
    format: "text" | "json";
}

/** `matrice check`: reports what is wrong in the documents, and the decisions they rest on. */
export function check(files: string[], options: CheckOptions, terminal: Terminal): ExitCode {
    const sources = findSources(files, options);
    const on = options.on === undefined ? new Date() : readDate(options.on);
    let matrix: Matrix | undefined;
    let diagnostics: readonly Diagnostic[];
    try {
        matrix = loadSources(sources, on);
        diagnostics = [...matrix.warnings, ...lint(matrix)];
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
    terminal.out(`${count(flows, "flow")} between ${count(matrix.roles.length, "role")}: ${findings}\n`);
    return errors > 0 ? 1 : 0;
}
