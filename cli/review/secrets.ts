/** What Pulumi marks a secret with in serialized properties. https://github.com/pulumi/pulumi sdk/nodejs/runtime/rpc.ts */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Shorter ones can't be told from the words around them. */
const SHORTEST = 4;

/** What a masked value is shown as. */
export const MASKED = "(secret)";

/**
 * Replaces, in text that is printed, every secret that a preview's JSON holds: what is marked as secret, what Secrets
 * hold (plain and in base64), and outputs that a resource declares secret. Values are looked for, not places, since a
 * program may repeat them in a message.
 */
export function secretMask(preview: unknown): (text: string) => string {
    const found = new Set<string>();
    collect(preview, found);
    const values = [...found]
        .flatMap((value) => [value, ...value.split(/\r?\n/)])
        .flatMap(spellings)
        .filter((value) => value.trim().length >= SHORTEST && value !== "[secret]");
    const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length);
    return (text) => longestFirst.reduce((rest, value) => rest.replaceAll(value, MASKED), text);
}

/** A value as messages may repeat it. */
function spellings(value: string): string[] {
    const base64 = Buffer.from(value).toString("base64");
    return [
        value,
        value.trim(),
        JSON.stringify(value).slice(1, -1),
        encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd")),
        base64,
    ];
}

type Json = Record<string, unknown>;

function collect(value: unknown, found: Set<string>): void {
    if (Array.isArray(value)) {
        value.forEach((item) => collect(item, found));
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return;
    }
    const record = value as Json;
    if (record[SIGNATURE] === SECRET) {
        const { [SIGNATURE]: _, ...rest } = record;
        addStrings(rest, found);
        if (typeof record.plaintext === "string") {
            addStrings(parsed(record.plaintext), found);
        }
        return;
    }
    if (isSecretObject(record)) {
        addSecretObject(record, found);
    }
    if (typeof record.type === "string" && typeof record.urn === "string") {
        addSecretOutputs(record, found);
    }
    Object.values(record).forEach((item) => collect(item, found));
}

/** Of a Kubernetes Secret, whether or not the resource is one: a List holds them as well. */
function isSecretObject({ kind, data, stringData }: Json): boolean {
    return (typeof kind === "string" && /^Secret(List|Patch)?$/.test(kind)) || (!!data && !!stringData);
}

function addSecretObject({ data, stringData }: Json, found: Set<string>): void {
    addStrings(stringData, found);
    addStrings(data, found);
    for (const value of strings(data)) {
        found.add(Buffer.from(value, "base64").toString("utf8"));
    }
}

/** A resource's state: outputs by the names it declares secret; Secrets and generated passwords by their type. */
function addSecretOutputs({ type, inputs, outputs, additionalSecretOutputs }: Json, found: Set<string>): void {
    const names = Array.isArray(additionalSecretOutputs) ? additionalSecretOutputs : [];
    for (const name of names) {
        addStrings((outputs as Json | undefined)?.[String(name)], found);
    }
    if (/^kubernetes:core\/v1:Secret(Patch)?$/.test(String(type))) {
        [inputs, outputs].forEach((side) => addSecretObject((side ?? {}) as Json, found));
    }
}

function addStrings(value: unknown, found: Set<string>): void {
    strings(value).forEach((text) => found.add(text));
}

function strings(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
