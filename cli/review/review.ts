import type { Revision } from "../repository";
import { exceptionsInForce, type ExceptionInForce } from "./exceptions-in-force";
import { diffGolden, goldenFiles, type GoldenDiff } from "./golden-diff";
import { diffPlatforms, type PlatformChange } from "./matrix-change";
import type { Preview } from "./preview";
import { diffReach, type StackReach } from "./reach-change";

/** Everything that a reviewer of a change is told. */
export interface Review {
    readonly base: string;
    readonly head: string;
    /** The day on which expiry is judged. */
    readonly on: string;
    readonly platforms: readonly PlatformChange[];
    readonly reach: readonly StackReach[];
    readonly preview?: Preview;
    /** Why there is no preview. */
    readonly withoutPreview?: string;
    readonly exceptions: readonly ExceptionInForce[];
    readonly golden: readonly GoldenDiff[];
}

export interface ReviewSources {
    readonly before: Revision;
    readonly after: Revision;
    /** Folder of the platforms' folders, and of the rendered files. */
    readonly platforms: string;
    readonly golden: string;
    readonly on: Date;
    readonly preview: Preview | { readonly missing: string };
}

/** Compares two revisions, which are read as data, and adds what a preview says. */
export function reviewOf({ before, after, platforms, golden, on, preview }: ReviewSources): Review {
    const files = [...new Set([before, after].flatMap((revision) => goldenFiles(revision, golden)))].sort();
    return {
        base: before.name,
        head: after.name,
        on: on.toISOString().slice(0, 10),
        platforms: diffPlatforms(before, after, platforms, on),
        reach: diffReach(before, after, files),
        ...("missing" in preview ? { withoutPreview: preview.missing } : { preview }),
        exceptions: exceptionsInForce(before, after, files, on),
        golden: diffGolden(before, after, golden),
    };
}

/** Why the change can't be merged as it is, in a few words each; empty when nothing stands against it. */
export function refusals({ platforms, reach, preview, exceptions, head }: Review): string[] {
    const count = (number: number, one: string, more: string) =>
        number === 0 ? [] : [number === 1 ? `1 ${one}` : `${number} ${more}`];
    const findings = (preview?.findings ?? []).filter(({ level }) => level === "mandatory");
    const unreadable = platforms.filter(({ problems }) => problems.some(({ revision }) => revision === head));
    const expired = platforms.flatMap(({ due }) => due.filter(({ severity }) => severity === "error"));
    return [
        ...count(findings.length, "policy finding", "policy findings"),
        ...count(preview?.errors.length ?? 0, "error of the preview", "errors of the preview"),
        ...count(unreadable.length, "matrix that cannot be read", "matrices that cannot be read"),
        ...count(expired.length, "expired row", "expired rows"),
        ...count(
            exceptions.filter(({ wrong }) => wrong !== undefined).length,
            "exception that does not count",
            "exceptions that do not count",
        ),
        ...count(
            reach.filter(({ problem }) => problem !== undefined).length,
            "rendered file that cannot be judged",
            "rendered files that cannot be judged",
        ),
    ];
}
