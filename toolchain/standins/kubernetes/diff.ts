/** What a change of inputs does to an object: update in place, or replace, and then which goes first. */
import { type Properties, UNKNOWN, type Value } from "../properties";
import { removalMatters } from "./fields";
import { isImmutable, type Mutability } from "./immutable";
import { groupOf, isAutonamed, isRecord, name, namespace, text } from "./objects";

export type Path = readonly (string | number)[];

export interface FieldChange {
    readonly path: Path;
    readonly change: "add" | "delete" | "update";
    readonly replace: boolean;
}

export interface ObjectDiff {
    readonly changes: readonly FieldChange[];
    readonly deleteBeforeReplace: boolean;
}

/**
 * Compares old and new inputs. `oldOutputs`, the object as the cluster last showed it, tells which removed fields this
 * plugin never owned: leaving those out changes nothing under server-side apply, so they are no change.
 * `ignoreChanges` holds property paths, each for all that is below it.
 */
export function diffInputs(
    oldInputs: Properties,
    newInputs: Properties,
    oldOutputs: Properties,
    mutability: Mutability,
    ignoreChanges: readonly string[] = [],
): ObjectDiff {
    const apiVersion = text(newInputs, "apiVersion") ?? "";
    const kind = text(newInputs, "kind") ?? "";
    const changes: FieldChange[] = [];
    const note = (path: Path, change: FieldChange["change"]) => {
        if (ignoreChanges.some((ignored) => isBelow(propertyPath(path), ignored))) return;
        if (path.length === 1 && path[0] === "apiVersion") {
            // A newer version of the same group is the same object.
            const regrouped = groupOf(text(oldInputs, "apiVersion") ?? "") !== groupOf(apiVersion);
            changes.push({ path, change, replace: regrouped });
            return;
        }
        if (change === "delete" && !removalMatters(oldOutputs, path, oldInputs)) return;
        changes.push({ path, change, replace: isImmutable(apiVersion, kind, path, mutability) });
    };
    compare(oldInputs, newInputs, [], note);
    const replaced = changes.some((change) => change.replace);
    return {
        changes,
        // Two objects can't share one name: a name that was chosen must be free before it is used again.
        deleteBeforeReplace:
            replaced &&
            !isAutonamed(newInputs) &&
            name(oldInputs) === name(newInputs) &&
            namespace(oldInputs) === namespace(newInputs),
    };
}

function compare(
    before: Value | undefined,
    after: Value | undefined,
    path: Path,
    note: (path: Path, change: FieldChange["change"]) => void,
): void {
    if (isAbsent(before) && isAbsent(after)) return;
    if (isAbsent(before)) return note(path, "add");
    if (isAbsent(after)) return note(path, "delete");
    if (after === UNKNOWN || before === UNKNOWN) return note(path, "update");
    if (Array.isArray(before) && Array.isArray(after)) {
        const length = Math.max(before.length, after.length);
        for (let index = 0; index < length; index++) compare(before[index], after[index], [...path, index], note);
    } else if (isRecord(before) && isRecord(after)) {
        for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
            // Names that begin with two underscores are the engine's own bookkeeping.
            if (!key.startsWith("__")) compare(before[key], after[key], [...path, key], note);
        }
    } else if (before !== after) note(path, "update");
}

const isBelow = (path: string, above: string) =>
    path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);

const isAbsent = (value: Value | undefined) => value === undefined || value === null;

/** A path as Pulumi writes it: `spec.template.spec.containers[0].image`, `metadata.labels["a.b/c"]`. */
export function propertyPath(path: Path): string {
    return path.reduce<string>((whole, step) => {
        if (typeof step === "number") return `${whole}[${step}]`;
        if (!/^\w+$/.test(step)) return `${whole}[${JSON.stringify(step)}]`;
        return whole === "" ? step : `${whole}.${step}`;
    }, "");
}
