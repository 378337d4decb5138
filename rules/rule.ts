import type { Matrix } from "../matrix";
import type { KubernetesObject, NetworkSettings } from "../network";
import { unexceptable, withException, type Exception } from "./exceptions";
import { Field, UnknownValue } from "./field";
import type { Levels } from "./levels";

/** What a rule has against an object. */
export interface Finding {
    rule: string;
    level: "mandatory" | "advisory";
    /** The object: `Service e-chauffeur/rogue`. */
    resource: string;
    role?: string;
    /** `8088/TCP` */
    port?: string;
    /** Whole sentences: what is wrong, what the matrix says, and the mend. Starts with the resource. */
    message: string;
    /** Who answers for it, where the object is excepted from the rule. */
    exception?: Exception;
}

/** What objects are compared with. */
export interface RuleContext {
    matrix: Matrix;
    network: NetworkSettings;
    platformFiles: { matrix: string; annex: string; inventory: string };
    /** The levels that the stack gives rules in place of their own (`matrice:policies`). */
    levels?: Levels;
    /** The day that exceptions are compared with; today by default. */
    on?: Date;
}

/** A check of one object: pure, and complete with the object alone. */
export interface ObjectRule {
    name: string;
    description: string;
    check(object: KubernetesObject, context: RuleContext): Finding[];
}

/** A check of all objects of a stack. */
export interface StackRule {
    name: string;
    description: string;
    check(objects: KubernetesObject[], context: RuleContext): Finding[];
}

/** Collects the findings of one rule about one object and turns unknown values into findings of their own. */
export class Report {
    readonly findings: Finding[] = [];
    /** Those of them that stand because a value is unknown. */
    readonly undecided = new Set<Finding>();

    constructor(
        private readonly rule: string,
        readonly resource: string,
    ) {}

    /** Records a finding; `what` follows the resource's name, `more` stands below it, one line each. */
    refuse(
        what: string,
        more: string[] = [],
        about: { role?: string; port?: string; level?: Finding["level"] } = {},
    ): void {
        const message = [`${this.resource}: ${what}`, ...more.map((line) => `  ${line}`)].join("\n");
        const { level = "mandatory", ...rest } = about;
        if (!this.findings.some((finding) => finding.message === message)) {
            this.findings.push({ rule: this.rule, level, resource: this.resource, ...rest, message });
        }
    }

    /** Runs a check; an unknown value it needs becomes a mandatory finding that names the field. */
    attempt(check: () => void): void {
        try {
            check();
        } catch (error) {
            if (!(error instanceof UnknownValue)) {
                throw error;
            }
            const before = this.findings.length;
            this.refuse(`${error.path} is unknown at preview, so it cannot be compared with the matrix.`, [
                "Use a value known before the update: ask the matrix (role.port(purpose)) instead of another resource's output.",
            ]);
            this.findings.slice(before).forEach((finding) => this.undecided.add(finding));
        }
    }

    /** Runs a check for each field, one unknown value never hiding what the next field opens. */
    each(fields: Field[], check: (field: Field) => void): void {
        for (const field of fields) {
            this.attempt(() => check(field));
        }
    }
}

/** Makes an object rule from a check that reads fields and reports; exceptions of the object are honoured. */
export function objectRule(
    name: string,
    description: string,
    check: (object: Field, report: Report, context: RuleContext) => void,
): ObjectRule {
    return {
        name,
        description,
        check(object, context) {
            const report = new Report(name, resourceName(object));
            const field = new Field(object);
            report.attempt(() => check(field, report, context));
            return unexceptable.has(name) ? report.findings : withException(report, field, name, context);
        },
    };
}

/** Names an object as messages do: `Service e-chauffeur/rogue`, `Namespace monitoring`. */
export function resourceName(object: KubernetesObject): string {
    const part = (value: unknown) => (typeof value === "string" ? value : undefined);
    const name = part(object.metadata?.name) ?? "<name unknown>";
    const namespace = part(object.metadata?.namespace);
    return `${part(object.kind) ?? "Object"} ${namespace ? `${namespace}/` : ""}${name}`;
}

/** A finding as the command line prints it: `[mandatory] rule  message`. */
export function formatFinding(finding: Finding): string {
    return `[${finding.level}] ${finding.rule}  ${finding.message}`;
}
