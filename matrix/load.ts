import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, MatrixError } from "./diagnostics";
import { type Document } from "./flow";
import { readDocument } from "./flows";
import { type Inventory, readInventory } from "./inventory";
import { type Matrix } from "./matrix";
import { resolve } from "./resolve";

/** The files of a matrix. */
export interface MatrixFiles {
    readonly matrix: readonly string[];
    readonly annex?: string;
    readonly inventory?: string;
    /** The day on which expiry is judged. Defaults to today. */
    readonly on?: Date;
}

/** The documents of a platform's folder. */
export function platformFiles(folder: string): { matrix: string; annex: string; inventory: string } {
    return {
        matrix: join(folder, "matrix.md"),
        annex: join(folder, "annex.md"),
        inventory: join(folder, "inventory.yaml"),
    };
}

/** Reads matrix.md, annex.md and inventory.yaml of a platform's folder. Throws MatrixError with every diagnostic. */
export function loadPlatform(folder: string, options: { on?: Date } = {}): Matrix {
    const { matrix, annex, inventory } = platformFiles(folder);
    return loadMatrix({ matrix: [matrix], annex, inventory, ...options });
}

/** Reads any matrix, with the annex and the inventory that it may have. Throws MatrixError with every diagnostic. */
export function loadMatrix(files: MatrixFiles): Matrix {
    const diagnostics: Diagnostic[] = [];
    const attempt = <T>(file: string, read: (text: string) => T): T | undefined => {
        try {
            return read(readText(file));
        } catch (error) {
            if (!(error instanceof MatrixError)) throw error;
            diagnostics.push(...error.diagnostics);
            return undefined;
        }
    };
    const documents: (Document | undefined)[] = files.matrix.map((file) =>
        attempt(file, (text) => readDocument(text, file)),
    );
    if (files.annex !== undefined) {
        const { annex } = files;
        documents.push(attempt(annex, (text) => readDocument(text, annex, { document: "annex" })));
    }
    let inventory: Inventory | undefined;
    if (files.inventory !== undefined) {
        const file = files.inventory;
        inventory = attempt(file, (text) => readInventory(text, file));
    }
    if (diagnostics.length > 0) throw new MatrixError(diagnostics);
    return resolve(documents as Document[], inventory, { on: files.on ?? new Date() });
}

function readText(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error);
        const place = { file, line: 1, column: 1 };
        throw new MatrixError([{ severity: "error", code: "unreadable-file", message: reason, place }]);
    }
}
