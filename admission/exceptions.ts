import { EXCEPTION, objectRules, stackRules, type ObjectRule, type RuleContext } from "../rules";
import { unexceptable } from "../rules/exceptions";
import { bind, text, texts } from "./cel";
import { labels, object, Phrases } from "./phrases";
import { compiled, type CompiledRule, type Variable } from "./policy";

const exceptionValid = objectRules.find(({ name }) => name === "exception-valid") as ObjectRule;
const DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";

/**
 * The exceptions that an object has (`matrice.dev/exception`), and what is wrong with them. CEL has no clock; a request
 * has one: the API server stamps what it creates, and the fields that an update changes, with its own time before it
 * judges them. Pods that a controller makes (`isUntimed`) are let live past the day: a node that fails must not become
 * an outage. Their workload is refused when it changes, and by every preview.
 */
export const exceptionVariables: readonly Variable[] = [
    { name: "annotation", expression: `object.metadata.?annotations[?'${EXCEPTION}'].orValue('')` },
    {
        name: "excepted",
        expression: `has(object.metadata.annotations) && '${EXCEPTION}' in object.metadata.annotations`,
    },
    {
        name: "changedAt",
        expression:
            "request.operation == 'CREATE' ? string(object.metadata.creationTimestamp) : (object.metadata.?managedFields.orValue([]).map(field, string(field.?time.orValue(''))) + ['']).max()",
    },
    {
        name: "day",
        expression: "variables.untimed || variables.changedAt.size() < 10 ? '' : variables.changedAt.substring(0, 10)",
    },
    {
        name: "inAYear",
        expression:
            "variables.day == '' ? '' : string(int(variables.day.substring(0, 4)) + 1) + variables.day.substring(4)",
    },
    {
        name: "lines",
        expression: `!variables.excepted ? [] : ${bind(
            "lines",
            "variables.annotation.split('\\n').map(line, line.trim()).filter(line, line != '')",
            "lines.size() == 0 ? [''] : lines",
        )}`,
    },
];

/** What is wrong with each line (`variables.wrong`), the rules that are excepted, and the rule that refuses wrong ones. */
export function exceptions(files: RuleContext["platformFiles"]): { variables: Variable[]; rule: CompiledRule } {
    const variables = [
        ...exceptionVariables,
        {
            name: "wrong",
            expression: `variables.lines.map(line, ${bind("parts", "line.split(';').map(part, part.trim())", wrong(files))})`,
        },
        {
            name: "exceptions",
            expression: "variables.lines.transformList(i, line, variables.wrong[i] == '', line.split(';')[0].trim())",
        },
    ];
    const rule = compiled(exceptionValid, "variables.wrong.filter(said, said != '').map(said, said + '  ').join('')");
    return { variables, rule };
}

/** The sentence about a line, cut at `line` and `parts`; empty when it excepts something. */
function wrong(files: RuleContext["platformFiles"]): string {
    const phrases = new Phrases(files);
    const say = (line: string, parts: Record<string, string> = {}) => {
        const service = object("v1", "Service", { spec: { selector: labels("listener"), ports: [{ port: 41111 }] } });
        service.metadata.annotations = { [EXCEPTION]: line };
        return phrases.of(exceptionValid, service, { [`"${line}"`]: `'"' + line + '"'`, ...parts });
    };
    const about = (rule: string, expires: string) => `${rule}; owner=a; reason=b; expires=${expires}`;
    const strange = "parts.filter(part, part != parts[0] && !part.matches('^(owner|reason|expires) *='))";
    const twice =
        "['owner', 'reason', 'expires'].filter(key, parts.filter(part, part.matches('^' + key + ' *=')).size() > 1)";
    const missing =
        "['owner', 'reason', 'expires'].filter(key, !parts.exists(part, part.matches('^' + key + ' *= *[^ ]')))";
    const cases: [condition: string, sentence: string][] = [
        ["!parts[0].matches('^[a-z][a-z0-9-]*$')", say("1; owner=a", { '"1" is': `'"' + parts[0] + '" is'` })],
        [`${strange}.size() > 0`, say("service-port-listed; x-y", { '"x-y" is': `'"' + ${strange}[0] + '" is'` })],
        [
            `${twice}.size() > 0`,
            say("service-port-listed; owner=a; owner=b", { "owner stands": `${twice}[0] + ' stands'` }),
        ],
        [
            `${missing}.size() > 0`,
            say("service-port-listed; owner=a; expires=2026-07-01", { "no reason": `'no ' + ${missing}[0]` }),
        ],
        [
            `!until.matches('^${DAY}$')`,
            say(about("service-port-listed", "soon"), { "expires=soon is": "'expires=' + until + ' is'" }),
        ],
        [
            "variables.day != '' && until < variables.day",
            say(about("service-port-listed", "2026-06-14"), { "on 2026-06-14": "'on ' + until" }),
        ],
        [
            "variables.day != '' && until > variables.inAYear",
            say(about("service-port-listed", "2027-06-16"), { "until 2027-06-16": "'until ' + until" }),
        ],
        [
            `parts[0] in ${texts([...unexceptable].sort())}`,
            say(about("role-known", "2026-07-01"), { "role-known has": "parts[0] + ' has'" }),
        ],
        [
            `!(parts[0] in ${texts(names())})`,
            say(about("no-rule", "2026-07-01"), { "rule no-rule": "'rule ' + parts[0]" }),
        ],
    ];
    const chain = cases.map(([condition, sentence]) => `${condition} ? ${sentence} : `).join("") + text("");
    const until =
        "(parts.filter(part, part.startsWith('expires')).map(part, part.split('=')) + [['', '']])[0][1].trim()";
    return bind("until", until, chain);
}

const names = (): string[] =>
    [...objectRules, ...stackRules].map(({ name }) => name).filter((name) => !unexceptable.has(name));
