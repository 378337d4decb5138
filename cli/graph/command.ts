import { findSources, loadSources } from "../documents";
import { count, type ExitCode, type Terminal } from "../terminal";
import { dot } from "./dot";
import { graphOf } from "./graph";
import { MERMAID_EDGES, mermaid } from "./mermaid";

export interface GraphOptions {
    inventory?: string;
    annex?: string;
    all?: boolean;
    format: "mermaid" | "dot" | "json";
}

/** `matrice graph`: a matrix as a drawing. Throws MatrixError, UsageError. */
export function graph(file: string, options: GraphOptions, terminal: Terminal): ExitCode {
    const drawn = graphOf(loadSources(findSources([file], options), new Date()), { annex: options.all });
    switch (options.format) {
        case "json":
            terminal.out(`${JSON.stringify(drawn, undefined, 2)}\n`);
            break;
        case "dot":
            terminal.out(dot(drawn));
            break;
        default:
            if (drawn.edges.length > MERMAID_EDGES) {
                terminal.err(
                    `matrice: ${count(drawn.edges.length, "row")}; Mermaid draws ${MERMAID_EDGES} unless its maxEdges is ` +
                        `raised, Graphviz any number (--format dot).\n`,
                );
            }
            terminal.out(mermaid(drawn));
    }
    return 0;
}
