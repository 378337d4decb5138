/** What the program gets back of an object: the live object, its secrets marked, and at preview its unknowns marked. */
import { hasSecret, type Properties, reveal, Secret, secretTexts, UNKNOWN, type Value } from "../properties";
import { fieldManager } from "./fields";
import { annotation, at, isRecord, type KubernetesObject, lastApplied, list, overlay, record, text } from "./objects";

/**
 * Set in the outputs of an object that was made but did not become ready. The engine forgets its own note of that at a
 * refresh; with this one the next update still waits for the object.
 */
export const notReadyMark = "__notReady";

/** Metadata that the server sets. */
const serverMetadata = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"];

/** Fields of a spec that the server sets when the program does not. */
const serverSpec: Readonly<Record<string, readonly string[]>> = {
    "v1/Service": ["clusterIP", "clusterIPs", "healthCheckNodePort"],
    "v1/PersistentVolumeClaim": ["volumeName"],
    "v1/Pod": ["nodeName"],
};

/** The live object as outputs; `inputs`, with their marks, say what is secret in it. */
export function liveOutputs(live: KubernetesObject, inputs: Properties): Properties {
    const outputs: Properties = { ...live, __initialApiVersion: live.apiVersion, __fieldManager: fieldManager };
    return markSecrets(outputs, inputs);
}

/**
 * Outputs at preview: `known` is the server's dry run, or the inputs where there is none. What only the cluster will say
 * is unknown, so that a program's `apply` on it waits instead of reading `undefined`.
 */
export function previewOutputs(known: Properties, inputs: Properties, hasStatus: boolean): Properties {
    const plain = reveal(inputs) as Properties;
    const metadata: Record<string, Value | undefined> = { ...record(known, "metadata") };
    for (const field of serverMetadata) metadata[field] = UNKNOWN;
    const outputs: Record<string, Value | undefined> = { ...known, metadata };
    if (hasStatus) outputs.status = UNKNOWN;
    else delete outputs.status;
    const kind = `${text(plain, "apiVersion")}/${text(plain, "kind")}`;
    if (serverSpec[kind]) outputs.spec = withUnknownSpec(record(known, "spec"), record(plain, "spec"), kind);
    if (kind === "v1/Secret" && isRecord(plain.stringData) && outputs.data === undefined) outputs.data = UNKNOWN;
    return markSecrets(outputs, inputs);
}

function withUnknownSpec(spec: Properties, given: Properties, kind: string): Properties {
    const filled: Record<string, Value | undefined> = { ...spec };
    for (const field of serverSpec[kind]) if (given[field] === undefined) filled[field] = UNKNOWN;
    const nodePorts = kind === "v1/Service" && ["NodePort", "LoadBalancer"].includes(text(given, "type") ?? "");
    if (nodePorts) {
        filled.ports = list(spec, "ports").map((port, index) =>
            at(given, "ports", index, "nodePort") === undefined && isRecord(port)
                ? { ...port, nodePort: UNKNOWN }
                : port,
        );
    }
    return filled;
}

/** Outputs of an update's preview without a dry run: the new inputs over what is known of the object. */
export function overlaidOutputs(oldOutputs: Properties, inputs: Properties): Properties {
    return markSecrets(overlay(oldOutputs, reveal(inputs)) as Properties, inputs);
}

/** Outputs carry the marks of the inputs they come from; data of a Secret is secret whoever wrote it. */
function markSecrets(outputs: Properties, inputs: Properties): Properties {
    const marked = mark(outputs, inputs) as Record<string, Value | undefined>;
    if (text(marked, "kind") !== "Secret") return marked;
    const noted = annotation(marked, lastApplied);
    if (noted !== undefined) {
        // kubectl's note repeats the data.
        const annotations = { ...record(marked, "metadata", "annotations"), [lastApplied]: new Secret(noted) };
        marked.metadata = { ...record(marked, "metadata"), annotations };
    }
    return markSecretData(marked);
}

/** Marks `data` and `stringData` of a Secret; used for inputs that were read from the cluster too. */
export function markSecretData(object: Properties): Properties {
    const marked: Record<string, Value | undefined> = { ...object };
    for (const field of ["data", "stringData"]) {
        const value = marked[field];
        if (value !== undefined && value !== null && !(value instanceof Secret)) marked[field] = new Secret(value);
    }
    return marked;
}

function mark(output: Value | undefined, input: Value | undefined): Value | undefined {
    if (output === undefined || output instanceof Secret || input === undefined) return output;
    if (input instanceof Secret) return new Secret(output);
    if (isRecord(output) && isRecord(input)) {
        const marked: Record<string, Value | undefined> = { ...output };
        for (const key of Object.keys(input)) if (key in marked) marked[key] = mark(marked[key], input[key]);
        return marked;
    }
    if (!hasSecret(input)) return output;
    // In a list that others have added to it is not known which element holds the secret.
    if (!Array.isArray(output) || !Array.isArray(input) || !correspond(output, input)) return new Secret(output);
    return output.map((item, index) => mark(item, input[index])!);
}

/** Whether the elements of two lists stand for the same things, as far as their names tell. */
function correspond(outputs: readonly Value[], inputs: readonly Value[]): boolean {
    return (
        outputs.length === inputs.length &&
        outputs.every((output, index) => text(output, "name") === text(reveal(inputs[index]), "name"))
    );
}

/** Inputs read back from the cluster, with the marks that the old inputs had. */
export function markLike(inputs: Properties, old: Properties): Properties {
    return mark(inputs, old) as Properties;
}

/** Every text that must not be seen: values marked secret, and data of Secrets, plain and in base64. */
export function textsToHide(...objects: (Properties | undefined)[]): string[] {
    const texts = new Set<string>();
    for (const object of objects) {
        if (!object) continue;
        const marked = text(reveal(object) as Properties, "kind") === "Secret" ? markSecretData(object) : object;
        for (const found of secretTexts(marked)) {
            texts.add(found);
            texts.add(Buffer.from(found).toString("base64"));
            texts.add(JSON.stringify(found).slice(1, -1));
            const decoded = Buffer.from(found, "base64").toString("utf8");
            if (Buffer.from(decoded).toString("base64") === found) texts.add(decoded);
        }
    }
    return [...texts].filter(Boolean).sort((a, b) => b.length - a.length);
}

/** Replaces secrets by `[secret]`. A short one is replaced only where it stands alone, or every word would suffer. */
export function hide(message: string, texts: readonly string[]): string {
    return texts.reduce((hidden, found) => {
        if (!/\w/.test(found)) return hidden;
        if (found.length >= 4) return hidden.replaceAll(found, "[secret]");
        const escaped = found.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        return hidden.replace(new RegExp(`(?<!\\w)${escaped}(?!\\w)`, "g"), "[secret]");
    }, message);
}
