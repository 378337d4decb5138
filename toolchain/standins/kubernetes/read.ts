/** From a live object back to inputs: what the program wrote, with what has since changed in the cluster. */
import type { Properties, Value } from "../properties";
import { keyDefault, listKeys } from "./fields";
import { annotation, isRecord, type KubernetesObject, lastApplied, record, sameJson } from "./objects";
import { isQuantityPath, sameQuantity } from "./quantity";

type Path = readonly (string | number)[];

/**
 * The old inputs with the values that the live object now has: a refresh then shows drift of what the program manages and
 * of nothing else. A value that the server merely writes otherwise (a quantity, a default, base64) stays as written.
 */
export function projectInputs(inputs: Properties, live: KubernetesObject): Properties {
    const { stringData, ...rest } = inputs;
    const projected = project(rest, live, [], live) as Properties;
    if (live.kind !== "Secret" || !isRecord(stringData)) return projected;
    return { ...projected, stringData: projectStringData(stringData, record(live, "data")) };
}

function project(
    old: Value | undefined,
    live: Value | undefined,
    path: Path,
    object: KubernetesObject,
): Value | undefined {
    if (old === undefined || old === null) return old;
    if (live === undefined || live === null) return isEmpty(old) ? old : undefined;
    if (isRecord(old) && isRecord(live)) {
        const kept: Record<string, Value | undefined> = {};
        for (const [key, value] of Object.entries(old)) {
            const projected = key.startsWith("__") ? value : project(value, live[key], [...path, key], object);
            if (projected !== undefined) kept[key] = projected;
        }
        return kept;
    }
    if (Array.isArray(old) && Array.isArray(live)) return projectList(old, live, path, object);
    if (old === live || String(old) === String(live)) return old;
    if (isQuantityPath(path) && sameQuantity(old, live)) return old;
    if (path[0] === "apiVersion") return old;
    return live;
}

function projectList(old: readonly Value[], live: readonly Value[], path: Path, object: KubernetesObject): Value {
    const keys = listKeys(object, path);
    if (keys) {
        // Others may add elements of their own; those are not the program's.
        const identity = (item: Value) =>
            JSON.stringify(keys.map((key) => fieldOf(item, key) ?? keyDefault(key) ?? null));
        const places = new Map(live.map((item, index) => [identity(item), index]));
        return old.flatMap((item) => {
            const index = places.get(identity(item));
            return index === undefined ? [] : [project(item, live[index], [...path, index], object)!];
        });
    }
    if (old.every((item) => !isRecord(item)) && isAssociativeSet(old, live)) return old;
    return live.map((item, index) =>
        index < old.length ? (project(old[index], item, [...path, index], object) ?? item) : item,
    );
}

/** Lists of plain values that hold the same ones (finalizers, access modes) may be returned in another order. */
function isAssociativeSet(old: readonly Value[], live: readonly Value[]): boolean {
    const sorted = (items: readonly Value[]) => items.map(String).sort();
    return old.length === live.length && sameJson(sorted(old), sorted(live));
}

const fieldOf = (item: Value, key: string) => (isRecord(item) ? item[key] : undefined);

/** The server stores `stringData` under `data`, in base64, and never returns it. */
function projectStringData(stringData: Properties, data: Properties): Properties {
    const kept: Record<string, Value | undefined> = {};
    for (const [key, value] of Object.entries(stringData)) {
        const stored = data[key];
        if (typeof stored === "string") kept[key] = Buffer.from(stored, "base64").toString("utf8");
        else if (value === "") kept[key] = value;
    }
    return kept;
}

/** Empty values are left out of what the server returns. */
function isEmpty(value: Value): boolean {
    if (value === "" || value === 0 || value === false) return true;
    if (Array.isArray(value)) return value.length === 0;
    return (
        isRecord(value) && Object.values(value).every((item) => item === undefined || item === null || isEmpty(item))
    );
}

/**
 * Inputs for an object that no program has written yet (`import`, `pulumi import`): what `kubectl apply` noted, else the
 * live object without what only the server sets.
 */
export function importedInputs(live: KubernetesObject): Properties {
    const noted = annotation(live, lastApplied);
    if (noted && live.kind !== "Secret") {
        const parsed = parseNoted(noted);
        if (parsed) return projectInputs(withIdentity(parsed, live), live);
    }
    const { status: _status, metadata: _metadata, ...rest } = live;
    const metadata: Record<string, Value | undefined> = {};
    for (const key of ["name", "namespace", "labels", "annotations", "finalizers"]) {
        if (live.metadata[key] !== undefined) metadata[key] = live.metadata[key];
    }
    if (isRecord(metadata.annotations)) {
        const { [lastApplied]: _noted, ...others } = metadata.annotations;
        metadata.annotations = Object.keys(others).length > 0 ? others : undefined;
    }
    return { ...rest, metadata };
}

function parseNoted(noted: string): Properties | undefined {
    try {
        const parsed: unknown = JSON.parse(noted);
        return isRecord(parsed) ? parsed : undefined;
    } catch {
        return undefined;
    }
}

function withIdentity(inputs: Properties, live: KubernetesObject): Properties {
    const { name, namespace } = live.metadata;
    return {
        ...inputs,
        apiVersion: live.apiVersion,
        kind: live.kind,
        metadata: { ...record(inputs, "metadata"), name, namespace },
    };
}
