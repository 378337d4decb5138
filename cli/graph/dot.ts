import type { Graph, GraphEdge, GraphRole } from "./graph";

const shapes: Readonly<Record<GraphRole["kind"], string>> = {
    workload: "box",
    group: "parallelogram",
    people: "ellipse",
    external: "oval",
    internet: "oval",
    loadBalancer: "hexagon",
    controlPlane: "box3d",
    service: "box3d",
    nodes: "box3d",
};

/** A graph in the language of Graphviz, zones as clusters. https://graphviz.org/doc/info/lang.html */
export function dot({ platform, zones, roles, edges }: Graph): string {
    const ids = new Map(roles.map(({ name }, index) => [name, `r${index}`]));
    const node = ({ name, kind, members = [] }: GraphRole) =>
        `${ids.get(name)} [label=${text(name, ...members)}, shape=${shapes[kind]}];`;
    return `${[
        `digraph ${text(platform)} {`,
        "    rankdir=LR;",
        ...zones.flatMap((zone, index) => [
            `    subgraph cluster_${index} {`,
            `        label=${text(zone)};`,
            ...roles.filter((role) => role.zone === zone).map((role) => `        ${node(role)}`),
            "    }",
        ]),
        ...roles.filter(({ zone }) => zone === undefined).map((role) => `    ${node(role)}`),
        ...edges.map((edge) => `    ${ids.get(edge.from)} -> ${ids.get(edge.to)} [${attributes(edge)}];`),
        "}",
    ].join("\n")}\n`;
}

/** As in the Mermaid drawing: dotted from the annex, ended by a bar where the row refuses. */
function attributes({ ports, document, verdict, description }: GraphEdge): string {
    return [
        `label=${text(ports)}`,
        `tooltip=${text(description)}`,
        ...(document === "annex" ? ["style=dotted"] : []),
        ...(verdict === "refuse" ? ["arrowhead=tee", "color=red"] : []),
    ].join(", ");
}

/** A quoted string of one line or several; a backslash begins an escape in labels. */
function text(...lines: string[]): string {
    const quoted = lines.map((line) =>
        line.replace(/\s+/g, " ").trim().replace(/[\\"]/g, "\\$&").replaceAll("&", "&amp;"),
    );
    return `"${quoted.join("\\n")}"`;
}
