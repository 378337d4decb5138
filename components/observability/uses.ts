import type { Matrix, ResolvedFlow, Role } from "../../matrix";
import { MissingRow } from "../../matrix";
import { hostOf } from "../workload";

/**
 * The flows that leave a role for a use: `scrape`, `remote-write`. A row may have several, apart by commas: InfluxDB is
 * written to and scraped over the same port.
 */
export function flowsOfUse(matrix: Matrix, role: Role, use: string): ResolvedFlow[] {
    return matrix.flowsFrom(role).filter((flow) => (flow.use ?? "").split(/[\s,]+/).includes(use));
}

/**
 * Where a role is asked by another, `host:port`, or the sentence on the row that is missing. Of a role that says which of
 * its ports serves it is that one: other rows from the same source may read its volumes.
 */
export function addressOf(matrix: Matrix, from: Role, to: Role): string | MissingRow {
    const host = to.isOutside ? to.hosts[0] : hostOf(to);
    try {
        const port = to.purposes().includes("http") ? to.port("http") : matrix.port(from.name, to.name);
        const opened = matrix
            .flowsFrom(matrix.role(from.name))
            .some(
                (flow) =>
                    flow.to.name === to.name && flow.ports.some((range) => range.from <= port && port <= range.to),
            );
        if (opened) return `${host}:${port}`;
    } catch (error) {
        if (!(error instanceof MissingRow)) throw error;
    }
    return new MissingRow(
        `No row opens ${from.name} → ${to.name}.\n` +
            `  To open it, add to matrix.md:  | ${from.name} | ${to.name} | <port> | TCP | <why> |`,
    );
}
