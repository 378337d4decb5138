/**
 * Property values as the engine sends them. A protobuf Struct has no word for secrets and unknowns, so Pulumi marks them
 * inside it: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/properties.go (signatures).
 */
import { isDeepStrictEqual } from "node:util";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A value that is not known at preview. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A value that the engine encrypts in the state and masks in its output. */
export class Secret {
    constructor(readonly value: Value) {}
}

export type Value = null | boolean | number | string | Secret | typeof UNKNOWN | readonly Value[] | Properties;
export interface Properties {
    readonly [name: string]: Value | undefined;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** One a type; the engine writes the first, whatever the type. */
const unknownSentinels = [
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/** Reads a Struct; an absent one is an empty object. */
export function decode(struct: Struct | undefined): Properties {
    return (struct ? fromWire(struct.toJavaScript()) : {}) as Properties;
}

/** Writes a Struct; properties that are `undefined` are left out. */
export function encode(properties: Properties): Struct {
    return Struct.fromJavaScript(toWire(properties) as { [key: string]: JavaScriptValue });
}

function fromWire(value: JavaScriptValue): Value {
    if (typeof value === "string") return unknownSentinels.includes(value) ? UNKNOWN : value;
    if (Array.isArray(value)) return value.map(fromWire);
    if (value === null || typeof value !== "object") return value;
    const fields = value as { [key: string]: JavaScriptValue };
    if (fields[signatureKey] === secretSignature) return new Secret(fromWire(fields.value));
    return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fromWire(field)]));
}

function toWire(value: Value): JavaScriptValue {
    if (value === UNKNOWN) return unknownSentinels[0];
    if (value instanceof Secret) return { [signatureKey]: secretSignature, value: toWire(value.value) };
    if (Array.isArray(value)) return value.map(toWire);
    if (value === null || typeof value !== "object") return value as JavaScriptValue;
    return Object.fromEntries(
        Object.entries(value as Properties)
            .filter(([, field]) => field !== undefined)
            .map(([name, field]) => [name, toWire(field!)]),
    );
}

/** The value without its secret marks, at any depth. */
export function reveal(value: Value | undefined): Exclude<Value, Secret> | undefined {
    if (value instanceof Secret) return reveal(value.value);
    if (Array.isArray(value)) return value.map((item) => reveal(item)!);
    if (isObject(value)) {
        return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, reveal(field)]));
    }
    return value as Exclude<Value, Secret> | undefined;
}

/** Whether a part of the value satisfies the predicate. */
export function some(value: Value | undefined, holds: (part: Value) => boolean): boolean {
    if (value === undefined) return false;
    if (holds(value)) return true;
    if (value instanceof Secret) return some(value.value, holds);
    if (Array.isArray(value)) return value.some((item) => some(item, holds));
    return isObject(value) && Object.values(value).some((field) => some(field, holds));
}

export const hasSecret = (value: Value | undefined) => some(value, (part) => part instanceof Secret);
export const hasUnknown = (value: Value | undefined) => some(value, (part) => part === UNKNOWN);

/** Every text inside the value's secrets, longest first, so that masking them in turn leaves no piece of a longer one. */
export function secretTexts(value: Value | undefined): string[] {
    const found = new Set<string>();
    const collect = (part: Value | undefined, inSecret: boolean): void => {
        if (part instanceof Secret) collect(part.value, true);
        else if (Array.isArray(part)) part.forEach((item) => collect(item, inSecret));
        else if (isObject(part)) Object.values(part).forEach((field) => collect(field, inSecret));
        else if (inSecret && (typeof part === "string" || typeof part === "number")) {
            const text = String(part);
            if (text.trim() !== "") found.add(text.trim());
            // A program may print a secret of several lines one at a time; the shortest lines (`{`, `---`) tell nothing.
            for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
                if (line.length >= 4) found.add(line);
            }
        }
    };
    collect(value, false);
    return [...found].sort((a, b) => b.length - a.length);
}

/** Replaces every occurrence of the texts by `[secret]`. */
export function mask(text: string, secrets: readonly string[]): string {
    return secrets.reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
}

export type Change = "add" | "delete" | "update";

/**
 * What differs between two objects: property path (`environment.NAME`, `triggers[0]`) to the kind of change.
 * Secrecy alone is no change; an unknown differs from every value. Names that begin with two underscores are the
 * engine's and the bridge's own (`__defaults`) and are passed over.
 */
export function differences(before: Properties, after: Properties): Map<string, Change> {
    const changes = new Map<string, Change>();
    const compare = (old: Value | undefined, now: Value | undefined, path: string): void => {
        const absent = (value: Value | undefined) => value === undefined || value === null;
        if (absent(old) && absent(now)) return;
        if (absent(old)) changes.set(path, "add");
        else if (absent(now)) changes.set(path, "delete");
        else if (Array.isArray(old) && Array.isArray(now)) {
            for (let i = 0; i < Math.max(old.length, now.length); i++) compare(old[i], now[i], `${path}[${i}]`);
        } else if (isAsset(old) && isAsset(now)) {
            if (old.hash !== now.hash) changes.set(path, "update");
        } else if (isObject(old) && isObject(now)) {
            for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
                if (!name.startsWith("__")) compare(old[name], now[name], join(path, name));
            }
        } else if (now === UNKNOWN || !isDeepStrictEqual(old, now)) changes.set(path, "update");
    };
    compare(reveal(before), reveal(after), "");
    return changes;
}

/** The first name of a property path. */
export function topLevel(path: string): string {
    return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function join(path: string, name: string): string {
    if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
    return path === "" ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Assets and archives are compared by content, as their path may differ between machines. */
function isAsset(value: unknown): value is Properties & { hash: string } {
    return isObject(value) && signatureKey in value && typeof value.hash === "string";
}
