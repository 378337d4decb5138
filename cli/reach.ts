import { listConnections, type ListedConnection } from "../network/listing";
import { PolicyError } from "../network/policy-rules";
import { reach } from "../network/reach";
import { readManifests } from "./manifests";
import { UsageError, type ExitCode, type Terminal } from "./terminal";

export interface ReachOptions {
    format: "text" | "json";
    ipv4?: boolean;
}

/**
 * `matrice reach`: what can connect by the objects in files and folders, as `netpol-analyzer list` prints it.
 * Throws UsageError.
 */
export function reachable(paths: readonly string[], options: ReachOptions, terminal: Terminal): ExitCode {
    const objects = readManifests(paths);
    let listed: ListedConnection[];
    try {
        listed = listConnections(reach(objects), { families: options.ipv4 === true ? "IPv4" : "both" });
    } catch (error) {
        throw error instanceof PolicyError ? new UsageError(error.message) : error;
    }
    if (options.format === "json") {
        const rows = listed.map(({ source, destination, ports }) => ({ src: source, dst: destination, conn: ports }));
        terminal.out(`${JSON.stringify(rows, undefined, 2)}\n`);
    } else {
        const lines = listed.map(({ source, destination, ports }) => `${source} => ${destination} : ${ports}\n`);
        terminal.out(lines.join(""));
    }
    return 0;
}
