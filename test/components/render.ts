import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../../network";

/** A resource as a program registers it, its secrets in the clear. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    readonly inputs: Record<string, unknown>;
    /** Paths of inputs that are secret in the state. */
    readonly secrets: readonly string[];
}

export interface RenderOptions {
    /** The stack's configuration by whole keys, as Pulumi keeps it. */
    readonly config?: Record<string, string>;
    readonly secretKeys?: string[];
    readonly stack?: string;
}

/** Pulumi marks a secret with these. https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Runs a program under Pulumi's mocks and returns what it registers, by type and name, once every resource is
 * registered; throws what the program throws.
 */
export async function render<T>(
    program: () => T,
    options: RenderOptions = {},
): Promise<{ resources: Registered[]; result: T }> {
    const resources: Registered[] = [];
    await pulumi.runtime.setMocks(
        {
            call: () => ({}),
            newResource: ({ type, name, inputs }) => {
                const secrets: string[] = [];
                const plain = withoutSecrets(inputs, "", secrets) as Record<string, unknown>;
                resources.push({ type, name, inputs: plain, secrets });
                return { id: `${name}-id`, state: { ...plain, ...computed(type, name, plain) } };
            },
        },
        "matrice",
        options.stack ?? "dev",
        false,
    );
    pulumi.runtime.setAllConfig(options.config ?? {}, options.secretKeys);
    // Pulumi notes the stack of every promise and resource it makes, and Jest maps each through its source: half of the time.
    const { stackTraceLimit, prepareStackTrace } = Error;
    Error.stackTraceLimit = 0;
    Error.prepareStackTrace = () => "";
    try {
        const result = program();
        // Draws every registration to its end; those that it starts are waited for as well.
        await pulumi.runtime.disconnect();
        return { resources: resources.sort(byTypeAndName), result };
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
        Error.prepareStackTrace = prepareStackTrace;
    }
}

/** The Kubernetes objects among resources, as manifests. */
export function objects(resources: readonly Registered[]): KubernetesObject[] {
    return resources
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .map(({ name, inputs }) => {
            const metadata = inputs.metadata as KubernetesObject["metadata"];
            return {
                ...inputs,
                metadata: { ...metadata, name: metadata.name ?? given(name, inputs) },
            } as KubernetesObject;
        });
}

/** The one object of a kind and name, whether its name was given or made. */
export function object(all: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
    const names = new RegExp(`^${name.replaceAll(".", "\\.")}(${MADE})?$`);
    const found = all.filter((one) => one.kind === kind && names.test(one.metadata.name ?? ""));
    if (found.length !== 1) throw new Error(`${found.length} objects are ${kind} ${name}`);
    return found[0];
}

/** What a made name ends with. */
const MADE = "-[0-9a-f]{8}";

/**
 * A name as the provider makes one. Its end is random there and changes when the object is replaced, which other inputs
 * of an immutable Secret, ConfigMap or Job bring about; here the inputs make it, to the same effect.
 */
function given(name: string, inputs: Record<string, unknown>): string {
    return `${name}-${createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 8)}`;
}

/** What a provider adds to the inputs. */
function computed(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
    switch (type) {
        case "random:index/randomPassword:RandomPassword":
            return { result: `<${name}>` };
        case "random:index/randomBytes:RandomBytes":
            return { base64: `<${name}>` };
        case "kubernetes:core/v1:Service":
            return { status: { loadBalancer: { ingress: [{ ip: "192.0.2.80" }] } } };
        default: {
            const metadata = (inputs.metadata ?? {}) as Record<string, unknown>;
            return type.startsWith("kubernetes:") ? { metadata: { name: given(name, inputs), ...metadata } } : {};
        }
    }
}

function withoutSecrets(value: unknown, path: string, secrets: string[]): unknown {
    if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, `${path}[${index}]`, secrets));
    if (typeof value !== "object" || value === null) return value;
    const record = value as Record<string, unknown>;
    if (record[SIGNATURE] === SECRET) {
        secrets.push(path);
        return withoutSecrets(record.value, path, secrets);
    }
    return Object.fromEntries(
        Object.entries(record).map(([key, item]) => [
            key,
            withoutSecrets(item, path === "" ? key : `${path}.${key}`, secrets),
        ]),
    );
}

function byTypeAndName(a: Registered, b: Registered): number {
    const [one, other] = [a, b].map(({ type, name }) => `${type} ${name}`);
    return one < other ? -1 : one > other ? 1 : 0;
}
