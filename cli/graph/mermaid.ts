import type { Graph, GraphEdge, GraphRole } from "./graph";

/** Mermaid draws no more edges than this unless it is configured to. https://mermaid.js.org/config/schema-docs/config.html */
export const MERMAID_EDGES = 500;

/** A graph as a Mermaid flowchart, zones as subgraphs. https://mermaid.js.org/syntax/flowchart.html */
export function mermaid({ zones, roles, edges }: Graph): string {
    const ids = new Map(roles.map(({ name }, index) => [name, `r${index}`]));
    const node = (role: GraphRole) => shape(role, ids.get(role.name)!);
    const outside = roles.filter(({ zone }) => zone === undefined);
    return `${[
        "flowchart LR",
        ...zones.flatMap((zone, index) => [
            `    subgraph z${index}["${text(zone)}"]`,
            ...roles.filter((role) => role.zone === zone).map((role) => `        ${node(role)}`),
            "    end",
        ]),
        ...outside.map((role) => `    ${node(role)}`),
        ...edges.map((edge) => `    ${ids.get(edge.from)} ${arrow(edge)}|"${text(edge.ports)}"| ${ids.get(edge.to)}`),
    ].join("\n")}\n`;
}

/** Whose rows say less by themselves look less firm: those of the annex are dotted, a refusing row ends in a cross. */
function arrow({ document, verdict }: GraphEdge): string {
    if (verdict === "refuse") return "--x";
    return document === "annex" ? "-.->" : "-->";
}

function shape({ name, kind, members = [] }: GraphRole, id: string): string {
    const label = `"${[name, ...members].map(text).join("<br>")}"`;
    switch (kind) {
        case "people":
            return `${id}([${label}])`;
        case "external":
        case "internet":
            return `${id}(${label})`;
        case "loadBalancer":
            return `${id}{{${label}}}`;
        case "group":
            return `${id}[/${label}/]`;
        case "workload":
            return `${id}[${label}]`;
        default:
            return `${id}[[${label}]]`;
    }
}

/**
 * Words that mean nothing to Mermaid: what is no letter, digit or one of a few signs is written by its number, and so is
 * what would make a list of a label ("1.", "-").
 */
function text(words: string): string {
    return words
        .replace(/\s+/g, " ")
        .trim()
        .replace(/^(\d+)\.|[^\p{L}\p{N}\p{M} ,.'()/:-]|^-/gu, (sign, number?: string) =>
            number === undefined ? `#${sign.codePointAt(0)};` : `${number}#46;`,
        );
}
