import * as fs from "node:fs";
import * as z from "zod";
import { JobError, oneLine } from "./failure";
import { conceal } from "./log";

/** A setting whose value is the path of a file that holds the secret, so that the secret is in no environment. */
export function secretFile(description: string) {
    return fileContent(description).transform((text) => {
        conceal(text);
        return text;
    });
}

/** A setting whose value is the path of a text file; what is read is trimmed and not empty. */
export function fileContent(description: string) {
    return z
        .string()
        .describe(description)
        .transform((file, context) => {
            try {
                const text = fs.readFileSync(file, "utf8").trim();
                if (text) return text;
                context.addIssue({ code: "custom", message: `${file} is empty` });
            } catch (error) {
                context.addIssue({ code: "custom", message: `can't be read: ${oneLine(error)}` });
            }
            return z.NEVER;
        });
}

/** `true` or `false`, and nothing that looks like it. */
export function flag(description: string) {
    return z
        .enum(["true", "false"], { error: "is true or false" })
        .default("false")
        .transform((value) => value === "true")
        .describe(description);
}

/** A whole number of at least `least`. */
export function count(description: string, least: number, otherwise?: number) {
    const number = z.coerce
        .number({ error: "is a whole number" })
        .int({ error: "is a whole number" })
        .min(least, { error: `is at least ${least}` });
    return (otherwise === undefined ? number : number.default(otherwise)).describe(description);
}

/**
 * Reads settings from environment variables of the shape's names; an empty variable is one that is not set.
 * @throws JobError with each variable that is missing or wrong, by name, and what it is for
 */
export function readSettings<Shape extends z.ZodRawShape>(
    shape: Shape,
    environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
    const given = Object.fromEntries(Object.keys(shape).map((name) => [name, environment[name] || undefined]));
    const result = z.object(shape).safeParse(given);
    if (result.success) return result.data;
    const sentences = result.error.issues.map(({ path, message }) => {
        const name = String(path[0]);
        const description = (shape[name] as z.ZodType | undefined)?.description ?? "";
        return given[name] === undefined
            ? `${name} is not set (${description})`
            : `${name} ${message} (${description})`;
    });
    throw new JobError(`Wrong settings: ${sentences.join("; ")}.`);
}
