import { parse } from "yaml";
import type { KubernetesObject } from "../network";

/** A resource of a rendered platform (test/golden/<platform>.<stack>.yaml). */
export interface Rendered {
    /** `kubernetes:apps/v1:Deployment` */
    readonly type: string;
    readonly name: string;
    readonly object: KubernetesObject;
    /** Its document, heading included. */
    readonly text: string;
}

/** Thrown when a rendered file is not of the form that `npm run golden` writes. */
export class GoldenError extends Error {}

const HEADING = /^# (\S+) (\S+)\n/;

/**
 * The resources of a rendered platform: documents that begin with `# <type> <name>`. Throws GoldenError with the number
 * of the document.
 */
export function readGolden(text: string): Rendered[] {
    return documentsOf(text).map((document, index) => {
        const [, type, name] = HEADING.exec(document) ?? [];
        if (type === undefined) {
            throw new GoldenError(`document ${index + 1} does not begin with "# <type> <name>".`);
        }
        try {
            // A document of the size of a platform's needs no aliases, and strangers' files get none.
            return { type, name, object: parse(document, { maxAliasCount: 0 }), text: document };
        } catch (error) {
            throw new GoldenError(`document ${index + 1} (${type} ${name}): ${(error as Error).message}`);
        }
    });
}

/** The Kubernetes objects among the resources; one that is named by its content has the name it has in the program. */
export function objectsOf(resources: readonly Rendered[]): KubernetesObject[] {
    return resources
        .filter(({ type, object }) => type.startsWith("kubernetes:") && object?.kind !== undefined)
        .map(({ object, name }) => ({ ...object, metadata: { name, ...object.metadata } }));
}

/** The documents of a rendered file. */
export function documentsOf(text: string): string[] {
    return text.trim() === "" ? [] : text.split(/^---\n/m);
}
