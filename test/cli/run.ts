import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cli/program";

/** Runs a command line in this process and gives what it wrote. */
export async function matrice(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    return matriceOn({ outIsTerminal: false, environment: {} }, ...argv);
}

export async function matriceOn(
    { outIsTerminal, environment }: { outIsTerminal: boolean; environment: Record<string, string> },
    ...argv: string[]
): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ["", ""];
    const code = await run(argv, {
        out: (text) => (out += text),
        err: (text) => (err += text),
        outIsTerminal,
        errIsTerminal: outIsTerminal,
        environment,
    });
    return { code, out, err };
}

/** A new folder with files in it; gives the path of one by name. */
export function folder(files: Record<string, string | Uint8Array>): (name: string) => string {
    const path = mkdtempSync(join(tmpdir(), "matrice-"));
    for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(path, name), content);
    }
    return (name) => join(path, name);
}

/** A matrix of rows with the usual columns. */
export function document(...rows: string[]): string {
    return ["|Source|Destination|Port|Protocol|Description|", "|-|-|-|-|-|", ...rows, ""].join("\n");
}

export const eChauffeur = join(__dirname, "../../platforms/e-chauffeur");
