/**
 * Who owns which field: `metadata.managedFields` of a live object, in the FieldsV1 format
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). It also tells how the server
 * merges each list, which no object says elsewhere.
 */
import type { Properties, Value } from "../properties";
import { isRecord, list, record, text } from "./objects";

/** The name under which this plugin owns fields. */
export const fieldManager = "pulumi-kubernetes";

type Path = readonly (string | number)[];

/** FieldsV1 trees of an object, of all managers or of one. */
export function managedTrees(object: Value | undefined, manager?: string): Properties[] {
    return list(object, "metadata", "managedFields")
        .filter((entry) => manager === undefined || text(entry, "manager") === manager)
        .map((entry) => record(entry, "fieldsV1"));
}

/**
 * Whether removing the field at `path` from what is applied would change the object: it is owned by this plugin, or is
 * part of a list that is applied as a whole. `values` is the object that the path leads through.
 */
export function removalMatters(object: Value | undefined, path: Path, values: Value | undefined): boolean {
    const all = managedTrees(object);
    if (all.length === 0) return true;
    if (insideAtomicList(all, path, values)) return true;
    return managedTrees(object, fieldManager).some((tree) => owns(tree, path, values));
}

function owns(tree: Properties, path: Path, values: Value | undefined): boolean {
    let node: Properties = tree;
    let here = values;
    for (const step of path) {
        // A leaf owns all that is below it.
        if (Object.keys(node).length === 0) return true;
        const next = child(node, here, step);
        if (next === undefined) return false;
        node = next;
        here = Array.isArray(here) ? here[Number(step)] : isRecord(here) ? here[String(step)] : undefined;
    }
    return true;
}

function insideAtomicList(trees: readonly Properties[], path: Path, values: Value | undefined): boolean {
    return trees.some((tree) => {
        let node: Properties | undefined = tree;
        let here = values;
        for (const [index, step] of path.entries()) {
            if (Array.isArray(here) && index < path.length && Object.keys(node).length === 0) return true;
            const next: Properties | undefined = child(node, here, step);
            if (next === undefined) return false;
            node = next;
            here = Array.isArray(here) ? here[Number(step)] : isRecord(here) ? here[String(step)] : undefined;
        }
        return false;
    });
}

function child(node: Properties, value: Value | undefined, step: string | number): Properties | undefined {
    if (!Array.isArray(value)) {
        const found = node[`f:${step}`];
        return isRecord(found) ? found : undefined;
    }
    const item: Value | undefined = value[Number(step)];
    for (const [key, found] of Object.entries(node)) {
        if (key.startsWith("k:") && isRecord(found) && hasKeys(item, parseKey(key))) return found;
    }
    return undefined;
}

/**
 * The fields that identify the elements of the list at `path` of a live object (`["name"]` for containers), or
 * `undefined` for a list that the server treats as a whole.
 */
export function listKeys(object: Value | undefined, path: Path): readonly string[] | undefined {
    for (const tree of managedTrees(object)) {
        let node: Properties | undefined = tree;
        let here = object;
        for (const step of path) {
            node = node && child(node, here, step);
            here = Array.isArray(here) ? here[Number(step)] : isRecord(here) ? here[String(step)] : undefined;
        }
        const key = node && Object.keys(node).find((name) => name.startsWith("k:"));
        if (key) return Object.keys(parseKey(key));
    }
    return undefined;
}

function parseKey(key: string): Properties {
    try {
        return JSON.parse(key.slice(2)) as Properties;
    } catch {
        return {};
    }
}

function hasKeys(item: Value | undefined, keys: Properties): boolean {
    return isRecord(item) && Object.entries(keys).every(([name, value]) => (item[name] ?? keyDefault(name)) === value);
}

/** Keys with a default may be left out by the one who applies. */
export const keyDefault = (name: string): Value | undefined => (name === "protocol" ? "TCP" : undefined);
