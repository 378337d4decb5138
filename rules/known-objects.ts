import { flatten, type KubernetesObject } from "../network";
import { UNKNOWN } from "./field";

/**
 * What the stack rules can judge: Lists opened, a policy whose spec holds an unknown value left out, unknown values of other
 * objects left out. Those that matter are object rules' findings already.
 */
export function knownObjects(objects: KubernetesObject[]): KubernetesObject[] {
    return flatten(objects).flatMap((object) => {
        const known = withoutUnknown(object) as KubernetesObject;
        // What the server fills in is unknown at preview and opens nothing.
        const dropped = object.kind === "NetworkPolicy" && known.spec !== object.spec;
        return dropped ? [] : [known.metadata ? known : { ...known, metadata: {} }];
    });
}

/** The value itself when it holds nothing unknown. */
function withoutUnknown(value: unknown): unknown {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        const list = value.filter((item) => item !== UNKNOWN).map(withoutUnknown);
        return list.length === value.length && list.every((item, index) => item === value[index]) ? value : list;
    }
    const entries = Object.entries(value);
    const known = entries
        .filter(([, item]) => item !== UNKNOWN)
        .map(([key, item]) => [key, withoutUnknown(item)] as const);
    const same = known.length === entries.length && known.every(([, item], index) => item === entries[index][1]);
    return same ? value : Object.fromEntries(known);
}
