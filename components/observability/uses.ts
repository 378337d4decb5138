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

/** Where a role is asked by another, `host:port`, or the sentence on the row that is missing. */
export function addressOf(matrix: Matrix, from: Role, to: Role): string | MissingRow {
    const host = to.isOutside ? to.hosts[0] : hostOf(to);
    try {
        return `${host}:${matrix.port(from.name, to.name)}`;
    } catch (error) {
        if (error instanceof MissingRow) return error;
        throw error;
    }
}
