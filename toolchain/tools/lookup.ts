import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../processes";
import type { Tool } from "./catalogue";
import { formatVersion, inRange, parseVersion } from "./versions";

export interface Found {
    file: string;
    version: string;
}

export interface Search {
    /** The first one of an accepted version. */
    found?: Found;
    /** Those passed over, with the reason, for `make doctor`. */
    refused: { file: string; reason: string }[];
}

/** Every executable of that name on a PATH, in order, resolved files once; folders in `skip` are passed over. */
export function onPath(name: string, searchPath: string, skip: readonly string[] = []): string[] {
    const seen = new Set<string>();
    const skipped = new Set(skip.map(realFolder));
    const files: string[] = [];
    for (const folder of searchPath.split(path.delimiter)) {
        if (folder === "" || skipped.has(realFolder(folder))) continue;
        const file = path.join(folder, name);
        try {
            fs.accessSync(file, fs.constants.X_OK);
            const real = fs.realpathSync(file);
            if (!fs.statSync(real).isFile() || seen.has(real)) continue;
            seen.add(real);
            files.push(file);
        } catch {
            // Not there, or not ours to run.
        }
    }
    return files;
}

/** Folders are compared as what they are, not as they are written: one reached by a link is the same. */
function realFolder(folder: string): string {
    try {
        return fs.realpathSync(folder);
    } catch {
        return path.resolve(folder);
    }
}

/** Asks each candidate on PATH for its version and takes the first that is accepted. */
export async function findOnPath(tool: Tool, searchPath: string, skip: readonly string[] = []): Promise<Search> {
    const refused: Search["refused"] = [];
    for (const file of onPath(tool.name, searchPath, skip)) {
        const result = await run(file, tool.versionArguments, { timeoutSeconds: 10 });
        const version = result.code === 0 ? parseVersion(result.output) : undefined;
        if (!version) {
            refused.push({ file, reason: "does not tell its version" });
        } else if (!inRange(version, tool.accepted)) {
            const { from, below } = tool.accepted;
            refused.push({ file, reason: `${formatVersion(version)} is not within ${from} … <${below}` });
        } else {
            return { found: { file, version: formatVersion(version) }, refused };
        }
    }
    return { refused };
}
