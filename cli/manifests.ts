import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { KubernetesObject } from "../network/kubernetes";
import { readPlainYaml } from "./plain-yaml";
import { UsageError } from "./terminal";

const EXTENSIONS = [".yaml", ".yml", ".json"];
const MARKER = /^---(?:[ \t].*)?$/gm;
/** What ends or precedes a document other than a bare `---`. */
const MARKED_OTHERWISE = /^(?:\.\.\.|%|---[ \t]+[^ \t#\n])/m;

/**
 * The objects in files and folders (those below included, by name): each YAML document or JSON text with a kind. `-` is
 * the standard input. Throws UsageError, naming the file and, where it cannot be read, the line.
 */
export function readManifests(paths: readonly string[]): KubernetesObject[] {
    return paths.flatMap(filesOf).flatMap((file) => readObjects(readText(file), file));
}

function filesOf(path: string): string[] {
    const stats = path === "-" ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path !== "-" && stats === undefined) {
        throw new UsageError(`${path}: there is no such file.`);
    }
    if (stats?.isDirectory() !== true) {
        return [path];
    }
    const files = readdirSync(path, { withFileTypes: true, recursive: true })
        .filter((entry) => !entry.isDirectory() && EXTENSIONS.includes(extname(entry.name)))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    if (files.length === 0) {
        throw new UsageError(`${path}: there is no .yaml, .yml or .json file in it.`);
    }
    return files;
}

function readText(file: string): string {
    let bytes: Buffer;
    try {
        bytes = readFileSync(file === "-" ? 0 : file);
    } catch (error) {
        throw new UsageError(`${file}: it cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    }
    // A decoder that refuses wrong bytes takes longer to load than to decode.
    if (!isUtf8(bytes)) {
        throw new UsageError(`${file}: this is not UTF-8 text.`);
    }
    return bytes.toString("utf8").replace(/^\ufeff/, "");
}

/** The objects of one text; documents that hold none, such as empty ones and Helm values, are passed over. */
export function readObjects(text: string, file: string): KubernetesObject[] {
    return readDocuments(text.includes("\r") ? text.replaceAll("\r\n", "\n") : text, file).filter(isObject);
}

function isObject(value: unknown): value is KubernetesObject {
    const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubernetesObject>;
    if (typeof apiVersion !== "string" || typeof kind !== "string") {
        return false;
    }
    // A List may come without metadata.
    (value as { metadata: unknown }).metadata = metadata ?? {};
    return true;
}

function readDocuments(text: string, file: string): unknown[] {
    if (/^\s*[{[]/.test(text)) {
        try {
            return [JSON.parse(text)];
        } catch {
            // Several documents, or YAML in flow style.
        }
    }
    if (MARKED_OTHERWISE.test(text)) {
        return readWhole(text, file, 0);
    }
    const documents: unknown[] = [];
    let start = 0;
    const add = (end: number) => {
        const document = text.slice(start, end);
        const read = document.startsWith("{") ? readJson(document) : readPlainYaml(document);
        documents.push(
            ...(read === undefined ? readWhole(document, file, start === 0 ? 0 : lines(text, start)) : [read.value]),
        );
    };
    for (const { index, 0: marker } of text.matchAll(MARKER)) {
        add(index);
        start = index + marker.length + 1;
    }
    add(text.length);
    return documents;
}

function readJson(text: string): { value: unknown } | undefined {
    try {
        return { value: JSON.parse(text) };
    } catch {
        return undefined;
    }
}

const lines = (text: string, end: number): number => text.slice(0, end).split("\n").length - 1;

/** By the parser of the whole language, loaded when it is needed: it takes longer to load than most folders to read. */
function readWhole(text: string, file: string, linesBefore: number): unknown[] {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- at the time of need
    const { parseAllDocuments } = require("yaml") as typeof import("yaml");
    const documents = parseAllDocuments(text);
    return (Array.isArray(documents) ? documents : []).map((document) => {
        const [error] = document.errors;
        if (error !== undefined) {
            const place = error.linePos?.[0];
            const message = error.message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, "");
            throw new UsageError(
                `${file}:${(place?.line ?? 1) + linesBefore}:${place?.col ?? 1}: this is not YAML: ${message}.`,
            );
        }
        return document.toJS();
    });
}
