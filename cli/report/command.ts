import { writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { findSources, loadSources, readText } from "../documents";
import { GoldenError, readGolden } from "../golden";
import { SettingsError } from "../../network";
import { readSettings } from "../network-settings";
import { UsageError, type ExitCode, type Terminal } from "../terminal";
import { renderReport } from "./render";
import { ReportError, reportOf } from "./report";

export interface ReportOptions {
    golden: string;
    settings: string;
    output?: string;
    root: string;
}

/**
 * `matrice report`: a page that gives every row of a platform the objects that realise it, and every object that opens
 * something its rows. Ends with 1, and makes no page, when the two don't agree. Throws UsageError, MatrixError.
 */
export function report(folder: string, options: ReportOptions, terminal: Terminal): ExitCode {
    const fromRoot = (file: string) => relative(resolve(options.root), resolve(file));
    const sources = findSources([join(folder, "matrix.md")], {});
    const names = [sources.matrix[0], sources.annex, sources.inventory];
    const [matrix, annex = "", inventory = ""] = names.map((file) => (file === undefined ? undefined : fromRoot(file)));
    const places = {
        golden: fromRoot(options.golden),
        settings: fromRoot(options.settings),
        output: fromRoot(options.output ?? join(options.root, "docs", `${basename(resolve(folder))}.md`)),
        command: "npm run golden",
    };
    try {
        const read = loadSources(sources, new Date());
        const files = { matrix: matrix!, annex, inventory };
        const made = reportOf(read, readGolden(readText(options.golden)), readSettings(options.settings), files);
        const text = renderReport(made, places, (file) => fromRoot(file));
        if (options.output === undefined) {
            terminal.out(text);
        } else {
            writeFileSync(options.output, text);
        }
        return 0;
    } catch (error) {
        if (error instanceof ReportError) {
            terminal.err(error.reasons.map((reason) => `${reason}\n`).join(""));
            return 1;
        }
        throw error instanceof GoldenError
            ? new UsageError(`${options.golden}: ${error.message}`)
            : error instanceof SettingsError
              ? new UsageError(`${options.settings}: ${error.message}`)
              : error;
    }
}
