/** Completes and checks inputs before anything is compared: the name, the namespace, and that it is an object at all. */
import { type Properties, reveal, UNKNOWN, type Value } from "../properties";
import { autonamedAnnotation, generatedName, isAutonamed, isRecord, name, record, text } from "./objects";

export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

export interface Naming {
    /** Of the resource in the program. */
    readonly resourceName: string;
    readonly seed: Uint8Array;
    /** The name that the engine's autonaming configuration asks for. */
    readonly proposed?: string;
    /** That configuration forbids made names. */
    readonly disabled?: boolean;
}

/** Whether a type is of objects that this plugin can't serve; the reason, for the user. */
export function unservedType(token: string): string | undefined {
    const kind = token.split(":")[2] ?? "";
    if (/^kubernetes:(helm\.sh|kustomize|yaml)(\/[^:]*)?:/.test(token)) {
        return `this stand-in of the Kubernetes provider does not serve ${token}; the official provider does`;
    }
    if (kind.endsWith("Patch")) {
        return `this stand-in of the Kubernetes provider does not serve ${kind}; manage the whole object, or use the official provider`;
    }
    if (kind.endsWith("List")) return `${kind} is a list; declare its items one by one`;
    return undefined;
}

/**
 * Fills in `metadata.name` (keeping the one made before) and, for kinds with namespaces, `metadata.namespace`.
 * Marks of secrets in the inputs are kept.
 */
export function completeInputs(
    olds: Properties,
    news: Properties,
    naming: Naming,
    defaultNamespace: string | undefined,
): { inputs: Properties; failures: CheckFailure[] } {
    const failures: CheckFailure[] = [];
    for (const property of ["apiVersion", "kind"]) {
        const value = reveal(news[property]);
        if (typeof value === "string" && value !== "") continue;
        failures.push({
            property,
            reason: `every Kubernetes object has ${property === "kind" ? "a kind" : "an apiVersion"}`,
        });
    }
    const whole = reveal(news.metadata) ?? {};
    // Metadata of which nothing is known gets its name when it is known.
    if (whole === UNKNOWN) return { inputs: news, failures };
    if (!isRecord(whole)) {
        failures.push({ property: "metadata", reason: "metadata is an object with a name, labels…" });
        return { inputs: news, failures };
    }
    const metadata: Record<string, Value | undefined> = { ...record(news, "metadata") };
    if (Object.keys(metadata).length === 0) Object.assign(metadata, whole);
    if (isMissing(metadata.name)) {
        const made = makeName(reveal(olds) as Properties, whole, naming);
        if (made === undefined) {
            failures.push({
                property: "metadata.name",
                reason: "autonaming is disabled by the configuration: give a name",
            });
        } else {
            metadata.name = made;
            metadata.annotations = { ...record(metadata, "annotations"), [autonamedAnnotation]: "true" };
        }
    }
    if (isMissing(metadata.namespace) && defaultNamespace !== undefined) metadata.namespace = defaultNamespace;
    return { inputs: { ...news, metadata }, failures };
}

function makeName(olds: Properties, metadata: Properties, naming: Naming): string | undefined {
    if (isAutonamed(olds) && name(olds)) return name(olds);
    const prefix = text(metadata, "generateName");
    if (prefix) return generatedName(prefix.replace(/-$/, ""), naming.seed);
    if (naming.disabled) return undefined;
    return naming.proposed || generatedName(naming.resourceName, naming.seed);
}

const isMissing = (value: Value | undefined) => value === undefined || value === null || value === "";
