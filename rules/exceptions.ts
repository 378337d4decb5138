import { Field, UnknownValue } from "./field";
import type { Finding, Report, RuleContext } from "./rule";

/** The annotation of an object that excepts it from a rule for a time. */
export const EXCEPTION = "matrice.dev/exception";

/** How an exception is written, for messages. */
export const FORMAT = "<rule>; owner=<who>; reason=<why>; expires=<YYYY-MM-DD>";

/**
 * Rules without exceptions. What has no role is compared with nothing and what an applier makes is seen by nobody, so an
 * exception would cover whatever it does; four judge the stack and not the object that an annotation stands on; and no
 * exception excuses a wrong one.
 */
export const unexceptable: ReadonlySet<string> = new Set([
    "role-known",
    "no-hidden-objects",
    "default-deny-present",
    "nothing-wider",
    "refused-flows-closed",
    "flows-realised",
    "exception-valid",
]);

/** Whoever answers for a departure from a rule, why it is made, and the last day on which it counts. */
export interface Exception {
    rule: string;
    owner: string;
    reason: string;
    /** `2026-12-31`, in UTC. */
    expires: string;
}

/** What one line of the annotation says: an exception that counts, or what is wrong with it. */
export type ReadException = { line: string; exception: Exception } | { line: string; wrong: string };

const fields = ["owner", "reason", "expires"] as const;

/**
 * The exceptions that an annotation's text holds, one a line. One that names no rule, owner, reason or day, that has
 * expired or lasts more than a year is wrong and excepts nothing.
 */
export function readExceptions(text: string, on: Date): ReadException[] {
    const lines = text.split("\n").map((line) => line.trim());
    const written = lines.filter((line) => line !== "");
    return (written.length > 0 ? written : [""]).map((line) => {
        const read = parse(line);
        const wrong = typeof read === "string" ? read : wrongTime(read.expires, on);
        return wrong === undefined ? { line, exception: read as Exception } : { line, wrong };
    });
}

function parse(line: string): Exception | string {
    const [rule, ...parts] = line.split(";").map((part) => part.trim());
    if (!/^[a-z][a-z0-9-]*$/.test(rule)) {
        return `"${rule}" is no name of a rule`;
    }
    const values: Partial<Record<string, string>> = {};
    for (const part of parts) {
        const [, key, value] = /^([a-z]+)\s*=\s*(.*)$/.exec(part) ?? [];
        if (key === undefined || !(fields as readonly string[]).includes(key)) {
            return `"${part}" is none of owner=, reason= and expires=`;
        }
        if (values[key] !== undefined) {
            return `${key} stands there twice`;
        }
        values[key] = value;
    }
    const missing = fields.find((field) => !values[field]);
    return missing ? `it has no ${missing}` : ({ rule, ...values } as Exception);
}

/** Days are compared as text, as ISO 8601 allows. */
function wrongTime(expires: string, on: Date): string | undefined {
    const day = new Date(`${expires}T00:00:00Z`);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(+day) || isoDay(day) !== expires) {
        return `expires=${expires} is no day`;
    }
    if (expires < isoDay(on)) {
        return `it expired on ${expires}`;
    }
    const year = new Date(on);
    year.setUTCFullYear(year.getUTCFullYear() + 1);
    return expires > isoDay(year) ? `it lasts until ${expires}, more than a year` : undefined;
}

const isoDay = (date: Date): string => date.toISOString().slice(0, 10);

/** The annotation's text; undefined where there is none, or where no annotation is known at preview. */
export function exceptionField(object: Field): Field | undefined {
    try {
        const annotations = object.at("metadata", "annotations");
        return annotations.keys().includes(EXCEPTION) ? annotations.get(EXCEPTION) : undefined;
    } catch (error) {
        if (!(error instanceof UnknownValue)) {
            throw error;
        }
        return undefined;
    }
}

/** The exception that an object has from a rule, if one counts. */
export function exceptionFrom(object: Field, rule: string, context: RuleContext): Exception | undefined {
    const field = exceptionField(object);
    if (!field) {
        return undefined;
    }
    let text: string;
    try {
        text = field.text() ?? "";
    } catch (error) {
        if (!(error instanceof UnknownValue)) {
            throw error;
        }
        return undefined;
    }
    for (const read of readExceptions(text, context.on ?? new Date())) {
        if ("exception" in read && read.exception.rule === rule) {
            return read.exception;
        }
    }
    return undefined;
}

/**
 * A report's findings, advisory where the object is excepted from the rule: they stay in every report, with who answers
 * for them. What a rule could not judge because a value is unknown at preview stays mandatory.
 */
export function withException(report: Report, object: Field, rule: string, context: RuleContext): Finding[] {
    if (report.findings.length === 0) {
        return report.findings;
    }
    const exception = exceptionFrom(object, rule, context);
    return !exception
        ? report.findings
        : report.findings.map((finding) =>
              report.undecided.has(finding)
                  ? finding
                  : {
                        ...finding,
                        level: "advisory",
                        exception,
                        message: `${finding.message}\n  ${exceptionText(exception)}`,
                    },
          );
}

/** `Excepted until 2026-12-31 by Ada: moves in March.` */
export function exceptionText({ owner, reason, expires }: Exception): string {
    return `Excepted until ${expires} by ${owner}: ${reason.replace(/\.$/, "")}.`;
}
