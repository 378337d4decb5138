import { EXCEPTION, readExceptions, resourceName, type Exception } from "../../rules";
import { GoldenError, objectsOf, readGolden } from "../golden";
import type { Revision } from "../repository";

/** An exception that an object of a rendered platform carries. */
export interface ExceptionInForce {
    readonly file: string;
    /** `Service e-chauffeur/api` */
    readonly object: string;
    readonly line: string;
    readonly exception?: Exception;
    /** Why it excepts nothing. */
    readonly wrong?: string;
    /** Whether this change brings it. */
    readonly added: boolean;
}

/** The exceptions of the new state's rendered objects, by file and object. */
export function exceptionsInForce(
    before: Revision,
    after: Revision,
    files: readonly string[],
    on: Date,
): ExceptionInForce[] {
    return files.flatMap((file) => {
        const known = new Set(read(before, file, on).map(({ object, line }) => `${object}\n${line}`));
        return read(after, file, on).map((one) => ({ ...one, added: !known.has(`${one.object}\n${one.line}`) }));
    });
}

function read(revision: Revision, file: string, on: Date): Omit<ExceptionInForce, "added">[] {
    const text = revision.read(file) ?? "";
    // Parsing a platform for nothing takes a while.
    if (!text.includes(EXCEPTION)) {
        return [];
    }
    try {
        return objectsOf(readGolden(text)).flatMap((object) => {
            const written = object.metadata?.annotations?.[EXCEPTION];
            return typeof written !== "string"
                ? []
                : readExceptions(written, on).map((one) => ({
                      file,
                      object: resourceName(object),
                      line: one.line,
                      ...("exception" in one ? { exception: one.exception } : { wrong: one.wrong }),
                  }));
        });
    } catch (error) {
        if (!(error instanceof GoldenError)) {
            throw error;
        }
        return [];
    }
}
