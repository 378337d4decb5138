import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { documentsOf } from "../golden";
import type { Revision } from "../repository";

/** How a rendered file differs between two revisions. */
export interface GoldenDiff {
    readonly file: string;
    readonly added: number;
    readonly removed: number;
    /** Hunks of a unified diff, the resource in each heading; what Secrets hold is masked. */
    readonly text: string;
}

/** The rendered files of a folder (test/golden) that differ, by path. */
export function diffGolden(before: Revision, after: Revision, folder: string): GoldenDiff[] {
    const files = new Set([before, after].flatMap((revision) => goldenFiles(revision, folder)));
    return [...files].sort().flatMap((file) => {
        const [old, recent] = [before, after].map((revision) => revision.read(file) ?? "");
        const text = old === recent ? "" : unifiedDiff(withoutSecrets(old), withoutSecrets(recent));
        return text === "" ? [] : [{ file, ...countLines(text), text }];
    });
}

/** Rendered platforms: the YAML files of a folder, not of those below it. */
export function goldenFiles(revision: Revision, folder: string): string[] {
    return revision.list(folder).filter((file) => /^[^/]+\.ya?ml$/.test(file.slice(folder.length + 1)));
}

/** A rendered file with `(secret)` for every value of every Secret. */
export function withoutSecrets(text: string): string {
    return documentsOf(text)
        .map((document) =>
            /^# kubernetes:core\/v1:Secret |^kind: *["']?Secret/m.test(document) ? masked(document) : document,
        )
        .join("---\n");
}

function masked(document: string): string {
    let inside = false;
    return document
        .split("\n")
        .flatMap((line) => {
            const [, top, rest] = /^["']?([^\s"':#-]+)["']?:(.*)$/.exec(line) ?? [];
            if (top !== undefined) {
                inside = ["data", "stringData"].includes(top);
                return inside && rest.trim() !== "" ? [`${top}: (secret)`] : [line];
            }
            const key = inside ? /^ {2}(\S.*?):(?: |$)/.exec(line)?.[1] : undefined;
            return !inside || line === "" ? [line] : key === undefined ? [] : [`  ${key}: (secret)`];
        })
        .join("\n");
}

/** Each hunk's heading names the document that it stands in. https://git-scm.com/docs/gitattributes */
const HEADINGS = "^# (.*)$";

function unifiedDiff(before: string, after: string): string {
    const folder = mkdtempSync(join(tmpdir(), "matrice-diff-"));
    try {
        writeFileSync(join(folder, "before"), before);
        writeFileSync(join(folder, "after"), after);
        writeFileSync(join(folder, "attributes"), "* diff=golden\n");
        const settings = [`core.attributesFile=${join(folder, "attributes")}`, `diff.golden.xfuncname=${HEADINGS}`];
        execFileSync(
            "git",
            [...settings.flatMap((one) => ["-c", one]), "diff", "--no-index", "--no-color", "--no-ext-diff"].concat([
                "--no-textconv",
                "--unified=3",
                "--",
                "before",
                "after",
            ]),
            { cwd: folder, encoding: "utf8", maxBuffer: 256 * 1024 * 1024, stdio: ["ignore", "pipe", "pipe"] },
        );
        return "";
    } catch (error) {
        // `git diff --no-index` ends with 1 when the files differ.
        const { status, stdout } = error as { status?: number; stdout?: string };
        if (status !== 1 || stdout === undefined) {
            throw error;
        }
        return stdout.slice(stdout.search(/^@@ /m)).trimEnd();
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function countLines(text: string): { added: number; removed: number } {
    const lines = text.split("\n");
    const number = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
    return { added: number("+"), removed: number("-") };
}
