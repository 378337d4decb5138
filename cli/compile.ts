import { Document, isMap, isSeq, type Node } from "yaml";
import { printRange, type ResolvedFlow } from "../matrix";
import {
    namedPolicies,
    planPolicies,
    policies,
    SettingsError,
    type KubernetesObject,
    type NamedRule,
    type PlannedRule,
} from "../network";
import { findSources, loadSources } from "./documents";
import { assumedSettings, readSettings } from "./network-settings";
import { UsageError, type ExitCode, type Terminal } from "./terminal";

export interface CompileOptions {
    annex?: string;
    inventory?: string;
    settings?: string;
}

/** `matrice compile`: the network policies of a matrix as YAML, each rule with the rows behind it. */
export function compile(file: string, options: CompileOptions, terminal: Terminal): ExitCode {
    const sources = findSources([file], options);
    const matrix = loadSources(sources, new Date());
    for (const beside of [
        options.annex === undefined && sources.annex,
        options.inventory === undefined && sources.inventory,
    ]) {
        if (beside) {
            terminal.err(`Using ${beside} beside the matrix.\n`);
        }
    }
    let settings;
    if (options.settings === undefined) {
        const assumed = assumedSettings(matrix);
        settings = assumed.settings;
        if (assumed.assumptions.length > 0) {
            terminal.err(`Without --settings ${assumed.assumptions.join("; ")}.\n`);
        }
    } else {
        settings = readSettings(options.settings);
    }
    try {
        const plans = new Map(
            planPolicies(matrix, settings).map((plan) => [
                `${plan.role.workload!.namespace}/${plan.role.workload!.name}`,
                plan,
            ]),
        );
        const planOf = ({ metadata }: KubernetesObject) => plans.get(`${metadata.namespace}/${metadata.name}`);
        const documents = [
            ...policies(matrix, settings).map((policy) => {
                const plan = planOf(policy);
                return asYaml(policy, plan?.ingress ?? [], plan?.egress ?? []);
            }),
            ...namedPolicies(matrix, settings).map((policy) => asYaml(policy, [], planOf(policy)!.byName)),
        ];
        terminal.out(documents.join("---\n"));
    } catch (error) {
        throw error instanceof SettingsError ? new UsageError(error.message) : error;
    }
    return 0;
}

type RowsBehind = Pick<PlannedRule | NamedRule, "flows">;

function asYaml(policy: KubernetesObject, ingress: readonly RowsBehind[], egress: readonly RowsBehind[]): string {
    const document = new Document(policy, { aliasDuplicateObjects: false });
    const comment = (direction: string, rules: readonly RowsBehind[]) => {
        const list = document.getIn(["spec", direction]);
        for (const [index, rule] of rules.entries()) {
            const item = isSeq(list) ? (list.items[index] as Node) : undefined;
            if (isMap(item)) {
                // Every continuation line of a comment in front of a list element is indented by the library.
                item.commentBefore = [...new Set(rule.flows.map(rowText))].map((line) => ` ${line}`).join("\n");
            }
        }
    };
    comment("ingress", ingress);
    comment("egress", egress);
    return document.toString({ lineWidth: 0 });
}

/** "Proxy → API 80/TCP (matrix.md:18)". */
function rowText({ source, destination, ports, transport, place }: ResolvedFlow): string {
    return `${source} → ${destination} ${ports.map(printRange).join(",")}/${transport} (${place.file}:${place.line})`;
}
