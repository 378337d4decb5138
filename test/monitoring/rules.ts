import { readdirSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parse } from "yaml";

export const ROOT = resolve(__dirname, "../..");
export const ALERTS = resolve(ROOT, "monitoring/alerts");
export const TESTS = resolve(ROOT, "monitoring/tests");
export const RUNBOOKS = resolve(ROOT, "runbooks");

export interface Alert {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly file: string;
}

export interface ExpectedAlert {
    readonly exp_labels: Readonly<Record<string, string>>;
    readonly exp_annotations: Readonly<Record<string, string>>;
}

/** A group of one of promtool's test files: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
export interface AlertTest {
    readonly name: string;
    readonly input_series: readonly { readonly series: string; readonly values: string }[];
    readonly alert_rule_test: readonly {
        readonly eval_time: string;
        readonly alertname: string;
        readonly exp_alerts: readonly ExpectedAlert[];
    }[];
    readonly file: string;
}

/** Names of the files of a folder with an extension, without it, sorted. */
export function namesIn(folder: string, extension: string): string[] {
    return readdirSync(folder)
        .filter((file) => file.endsWith(extension))
        .map((file) => basename(file, extension))
        .sort();
}

export function readAlerts(): Alert[] {
    return namesIn(ALERTS, ".yaml").flatMap((file) => {
        const { groups } = parse(readFileSync(resolve(ALERTS, `${file}.yaml`), "utf8")) as {
            groups: { rules: Omit<Alert, "file">[] }[];
        };
        return groups.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file })));
    });
}

export function readTests(): AlertTest[] {
    return namesIn(TESTS, ".yaml").flatMap((file) => {
        const { tests } = parse(readFileSync(resolve(TESTS, `${file}.yaml`), "utf8")) as {
            tests: Omit<AlertTest, "file">[];
        };
        return tests.map((test) => ({ ...test, file }));
    });
}

/** The expressions in a runbook's blocks of PromQL, one a line. */
export function promqlOf(markdown: string): string[] {
    return [...markdown.matchAll(/^```promql\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block.trim().split("\n"));
}

/** A metric that an expression selects, with its matchers as written: `up{job="api"}`. */
export interface Selector {
    readonly metric: string;
    readonly matchers: string;
}

const WORDS = /^(?:and|or|unless|by|on|bool|ignoring|without|group_left|group_right|offset|inf|nan)$/i;

/** What a PromQL expression selects. Texts that start a call or name labels are none. */
export function selectorsIn(expr: string): Selector[] {
    const strings: string[] = [];
    const held = (text: string) => `"${strings.push(text) - 1}"`;
    const bare = expr
        .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, held)
        .replace(/\[[^\]]*\]/g, "")
        .replace(/\b(?:by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)/g, "");
    return [...bare.matchAll(/\b([a-zA-Z_:][\w:]*)\b(?!\s*\()\s*(\{[^}]*\})?/g)]
        .filter(([, metric]) => !WORDS.test(metric) && !/^e\d+$/.test(metric))
        .filter(({ index }) => !insideBraces(bare, index))
        .map(([, metric, matchers = ""]) => ({
            metric,
            matchers: matchers.replace(/"(\d+)"/g, (_, index: string) => strings[Number(index)]),
        }));
}

function insideBraces(text: string, index: number): boolean {
    return text.lastIndexOf("{", index) > text.lastIndexOf("}", index);
}

/** Whether a selector's matchers on a label, if any, admit a value. Prometheus anchors its expressions. */
export function admits({ matchers }: Selector, label: string, value: string): boolean {
    const pattern = new RegExp(`\\b${label}\\s*(=~|!~|!=|=)\\s*"([^"]*)"`, "g");
    return [...matchers.matchAll(pattern)].every(([, operator, wanted]) => {
        const equal = operator.endsWith("~") ? new RegExp(`^(?:${wanted})$`).test(value) : wanted === value;
        return operator.startsWith("!") ? !equal : equal;
    });
}
