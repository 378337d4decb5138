import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** The folder of the alert rules and dashboards that the repository keeps. */
export const MONITORING = join(__dirname, "../../monitoring");

/** Texts by file name. */
export type Files = Readonly<Record<string, string>>;

/**
 * The alert rules under alerts/, by file name; promtool's tests of them, which have no `groups`, are left out. Empty
 * without the folder. Throws an Error that names a file that is not YAML.
 */
export function alertRules(folder: string = MONITORING): Files {
    return textsOf(join(folder, "alerts"), /\.ya?ml$/, (text) => {
        const content: unknown = parse(text);
        return typeof content === "object" && content !== null && "groups" in content;
    });
}

/**
 * Grafana's dashboards under dashboards/, by file name. Empty without the folder. Throws an Error that names a file that
 * is not JSON.
 */
export function dashboards(folder: string = MONITORING): Files {
    return textsOf(join(folder, "dashboards"), /\.json$/, (text) => {
        JSON.parse(text);
        return true;
    });
}

function textsOf(folder: string, names: RegExp, wanted: (text: string) => boolean): Files {
    if (!existsSync(folder)) return {};
    const files = readdirSync(folder)
        .filter((file) => names.test(file))
        .sort()
        .map((file) => [file, readFileSync(join(folder, file), "utf8")] as const);
    const kept = files.filter(([file, text]) => {
        try {
            return wanted(text);
        } catch (error) {
            throw new Error(`${join(folder, file)} cannot be read: ${(error as Error).message}`, { cause: error });
        }
    });
    return Object.fromEntries(kept);
}
