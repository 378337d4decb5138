/**
 * What a warm, unchanged `pulumi preview` of the dev stack costs, policies in force, against a floor: a program that
 * registers as many plain ConfigMaps in a flat list under a pack that checks nothing.
 *
 *     make up && npm run bench:preview -- [RUNS]
 *
 * The two run in turn (A B A B …), so that the ratio holds when the machine's speed drifts; medians are printed.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = process.cwd();
const floor = join(root, ".tools", "bench", "floor");
const runs = Number(process.argv[2] ?? 5);

/** The exports of `make env` as an environment. */
function environment(): NodeJS.ProcessEnv {
    const script = `eval "$(make -s env)" && env -0`;
    const output = execFileSync("sh", ["-c", script], { cwd: root, encoding: "utf8" });
    return Object.fromEntries(output.split("\0").map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
}

const env = environment();

function pulumi(cwd: string, ...args: string[]): string {
    return execFileSync("pulumi", [...args, "--non-interactive"], {
        cwd,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        maxBuffer: 64 * 1024 * 1024,
    });
}

/** Resources the dev stack registers, the stack itself and providers left out. */
function countResources(): number {
    const state = JSON.parse(pulumi(root, "stack", "export", "--stack", "dev"));
    return state.deployment.resources.filter((resource: { type: string }) => !resource.type.startsWith("pulumi:"))
        .length;
}

function writeFloor(resources: number): void {
    rmSync(floor, { recursive: true, force: true });
    mkdirSync(join(floor, "pack"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(floor, "node_modules"));
    const write = (name: string, text: string) => writeFileSync(join(floor, name), text);
    write("Pulumi.yaml", "name: floor\nruntime:\n  name: nodejs\n  options: { typescript: true }\nmain: index.ts\n");
    write("package.json", `{ "name": "floor", "version": "0.0.1", "main": "index.ts" }`);
    write(
        "tsconfig.json",
        JSON.stringify({
            extends: join(root, "tsconfig.json"),
            compilerOptions: { rootDir: "." },
            include: ["index.ts"],
        }),
    );
    write(
        "index.ts",
        `import * as k8s from "@pulumi/kubernetes";
const namespace = new k8s.core.v1.Namespace("floor", { metadata: { name: "bench-floor" } });
for (let i = 1; i < ${resources}; i++)
    new k8s.core.v1.ConfigMap("floor-" + i, { metadata: { name: "floor-" + i, namespace: namespace.metadata.name }, data: { i: String(i) } });
`,
    );
    write("pack/PulumiPolicy.yaml", "runtime:\n  name: nodejs\n  options: { typescript: false }\n");
    write("pack/package.json", `{ "name": "noop", "version": "0.0.1", "main": "index.js" }`);
    write(
        "pack/index.js",
        `const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("noop", { policies: [{ name: "nothing", description: "checks nothing", enforcementLevel: "mandatory", validateResource() {} }] });
`,
    );
}

/** Wall seconds of one preview. */
function preview(cwd: string, stack: string, pack: string): number {
    const start = process.hrtime.bigint();
    pulumi(cwd, "preview", "--stack", stack, "--policy-pack", pack, "--expect-no-changes");
    return Number(process.hrtime.bigint() - start) / 1e9;
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function main(): void {
    delete env.PULUMI_OPTION_POLICY_PACK; // each side names its own pack
    const context = pulumi(root, "config", "get", "kubernetes:context", "--stack", "dev").trim();
    const resources = countResources();
    writeFloor(resources);
    pulumi(floor, "stack", "select", "floor", "--create");
    pulumi(floor, "config", "set", "kubernetes:context", context);
    pulumi(floor, "up", "--yes", "--skip-preview");
    const figures: { matrice: number[]; floor: number[] } = { matrice: [], floor: [] };
    try {
        for (let run = 0; run <= runs; run++) {
            const pair = [preview(root, "dev", "policies"), preview(floor, "floor", "pack")];
            if (run === 0) continue; // warms the file cache
            figures.matrice.push(pair[0]);
            figures.floor.push(pair[1]);
            console.log(
                `run ${run}: ${pair[0].toFixed(2)} s / ${pair[1].toFixed(2)} s = ${(pair[0] / pair[1]).toFixed(2)}`,
            );
        }
    } finally {
        pulumi(floor, "destroy", "--yes", "--skip-preview");
        pulumi(floor, "stack", "rm", "floor", "--yes");
    }
    const ratios = figures.matrice.map((value, index) => value / figures.floor[index]);
    console.log(
        `${resources} resources, ${runs} pairs: dev ${median(figures.matrice).toFixed(2)} s, ` +
            `floor ${median(figures.floor).toFixed(2)} s, median ratio ${median(ratios).toFixed(2)} (target: at most 2.0)`,
    );
}

main();
