import { z } from "zod";
import { SettingsError } from "../network";

const KEY = "matrice:admission";

const schema = z.strictObject({
    enabled: z.boolean("expected true or false").default(true),
    breakGlass: z
        .string("expected the name of a group")
        .regex(/^\S*$/, "expected the name of a group, without spaces")
        .refine((group) => !["system:authenticated", "system:unauthenticated"].includes(group), "everybody is of it")
        .default("matrice:break-glass"),
    challenges: z
        .string("expected the name of an account")
        .regex(/^\S*$/, "expected the name of an account, without spaces")
        .default("system:serviceaccount:cert-manager:cert-manager"),
});

/** The stack setting `matrice:admission`. */
export interface AdmissionSettings {
    /** Whether the cluster refuses what the matrix does not list. Defaults to true. */
    readonly enabled: boolean;
    /** The group whose members' requests pass, each written into the audit log; none when empty. Defaults to matrice:break-glass. */
    readonly breakGlass: string;
    /** The account that may write what answers a certificate's challenge. Defaults to cert-manager's. */
    readonly challenges: string;
}

/**
 * Reads the value of `matrice:admission` (an object, or its JSON as Pulumi keeps it), filling in defaults. Throws
 * SettingsError naming each wrong key and the command that mends it.
 */
export function parseAdmissionSettings(value: unknown, options: { stack?: string } = {}): AdmissionSettings {
    const result = schema.safeParse(typeof value === "string" ? fromJson(value) : (value ?? {}));
    if (result.success) return result.data;
    const stack = options.stack === undefined ? "" : `--stack ${options.stack} `;
    const lines = result.error.issues.flatMap((issue) => {
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map(
                (key) => `  ${KEY}.${key}: unknown key\n    Run: pulumi config rm ${stack}--path '${KEY}.${key}'`,
            );
        }
        const key = String(issue.path[0] ?? "enabled");
        const example = { enabled: "true", breakGlass: "matrice:break-glass" }[key] ?? schema.parse({}).challenges;
        return [
            `  ${KEY}.${key}: ${issue.message}\n    Run: pulumi config set ${stack}--path '${KEY}.${key}' ${example}`,
        ];
    });
    throw new SettingsError(`The setting ${KEY} is not right:\n${lines.join("\n")}`);
}

function fromJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
