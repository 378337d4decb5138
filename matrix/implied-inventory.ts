import { basename, extname } from "node:path";
import { type Diagnostic } from "./diagnostics";
import { type Flow } from "./flow";
import { type Inventory, type RoleEntry } from "./inventory";
import { fold, slug } from "./names";
import { at } from "./row-diagnostic";

/**
 * The inventory of a matrix that has none: every name a workload of namespace `default` whose pods are labelled with
 * the name's slug; "Internet" is the internet, for no pod is.
 */
export function impliedInventory(flows: readonly Flow[], file: string): Inventory {
    const entries = new Map<string, RoleEntry>();
    for (const flow of flows) {
        for (const name of [flow.source, flow.destination]) {
            const key = slug(name);
            if (entries.has(key)) continue;
            const internet = fold(name) === "internet";
            entries.set(key, {
                name,
                kind: internet ? "internet" : "workload",
                ...(internet ? {} : { workload: { namespace: "default", name: key } }),
                also: [],
                hosts: [],
                optional: false,
                ports: {},
                uses: {},
                narrows: {},
                carries: [],
                place: flow.place,
                excerpt: flow.excerpt,
            });
        }
    }
    return {
        file,
        platform: slug(basename(file, extname(file))),
        namespaces: ["default"],
        zones: [],
        crossings: [],
        portSets: {},
        roles: [...entries.values()],
        decisions: [],
        answers: [],
    };
}

/** Names that an implied inventory may take for something else than they mean: two spellings of one slug, and groups. */
export function doubtfulNames(flows: readonly Flow[]): Diagnostic[] {
    const first = new Map<string, string>();
    const told = new Set<string>();
    const diagnostics: Diagnostic[] = [];
    const tell = (flow: Flow, end: "source" | "destination", code: string, message: string, expected: string) => {
        if (told.has(flow[end])) return;
        told.add(flow[end]);
        diagnostics.push(at(flow, { severity: "warning", code, message, expected, cell: end }));
    };
    for (const flow of flows) {
        for (const end of ["source", "destination"] as const) {
            const name = flow[end];
            const other = first.get(slug(name)) ?? name;
            first.set(slug(name), other);
            if (fold(other) !== fold(name)) {
                const message = `"${name}" is taken for the same role as "${other}"`;
                tell(flow, end, "merged-names", message, "one spelling, or an inventory that tells them apart");
            }
            if (/^(?:tous|toutes|all|every|any)\b/.test(fold(name))) {
                const message = `"${name}" is taken for one workload`;
                tell(flow, end, "group-without-inventory", message, "an inventory that says it is a group");
            }
        }
    }
    return diagnostics;
}
