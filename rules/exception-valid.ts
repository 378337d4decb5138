import type { KubernetesObject } from "../network";
import { EXCEPTION, exceptionField, exceptionText, FORMAT, readExceptions, unexceptable } from "./exceptions";
import { sentence } from "./listeners";
import { objectRule, type ObjectRule, type RuleContext, type StackRule } from "./rule";

/**
 * An exception names a rule that may be excepted ({@link unexceptable} may not), its owner, its reason and a day at most a
 * year ahead; it is refused once that day is over. One that excepts nothing any more is reported too, so that every run
 * lists every exception. `rules` are those that it may name, asked for when an object is checked.
 */
export function exceptionValid(rules: () => { object: ObjectRule[]; stack: StackRule[] }): ObjectRule {
    return objectRule(
        "exception-valid",
        `An exception (${EXCEPTION}) has an owner, a reason and a day on which it ends.`,
        (object, report, context) => {
            const text = exceptionField(object)?.text();
            if (text === undefined) {
                return;
            }
            const names = [...rules().object, ...rules().stack]
                .map(({ name }) => name)
                .filter((name) => !unexceptable.has(name));
            for (const read of readExceptions(text, context.on ?? new Date())) {
                const wrong = "wrong" in read ? read.wrong : wrongRule(read.exception.rule, names);
                if (wrong !== undefined) {
                    report.refuse(`the exception "${read.line}" excepts nothing: ${wrong}.`, [
                        `Write ${EXCEPTION}: "${FORMAT}", several on lines of their own, or remove it.`,
                    ]);
                } else if ("exception" in read) {
                    const { exception } = read;
                    const rule = rules().object.find(({ name }) => name === exception.rule);
                    if (rule && isIdle(rule, object.value as KubernetesObject, context)) {
                        report.refuse(
                            `nothing in it needs its exception from ${rule.name}.`,
                            [exceptionText(exception), "Remove it."],
                            { level: "advisory" },
                        );
                    }
                }
            }
        },
    );
}

function wrongRule(rule: string, names: string[]): string | undefined {
    if (names.includes(rule)) {
        return undefined;
    }
    return unexceptable.has(rule)
        ? `${rule} has no exceptions`
        : `there is no rule ${rule}; those with exceptions are ${sentence(names)}`;
}

const isIdle = (rule: ObjectRule, object: KubernetesObject, context: RuleContext) =>
    rule.check(object, context).length === 0;
