import { type Diagnostic, type Place } from "./diagnostics";
import { type NamedItem } from "./document";
import { type Flow } from "./flow";
import { type Answer, type Inventory } from "./inventory";
import { fold } from "./names";
import { type RoleIndex } from "./role-index";
import { rowKey, servedRow } from "./serves";
import { characterCount } from "./width";

/**
 * A rule of a firewall that a document gives in words ("**SSH**: Port 22 depuis IPs d'administration"). It does not say
 * both ends, so it is a question: it opens nothing, and the inventory says which rows answer it or why it does not apply.
 */
export interface FilteringRule {
    readonly name: string;
    readonly text: string;
    readonly direction: "inbound" | "outbound";
    readonly place: Place;
    readonly excerpt: string;
    readonly length: number;
}

/** A rule with its answer; undefined while nobody gave one. */
export interface Question {
    readonly rule: FilteringRule;
    readonly answer?: Answer;
    /** The rows that the answer names. */
    readonly rows: readonly Flow[];
}

const leads: readonly [RegExp, FilteringRule["direction"]][] = [
    [/^(?:regles? entrantes?|inbound rules?) ?:?$/, "inbound"],
    [/^(?:regles? sortantes?|outbound rules?) ?:?$/, "outbound"],
];

/** The rules among the lists of a document: those under "Règles entrantes", "Règles sortantes" or their English names. */
export function readFilteringRules(
    items: readonly NamedItem[],
    file: string,
    lines: readonly string[],
): FilteringRule[] {
    return items.flatMap(({ name, text, lead, line, column }) => {
        const direction = leads.find(([words]) => words.test(fold(lead)))?.[1];
        if (direction === undefined) return [];
        const excerpt = lines[line - 1] ?? "";
        return [{ name, text, direction, place: { file, line, column }, excerpt, length: characterCount(name) }];
    });
}

/**
 * Joins the rules of the documents with the inventory's answers. Reports a rule without an answer or an answer whose row is
 * not there (warnings: nothing is open), and answers to rules that are not there (errors).
 */
export function answerRules(
    rules: readonly FilteringRule[],
    flows: readonly Flow[],
    inventory: Inventory,
    index: RoleIndex,
): { questions: Question[]; diagnostics: Diagnostic[] } {
    const diagnostics: Diagnostic[] = [];
    const known = new Set(rules.map(({ name }) => name));
    const rowsOf = (answer: Answer): Flow[] =>
        answer.rows.flatMap((row) => {
            const ends = servedRow(row);
            const found = flows.filter(
                (flow) =>
                    ends &&
                    rowKey(flow.source, flow.destination, index) === rowKey(ends.source, ends.destination, index),
            );
            if (found.length === 0) {
                const message = `the answer to "${answer.rule}" names ${row}, and no row of the documents is`;
                // A warning: a row that is taken out is closed at once, and what it answered is open again.
                const expected = "SOURCE → DESTINATION of a row, or another answer";
                diagnostics.push(inInventory(answer, "warning", "unknown-answer-row", message, expected));
            }
            return found;
        });
    const answers = inventory.answers.map((answer) => ({ answer, rows: rowsOf(answer) }));
    for (const { answer } of answers) {
        if (known.has(answer.rule)) continue;
        const message = `no rule of the documents is called "${answer.rule}"`;
        const expected = known.size === 0 ? "a rule of the documents" : `one of ${[...known].join(", ")}`;
        diagnostics.push(inInventory(answer, "error", "unknown-rule", message, expected));
    }
    const questions = rules.map((rule): Question => {
        const found = answers.find(({ answer }) => answer.rule === rule.name);
        if (!found) {
            diagnostics.push({
                severity: "warning",
                code: "unanswered-rule",
                message: `the rule "${rule.name}" does not say both ends, and nothing answers it: it opens nothing`,
                expected: "under answers of the inventory, the rows that realise it, or notApplicable and why",
                place: rule.place,
                excerpt: rule.excerpt,
                length: rule.length,
            });
        }
        return { rule, answer: found?.answer, rows: found?.rows ?? [] };
    });
    return { questions, diagnostics };
}

function inInventory(
    { place, excerpt }: Answer,
    severity: Diagnostic["severity"],
    code: string,
    message: string,
    expected: string,
): Diagnostic {
    return { severity, code, message, expected, place, excerpt, length: 1 };
}
