import { writeFileSync } from "node:fs";
import { readText } from "../documents";
import { Repository } from "../repository";
import { UsageError, type ExitCode, type Terminal } from "../terminal";
import { readPreview } from "./preview";
import { limits, renderMarkdown } from "./render";
import { refusals, reviewOf } from "./review";

export interface ReviewOptions {
    repository: string;
    preview?: string;
    withoutPreview?: string;
    platforms: string;
    golden: string;
    format: "markdown" | "json";
    for: keyof typeof limits;
    output?: string;
}

/**
 * `matrice review`: what a change opens, closes, replaces and is refused for. Ends with 1 when something stands against
 * it. Throws UsageError.
 */
export function review(
    base: string,
    head: string | undefined,
    options: ReviewOptions,
    on: Date,
    terminal: Terminal,
): ExitCode {
    if (options.preview !== undefined && options.withoutPreview !== undefined) {
        throw new UsageError("give either --preview or --without-preview.");
    }
    const repository = Repository.at(options.repository);
    const from = repository.commit(base);
    const to = head === undefined ? repository.commit("HEAD") : repository.commit(head);
    const preview =
        options.preview === undefined
            ? { missing: options.withoutPreview ?? "none was given (--preview FILE)" }
            : readPreview(readText(options.preview), options.preview);
    const result = reviewOf({
        // What others have merged since is not this change's.
        before: repository.at(repository.mergeBase(from, to) ?? from),
        after: head === undefined ? repository.workingTree() : repository.at(to),
        platforms: options.platforms,
        golden: options.golden,
        on,
        preview,
    });
    const text =
        options.format === "json"
            ? `${JSON.stringify({ ...result, refused: refusals(result) }, undefined, 2)}\n`
            : renderMarkdown(result, limits[options.for]);
    if (options.output === undefined) {
        terminal.out(text);
    } else {
        write(options.output, text);
    }
    return refusals(result).length > 0 ? 1 : 0;
}

function write(file: string, text: string): void {
    try {
        writeFileSync(file, text);
    } catch (error) {
        throw new UsageError(`${file}: it cannot be written (${(error as NodeJS.ErrnoException).code}).`);
    }
}
