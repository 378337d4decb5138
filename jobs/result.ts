import * as z from "zod";
import type { Store } from "./store";

/**
 * What a job that runs for a while and ends says of itself, put beside the backups: nothing can ask a pod that is gone.
 * A day's later run takes the place of its earlier one.
 */
export const resultSchema = z.object({
    version: z.literal(1),
    started: z.iso.datetime(),
    finished: z.iso.datetime(),
    seconds: z.number().nonnegative(),
    /** `restored` of a drill, `succeeded` of another job, `failed`. */
    outcome: z.enum(["restored", "succeeded", "failed"]),
    /** It changed nothing, as it was told. */
    dryRun: z.boolean().optional(),
});
export type Result = z.output<typeof resultSchema>;

/** Puts a result under the folder (`drill/`), named after the day it began, UTC. */
export async function publishResult(
    store: Store,
    folder: string,
    started: Date,
    result: { readonly outcome: Result["outcome"]; readonly [detail: string]: unknown },
): Promise<void> {
    const finished = new Date();
    const seconds = (finished.getTime() - started.getTime()) / 1000;
    const report = { version: 1, started, finished, seconds, ...result };
    await store.put(`${folder}${started.toISOString().slice(0, 10)}.json`, `${JSON.stringify(report, null, 4)}\n`);
}

/** @returns the result, or undefined for a text that is none */
export function parseResult(text: string): Result | undefined {
    try {
        return resultSchema.parse(JSON.parse(text));
    } catch {
        return undefined;
    }
}
