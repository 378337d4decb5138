import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
    MatrixError,
    readDocument,
    readInventory,
    resolve,
    type Diagnostic,
    type Document,
    type Inventory,
    type Matrix,
} from "../matrix";
import { UsageError } from "./terminal";

/** Stands for the standard input among file names. */
export const STDIN = "-";

const STDIN_NAME = "stdin.md";
const ANNEX = "annex.md";

/**
 * The text of a file, or of the standard input for "-". Throws UsageError for what is not there, not a file or not
 * text.
 */
export function readText(file: string): string {
    const bytes = file === STDIN ? readStdin() : readBytes(file);
    if (bytes.includes(0)) {
        throw new UsageError(`${file}: this is not a text file; a matrix is a Markdown document.`);
    }
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        throw new UsageError(`${file}: this is not UTF-8 text; save the document as UTF-8.`);
    }
}

function readStdin(): Buffer {
    if (process.stdin.isTTY) {
        throw new UsageError("-: nothing is piped into the command; give a file, or `matrice check - < matrix.md`.");
    }
    return readFileSync(0);
}

function readBytes(file: string): Buffer {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) {
        throw new UsageError(`${file}: there is no such file.`);
    }
    if (stats.isDirectory()) {
        const inside = join(file, "matrix.md");
        const hint = existsSync(inside) ? `did you mean ${inside}?` : "give the Markdown document of the matrix.";
        throw new UsageError(`${file}: this is a directory; ${hint}`);
    }
    try {
        return readFileSync(file);
    } catch (error) {
        throw new UsageError(`${file}: it cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    }
}

/** Which files make up a matrix. */
export interface Sources {
    readonly matrix: readonly string[];
    readonly annex?: string;
    readonly inventory?: string;
}

/** The sources a command was given; what it was not given is taken from beside the matrix, in a platform's folder. */
export function findSources(files: readonly string[], given: { annex?: string; inventory?: string }): Sources {
    const folder = files[0] === STDIN ? undefined : dirname(files[0]);
    const beside = (name: string): string | undefined => {
        const path = folder === undefined ? name : join(folder, name);
        return folder !== undefined && !files.some((file) => basename(file) === name) && existsSync(path)
            ? path
            : undefined;
    };
    const inventory = given.inventory ?? beside("inventory.yaml");
    // An annex is written for the platform's own matrix; a lone document elsewhere has none.
    const annex = given.annex ?? (inventory === undefined ? undefined : beside(ANNEX));
    const own = files.find((file) => basename(file) === ANNEX);
    const matrix = beside("matrix.md");
    if (given.annex === undefined && own !== undefined && files.length === 1 && matrix !== undefined) {
        return { matrix: [matrix], annex: own, inventory };
    }
    return { matrix: files, annex, inventory };
}

/** Reads one document. Throws MatrixError, UsageError. */
export function readMatrix(
    file: string,
    document = basename(file) === ANNEX ? ("annex" as const) : ("matrix" as const),
): Document {
    return readDocument(readText(file), file === STDIN ? STDIN_NAME : file, { document });
}

/** Reads documents and inventory and resolves them. Throws MatrixError with what is wrong in all of them, UsageError. */
export function loadSources({ matrix, annex, inventory }: Sources, on: Date): Matrix {
    const diagnostics: Diagnostic[] = [];
    const attempt = <T>(read: () => T): T | undefined => {
        try {
            return read();
        } catch (error) {
            if (!(error instanceof MatrixError)) {
                throw error;
            }
            diagnostics.push(...error.diagnostics);
            return undefined;
        }
    };
    const documents: (Document | undefined)[] = matrix.map((file) => attempt(() => readMatrix(file)));
    if (annex !== undefined) {
        documents.push(attempt(() => readMatrix(annex, "annex")));
    }
    let roles: Inventory | undefined;
    if (inventory !== undefined) {
        roles = attempt(() => readInventory(readText(inventory), inventory));
    }
    if (diagnostics.length > 0) {
        throw new MatrixError(diagnostics);
    }
    return resolve(documents as Document[], roles, { on });
}

/** Reads the day of `--on` (YYYY-MM-DD). Throws UsageError. */
export function readDate(text: string): Date {
    const date = new Date(`${text}T00:00:00Z`);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) {
        throw new UsageError(`--on ${text}: expected a day such as 2026-11-30.`);
    }
    return date;
}
