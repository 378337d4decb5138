import { didYouMean } from "../matrix";
import { SettingsError } from "../network";
import { Report, type Finding } from "./rule";

/** What a finding of a rule does: stops the change, is printed, or is not made. */
export type Level = "mandatory" | "advisory" | "disabled";

/** The levels that a stack gives rules in place of their own, by the rule's name. */
export type Levels = Readonly<Record<string, Level>>;

const KEY = "matrice:policies";
const known: readonly string[] = ["mandatory", "advisory", "disabled"] satisfies Level[];

/**
 * Reads the stack setting `matrice:policies` (an object, or its JSON as Pulumi keeps it), `rules` being the names that
 * it may hold. The program, the pack and `matrice verify` read this one setting. Throws SettingsError naming every wrong
 * key with the command that mends it.
 */
export function parseLevels(value: unknown, { rules, stack }: { rules: readonly string[]; stack?: string }): Levels {
    const flags = stack === undefined ? "" : `--stack ${stack} `;
    const set = (rule: string) => `pulumi config set ${flags}--path '${KEY}.${rule}' advisory`;
    const levels = typeof value === "string" ? fromJson(value) : (value ?? {});
    if (typeof levels !== "object" || Array.isArray(levels)) {
        throw new SettingsError(`${KEY} holds the levels of rules, by name.\n  Run: ${set(rules[0])}`);
    }
    const wrong = Object.entries(levels as object).flatMap(([rule, level]) => {
        if (!rules.includes(rule)) {
            const hint = didYouMean(rule, rules) ?? `the rules are ${rules.join(", ")}`;
            return [
                `  ${KEY}.${rule}: no such rule: ${hint}\n    Run: pulumi config rm ${flags}--path '${KEY}.${rule}'`,
            ];
        }
        return known.includes(level)
            ? []
            : [`  ${KEY}.${rule}: "${String(level)}" is none of ${known.join(", ")}\n    Run: ${set(rule)}`];
    });
    if (wrong.length > 0) {
        throw new SettingsError(`The setting ${KEY} is not right:\n${wrong.join("\n")}`);
    }
    return levels as Levels;
}

function fromJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/** Findings at the levels that the stack gives their rules; what an object is excepted from stays advisory. */
export function atLevels(findings: Finding[], levels: Levels = {}): Finding[] {
    return findings.flatMap((finding) => {
        const level = levels[finding.rule];
        if (level === undefined || (finding.exception !== undefined && level !== "disabled")) {
            return [finding];
        }
        return level === "disabled" ? [] : [{ ...finding, level }];
    });
}

/** The rules that no longer stop a change, in the order of their names. */
export function loweredRules(levels: Levels = {}): string[] {
    return Object.keys(levels)
        .filter((rule) => levels[rule] !== "mandatory")
        .sort();
}

/** One finding for each rule that the stack lowered: every report says so, so that none is silently out of force. */
export function loweredFindings(levels: Levels = {}): Finding[] {
    return loweredRules(levels).flatMap((rule) => {
        const report = new Report(rule, "Stack");
        const effect = levels[rule] === "disabled" ? "nothing is held to it" : "what it finds stops nothing";
        report.refuse(`${rule} is ${levels[rule]} by ${KEY}: ${effect}.`, [], { level: "advisory" });
        return report.findings;
    });
}
