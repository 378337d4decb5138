/**
 * What `matrice reach` costs beside np-guard's netpol-analyzer on the same YAML: a ring of N Deployments, each of which
 * may connect to the next alone, with the N policies that `matrice compile` makes for it.
 *
 *     npm run bundle && npx esbuild bench/reach.ts --bundle --platform=node --outfile=.tools/bench/reach.js
 *     node .tools/bench/reach.js [PAIRS AT 100] [PAIRS AT 300]
 *
 * The two run in turn (A B A B …), so that the ratio holds when the machine's speed drifts; their outputs must be equal,
 * byte by byte. At 1000 the analyser takes many minutes and is left out.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { readDocument, resolve } from "../matrix";
import { parseNetworkSettings, policies, type KubernetesObject } from "../network";

const root = process.cwd();
const folder = join(root, ".tools", "bench", "rings");
const [pairsAt100, pairsAt300] = [process.argv[2] ?? 5, process.argv[3] ?? 1].map(Number);

function ring(size: number): KubernetesObject[] {
    const rows = Array.from({ length: size }, (_, index) => `|Web ${index}|Web ${(index + 1) % size}|8080|TCP|Next|`);
    const text = ["|Source|Destination|Port|Protocol|Description|", "|-|-|-|-|-|", ...rows].join("\n");
    const matrix = resolve([readDocument(text, "ring.md")]);
    const deployments = matrix.roles.map(({ workload, podLabels }) => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: workload!,
        spec: {
            selector: { matchLabels: podLabels },
            template: {
                metadata: { labels: podLabels },
                spec: {
                    containers: [
                        {
                            name: "main",
                            image: "registry.example/web:1",
                            ports: [{ name: "http", containerPort: 8080 }],
                        },
                    ],
                },
            },
        },
    }));
    const generated = policies(matrix, parseNetworkSettings({}));
    return [...deployments, ...generated.filter(({ spec }) => spec.ingress !== undefined)];
}

function write(size: number): string {
    const path = join(folder, String(size));
    mkdirSync(path, { recursive: true });
    const documents = ring(size).map((object) => stringify(object, { aliasDuplicateObjects: false }));
    writeFileSync(join(path, "ring.yaml"), documents.join("---\n"));
    return path;
}

/** Wall seconds of one run, and what it printed. */
function timed(program: string, ...args: string[]): { seconds: number; output: string } {
    const start = process.hrtime.bigint();
    const output = execFileSync(program, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    return { seconds: Number(process.hrtime.bigint() - start) / 1e9, output };
}

const matrice = (path: string) => timed(process.execPath, join(root, "cli", "bin", "matrice.js"), "reach", path);
const analyzer = (path: string) =>
    timed(join(root, ".tools", "bin", "netpol-analyzer"), "list", "--quiet", "--dirpath", path);

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function pairs(size: number, runs: number, target: number): void {
    const path = write(size);
    const ratios: number[] = [];
    matrice(path); // warms the file cache
    for (let run = 1; run <= runs; run++) {
        const [a, b] = [matrice(path), analyzer(path)];
        if (a.output !== b.output) {
            throw new Error(`The outputs differ at ${size}: see ${path}.`);
        }
        ratios.push(b.seconds / a.seconds);
        console.log(
            `N ${size}, run ${run}: matrice ${a.seconds.toFixed(3)} s, netpol-analyzer ${b.seconds.toFixed(2)} s, ` +
                `${ratios.at(-1)!.toFixed(0)} × (same output)`,
        );
    }
    console.log(`N ${size}: median ratio ${median(ratios).toFixed(0)} × (target: at least ${target} ×)`);
}

/** Median wall seconds at each size, the sizes in turn. */
function alone(sizes: readonly number[], runs: number): number[] {
    const paths = sizes.map(write);
    const rounds = Array.from({ length: runs }, () => paths.map((path) => matrice(path).seconds));
    return sizes.map((_, index) => median(rounds.map((round) => round[index])));
}

/** Growth between two sizes against that of N log N. */
function growth(small: [number, number], large: [number, number]): void {
    const [ratio, bound] = [large[1] / small[1], (large[0] * Math.log(large[0])) / (small[0] * Math.log(small[0]))];
    console.log(
        `N ${small[0]} → ${large[0]}: ${small[1].toFixed(3)} s → ${large[1].toFixed(3)} s, ${ratio.toFixed(2)} × ` +
            `(N log N: ${bound.toFixed(2)} ×)`,
    );
}

pairs(100, pairsAt100, 20);
pairs(300, pairsAt300, 100);
const sizes = [100, 300, 1000];
const seconds = alone(sizes, 7);
growth([sizes[0], seconds[0]], [sizes[1], seconds[1]]);
growth([sizes[1], seconds[1]], [sizes[2], seconds[2]]);
rmSync(folder, { recursive: true });
