/** Kubernetes objects as plain JSON, and the few ways in which this plugin reads them. */
import { createHash } from "node:crypto";
import { type Properties, Secret, UNKNOWN, type Value } from "../properties";

/** An object whose place is known: what is sent to the API and what it answers. */
export interface KubernetesObject extends Properties {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Properties;
}

/** Marks a name that was made by the plugin; the official provider writes the same annotation. */
export const autonamedAnnotation = "pulumi.com/autonamed";

/** Where `kubectl apply` notes what it applied. */
export const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

export function isRecord(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** The value at a path of names and indices; `undefined` where a step is missing. */
export function at(value: Value | undefined, ...path: (string | number)[]): Value | undefined {
    let here: Value | undefined = value;
    for (const step of path) {
        if (Array.isArray(here) && typeof step === "number") here = here[step];
        else if (isRecord(here)) here = here[step];
        else return undefined;
    }
    return here;
}

export function text(value: Value | undefined, ...path: (string | number)[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" ? found : undefined;
}

export function count(value: Value | undefined, ...path: (string | number)[]): number {
    const found = at(value, ...path);
    return typeof found === "number" ? found : 0;
}

export function list(value: Value | undefined, ...path: (string | number)[]): readonly Value[] {
    const found = at(value, ...path);
    return Array.isArray(found) ? found : [];
}

export function record(value: Value | undefined, ...path: (string | number)[]): Properties {
    const found = at(value, ...path);
    return isRecord(found) ? found : {};
}

export const name = (object: Value | undefined) => text(object, "metadata", "name") ?? "";
export const namespace = (object: Value | undefined) => text(object, "metadata", "namespace");
export const annotation = (object: Value | undefined, key: string) => text(object, "metadata", "annotations", key);
export const isAutonamed = (object: Value | undefined) => annotation(object, autonamedAnnotation) === "true";

/** `namespace/name`, or the name alone for objects of the cluster; Pulumi's ID of the object. */
export function idOf(object: Value | undefined): string {
    const space = namespace(object);
    return space ? `${space}/${name(object)}` : name(object);
}

/** How an object is called in messages: `Deployment web/app`. */
export function label(object: Value | undefined): string {
    return `${text(object, "kind") ?? "object"} ${idOf(object)}`;
}

/** The API group of `group/version`; empty for the core group. */
export function groupOf(apiVersion: string): string {
    const slash = apiVersion.indexOf("/");
    return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The condition of a type, as `status.conditions` holds it. */
export function condition(object: Value | undefined, type: string): Properties | undefined {
    return list(object, "status", "conditions").find(
        (entry): entry is Properties => isRecord(entry) && entry.type === type,
    );
}

export function isKubernetesObject(value: Properties): value is KubernetesObject {
    return typeof value.apiVersion === "string" && typeof value.kind === "string" && isRecord(value.metadata);
}

/**
 * `apiVersion` and `kind` named by a Pulumi type token such as `kubernetes:apps/v1:Deployment`; the core group is
 * written `core/v1`.
 */
export function kindOfToken(token: string): { apiVersion: string; kind: string } {
    const [, version = "", kind = ""] = token.split(":");
    return { apiVersion: version.replace(/^core\//, ""), kind };
}

/** A name such as `web-1f2e3d4c`: 8 hexadecimal digits from the random seed that the engine gives each operation. */
export function generatedName(base: string, seed: Uint8Array): string {
    const digits = createHash("sha256").update(seed).update(base).digest("hex").slice(0, 8);
    // A name is a DNS subdomain of at most 253 characters.
    return `${base.slice(0, 253 - 9)}-${digits}`;
}

/** Namespace and name in an ID; an ID without a namespace means the default one where the kind has namespaces. */
export function parseId(
    id: string,
    namespaced: boolean,
    defaultNamespace: string,
): { namespace?: string; name: string } {
    const slash = id.indexOf("/");
    if (!namespaced) return { name: slash < 0 ? id : id.slice(slash + 1) };
    return slash < 0
        ? { namespace: defaultNamespace, name: id }
        : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** Deep overlay: records are merged, anything else of `over` replaces what is below. */
export function overlay(under: Value | undefined, over: Value | undefined): Value {
    if (over === undefined) return under ?? null;
    if (!isRecord(under) || !isRecord(over)) return over;
    const merged: Record<string, Value | undefined> = { ...under };
    for (const [key, value] of Object.entries(over)) merged[key] = overlay(under[key], value);
    return merged;
}

export function sameJson(a: Value | undefined, b: Value | undefined): boolean {
    if (a === b) return true;
    if (a === UNKNOWN || b === UNKNOWN) return false;
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
    }
    if (!isRecord(a) || !isRecord(b)) return false;
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => sameJson(a[key] ?? undefined, b[key] ?? undefined));
}
