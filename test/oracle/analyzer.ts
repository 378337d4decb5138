import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubernetesObject, ListedConnection } from "../../network";

const program = join(__dirname, "../../.tools/bin/netpol-analyzer");

/** What np-guard's netpol-analyzer lists for the objects. Throws with what it says when it cannot. */
export function analyze(objects: readonly KubernetesObject[]): ListedConnection[] {
    if (!existsSync(program)) {
        throw new Error(`${program} is not there: \`make test\` builds it.`);
    }
    const folder = mkdtempSync(join(tmpdir(), "oracle-"));
    try {
        // JSON is YAML; a file that starts with a brace would be read as one JSON text.
        const documents = objects.map((object) => `---\n${JSON.stringify(object)}\n`);
        writeFileSync(join(folder, "set.yaml"), documents.join(""));
        const { status, stdout, stderr } = spawnSync(
            program,
            ["list", "--dirpath", folder, "--output", "json", "--quiet"],
            { encoding: "utf8" },
        );
        if (status !== 0 || stderr !== "") {
            throw new Error(`netpol-analyzer: ${stderr}`);
        }
        const list = JSON.parse(stdout) as { src: string; dst: string; conn: string }[];
        return list.map(({ src, dst, conn }) => ({ source: src, destination: dst, ports: conn }));
    } finally {
        rmSync(folder, { recursive: true });
    }
}

const RANGE = /^([\d.]+)-([\d.]+)$/;
const number = (address: string) => address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);

/**
 * A listing as sorted text, in which neighbouring ranges of addresses with the same ports are one: the analyser cuts
 * them at the edges of every policy's blocks.
 */
export function canonical(connections: readonly ListedConnection[]): string[] {
    const lines: string[] = [];
    const ranges = new Map<string, [number, number][]>();
    for (const { source, destination, ports } of connections) {
        const [from, to] = [source, destination].map((end) => RANGE.exec(end));
        if (from === null && to === null) {
            lines.push(`${source} => ${destination} : ${ports}`);
            continue;
        }
        const key = from === null ? `${source} => @ : ${ports}` : `@ => ${destination} : ${ports}`;
        const [, start, end] = (from ?? to)!;
        ranges.set(key, [...(ranges.get(key) ?? []), [number(start), number(end)]]);
    }
    for (const [key, list] of ranges) {
        const merged: [number, number][] = [];
        for (const [start, end] of list.sort((a, b) => a[0] - b[0])) {
            const last = merged.at(-1);
            if (last !== undefined && start <= last[1] + 1) {
                last[1] = Math.max(last[1], end);
            } else {
                merged.push([start, end]);
            }
        }
        lines.push(...merged.map((range) => key.replace("@", range.join("-"))));
    }
    return lines.sort();
}
