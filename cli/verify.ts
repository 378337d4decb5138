import { parse } from "yaml";
import type { Matrix, ResolvedFlow } from "../matrix";
import {
    evidence,
    flatten,
    PolicyError,
    SettingsError,
    type Evidence,
    type Grade,
    type KubernetesObject,
} from "../network";
import {
    checkObject,
    checkStack,
    formatFinding,
    loweredFindings,
    parseLevels,
    ruleNames,
    type Finding,
    type Levels,
    type RuleContext,
} from "../rules";
import { findSources, loadSources, readDate, readText } from "./documents";
import { ownObjects, readCluster } from "./live";
import { readManifests } from "./manifests";
import { readSettings } from "./network-settings";
import { count, table, UsageError, type ExitCode, type Terminal } from "./terminal";

export interface VerifyOptions {
    matrix: string;
    annex?: string;
    inventory?: string;
    settings: string;
    context?: string;
    on?: string;
    format: "text" | "json";
}

const grades: readonly Grade[] = ["declared", "admitted", "computed"];

/**
 * `matrice verify`: what the rules have against the objects of a cluster (files, the standard input, or live by kubectl),
 * every exception among them, and how far each row is shown to be as written. 1 when a rule refuses something, or when
 * policies keep a row shut whose ends stand. Throws UsageError, MatrixError.
 */
export function verify(paths: readonly string[], options: VerifyOptions, terminal: Terminal): ExitCode {
    const on = options.on === undefined ? new Date() : readDate(options.on);
    const sources = findSources([options.matrix], options);
    const context: RuleContext = {
        matrix: loadSources(sources, on),
        network: readSettings(options.settings),
        levels: readLevels(options.settings),
        platformFiles: { matrix: options.matrix, annex: sources.annex ?? "", inventory: sources.inventory ?? "" },
        on,
    };
    const read = paths.length > 0 ? flatten(readManifests(paths)) : readCluster(options.context, terminal);
    const objects = ownObjects(read, context.matrix);
    const findings = [
        ...objects.flatMap((object) => checkObject(object, context)),
        ...checkStack(objects, context),
        ...loweredFindings(context.levels),
    ];
    const rows = rowsOf(graded(context.matrix, read, context));
    const shut = rows.filter(({ grade }) => grade === "admitted");
    const refused = findings.filter(({ level }) => level === "mandatory");
    if (options.format === "json") {
        const json = rows.map(({ flow, grade }) => ({ ...written(flow), grade }));
        terminal.out(`${JSON.stringify({ objects: objects.length, findings, rows: json }, undefined, 2)}\n`);
    } else {
        terminal.out(textOf(objects, findings, rows));
    }
    return refused.length + shut.length > 0 ? 1 : 0;
}

/** The levels of rules in a Pulumi.<stack>.yaml; a file of network settings alone has none. */
function readLevels(file: string): Levels {
    const config = (parse(readText(file)) as { config?: Record<string, unknown> } | null)?.config;
    try {
        return parseLevels(config?.["matrice:policies"], { rules: ruleNames() });
    } catch (error) {
        throw error instanceof SettingsError ? new UsageError(`${file}: ${error.message}`) : error;
    }
}

function graded(matrix: Matrix, objects: readonly KubernetesObject[], { network }: RuleContext): Evidence[] {
    try {
        return evidence(matrix, objects, network);
    } catch (error) {
        if (error instanceof PolicyError || error instanceof SettingsError) {
            throw new UsageError(error.message);
        }
        throw error;
    }
}

/** A row of the documents stands where the least of its flows does. */
function rowsOf(flows: readonly Evidence[]): Evidence[] {
    const rows = new Map<string, Evidence>();
    for (const one of flows) {
        const key = `${one.flow.place.file}:${one.flow.place.line}:${one.flow.transport}`;
        const known = rows.get(key);
        if (known === undefined || grades.indexOf(one.grade) < grades.indexOf(known.grade)) {
            rows.set(key, one);
        }
    }
    return [...rows.values()];
}

function written({ source, destination, ports, transport, place }: ResolvedFlow) {
    const text = ports.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
    return { source, destination, ports: `${text}/${transport}`, row: `${place.file}:${place.line}` };
}

function textOf(objects: readonly KubernetesObject[], findings: readonly Finding[], rows: readonly Evidence[]): string {
    const order = (level: Finding["level"]) =>
        findings.filter((finding) => finding.level === level && !finding.exception).map(formatFinding);
    const excepted = findings.filter(({ exception }) => exception);
    const lines = [...order("mandatory"), ...order("advisory")];
    const exceptions = excepted.map(
        ({ rule, resource, exception }) =>
            `  ${rule}  ${resource}: until ${exception!.expires}, ${exception!.owner}: ${exception!.reason}`,
    );
    const cells = rows.map(({ flow, grade }) => {
        const { source, destination, ports, row } = written(flow);
        return [source, destination, ports, grade, row];
    });
    const sums = grades.map((grade) => `${rows.filter((row) => row.grade === grade).length} ${grade}`);
    const refused = findings.filter(({ level }) => level === "mandatory").length;
    return [
        ...lines.map((line) => `${line}\n`),
        ...(lines.length > 0 ? ["\n"] : []),
        table(["Source", "Destination", "Ports", "Evidence", "Row"], cells),
        "\n",
        ...rows
            .filter(({ grade }) => grade === "admitted")
            .map(({ flow }) => {
                const { source, destination, ports, row } = written(flow);
                return `${source} → ${destination} ${ports} (${row}) is shut: policies of the cluster do not let it through.\n`;
            }),
        exceptions.length > 0 ? `Exceptions\n${exceptions.join("\n")}\n` : "No exception is in force.\n",
        `${count(objects.length, "object")}, ${refused} refused; rows: ${sums.join(", ")}, 0 probed ` +
            "(no packet was sent).\n",
    ].join("");
}
