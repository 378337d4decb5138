import { basename, extname } from "node:path";
import { type Flow } from "./flows";
import { type Inventory, type RoleEntry } from "./inventory";
import { fold, slug } from "./names";

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
    };
}
