import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseNetworkSettings, SettingsError, type NetworkSettings } from "../network";
import type { Stack } from "./platform";

/** Where settings come from: pulumi.Config, or a double of it. */
export interface StackConfig {
    readonly name: string;
    get(key: string): string | undefined;
    getSecret(key: string): pulumi.Output<string> | undefined;
}

/** An optional setting that only the stack can decrypt (`pulumi config set --secret`). */
export function secretSetting(description: string) {
    return z
        .custom<pulumi.Output<string>>(pulumi.Output.isInstance, "expected a secret")
        .optional()
        .meta({ secret: true, description, example: "<value>" });
}

/**
 * Reads a stack's settings, each key of the schema from the key of the same name, defaults filled in. An example stands
 * in a schema's `meta({ example })`. Throws SettingsError, which lists every key that is missing, wrong or unknown with
 * the command that mends it.
 */
export function readSettings<T extends z.ZodRawShape>(
    schema: z.ZodObject<T>,
    config: StackConfig,
    stack: string,
    keys: readonly string[] = [],
): z.infer<z.ZodObject<T>> {
    const values = Object.entries(schema.shape).map(([key, type]) => [
        key,
        isSecret(type as z.ZodType) ? config.getSecret(key) : parsed(config.get(key)),
    ]);
    const result = schema.safeParse(Object.fromEntries(values.filter(([, value]) => value !== undefined)));
    const problems = [
        ...unknownKeys(schema, keys),
        ...(result.error?.issues ?? []).flatMap((issue) =>
            issue.code === "unrecognized_keys"
                ? issue.keys.map((key) => ({ path: [...issue.path, key], message: "unknown key", remove: true }))
                : [{ path: issue.path, message: message(issue, valueAt(values, issue.path)), remove: false }],
        ),
    ];
    if (result.success && problems.length === 0) return result.data;
    const lines = problems.map(({ path, message: what, remove }) => {
        const key = pathText(config.name, path);
        const command = remove ? removal(key, stack) : settingCommand(schema, path, key, stack);
        return `  ${key}: ${what}\n    Run: ${command}`;
    });
    throw new SettingsError(`The settings of stack ${stack} are not right:\n${lines.join("\n")}`);
}

/**
 * Reads all of a stack's settings, those of the network included, once. Throws SettingsError naming every wrong key and
 * the `pulumi config set` command that mends it.
 */
export function readStackSettings<T extends z.ZodRawShape>(
    schema: z.ZodObject<T>,
    { name: stack, config, keys: set }: Stack,
): z.infer<z.ZodObject<T>> & { readonly network: NetworkSettings } {
    const own = set.filter((key) => !["platform", "network"].includes(key));
    const [settings, network] = together(
        () => readSettings(schema, config, stack, own),
        () => parseNetworkSettings(config.get("network"), { stack }),
    );
    return { ...settings, network };
}

/** Both results; when both fail, one error that says what both say. */
function together<A, B>(one: () => A, other: () => B): [A, B] {
    const errors: SettingsError[] = [];
    const results = [one, other].map((read) => {
        try {
            return read();
        } catch (error) {
            if (!(error instanceof SettingsError)) throw error;
            errors.push(error);
            return undefined;
        }
    });
    if (errors.length > 0) throw new SettingsError(errors.map(({ message }) => message).join("\n"));
    return results as [A, B];
}

/** A value as Pulumi keeps it: objects and lists in JSON, everything else as text. */
function parsed(text: string | undefined): unknown {
    if (text === undefined) return undefined;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

interface Problem {
    readonly path: PropertyKey[];
    readonly message: string;
    readonly remove: boolean;
}

/** Keys that nobody reads, most often a slip of the pen. */
function unknownKeys(schema: z.ZodObject, keys: readonly string[]): Problem[] {
    const known = Object.keys(schema.shape);
    return keys
        .filter((key) => !known.includes(key))
        .map((key) => ({ path: [key], message: `unknown key: the keys are ${known.join(", ")}`, remove: true }));
}

function message(issue: z.core.$ZodIssue, value: unknown): string {
    if (value === undefined && issue.code === "invalid_type") return "missing";
    return issue.message;
}

function valueAt(values: readonly unknown[][], path: readonly PropertyKey[]): unknown {
    const root: unknown = Object.fromEntries(values as [string, unknown][]);
    return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);
}

/** "matrice:sites.api", as `pulumi config set --path` reads it. */
function pathText(name: string, path: readonly PropertyKey[]): string {
    const [key, ...rest] = path;
    const more = rest.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return `${name}:${String(key)}${more}`;
}

function settingCommand(schema: z.ZodObject, path: readonly PropertyKey[], key: string, stack: string): string {
    let type: z.ZodType | undefined = schema;
    const trail = [...path];
    for (const part of path) type = childOf(type, part);
    // A whole object can't be set by one command: its first key is the example.
    let at = key;
    for (let shape = shapeOf(type); shape !== undefined; shape = shapeOf(type)) {
        const [first] = Object.keys(shape);
        type = shape[first];
        trail.push(first);
        at += `.${first}`;
    }
    const example = (type?.meta() ?? unwrapped(type)?.meta())?.example ?? "<value>";
    const flags = [
        `--stack ${stack}`,
        ...(isSecret(type) ? ["--secret"] : []),
        ...(trail.length > 1 ? ["--path"] : []),
    ];
    return `pulumi config set ${flags.join(" ")} ${trail.length > 1 ? `'${at}'` : at} ${String(example)}`;
}

function removal(key: string, stack: string): string {
    return `pulumi config rm --stack ${stack} ${/[.[]/.test(key) ? `--path '${key}'` : key}`;
}

function isSecret(type: z.ZodType | undefined): boolean {
    return type?.meta()?.secret === true;
}

function childOf(type: z.ZodType | undefined, part: PropertyKey): z.ZodType | undefined {
    const inner = unwrapped(type);
    if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
    if (inner instanceof z.ZodRecord) return inner.valueType as z.ZodType;
    return shapeOf(inner)?.[String(part)];
}

function shapeOf(type: z.ZodType | undefined): Record<string, z.ZodType> | undefined {
    const inner = unwrapped(type);
    return inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : undefined;
}

function unwrapped(type: z.ZodType | undefined): z.ZodType | undefined {
    let inner = type;
    while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
        inner = inner.unwrap() as z.ZodType;
    }
    return inner;
}
