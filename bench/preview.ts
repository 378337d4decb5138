/**
 * What a warm, unchanged `pulumi preview` of the dev stack costs, as ratios:
 * - the whole, policies in force, against a floor: a program that registers as many plain ConfigMaps in a flat list
 *   under a pack that checks nothing (at most 2.0);
 * - the policy pack against a pack that checks nothing, on the same program (at most 1.25);
 * - the program's own guard against the program without it, under the same pack (at most 1.05).
 *
 *     make up && npm run bench:preview -- [RUNS]
 *
 * The sides run in turn (A B A B …), so that a ratio holds when the machine's speed drifts; medians are printed.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
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

/** A copy of the program without the guard, on the same stack. */
function unguarded(): string {
    const copy = join(root, ".tools", "bench", "unguarded");
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    const tracked = execFileSync(
        "git",
        ["ls-files", "-z", "*.ts", "*.js", "*.json", "*.md", "*.yaml", "*.sh", "*.conf"],
        {
            cwd: root,
            encoding: "utf8",
        },
    );
    for (const file of tracked.split("\0").filter((name) => name !== "" && !/^(test|bench|docs)\//.test(name))) {
        cpSync(join(root, file), join(copy, file), { recursive: true });
    }
    for (const entry of ["node_modules", ".tools", "dist"]) symlinkSync(join(root, entry), join(copy, entry));
    const index = readFileSync(join(root, "index.ts"), "utf8");
    const without = index.replace(/^.*registerGuard\(.*\n/m, "");
    if (without === index) throw new Error("index.ts registers no guard");
    writeFileSync(join(copy, "index.ts"), without);
    return copy;
}

/** One way to preview. */
interface Side {
    readonly name: string;
    readonly folder: string;
    readonly stack: string;
    readonly pack: string;
}

/** A ratio of two sides and the most that it may be. */
interface Comparison {
    readonly what: string;
    readonly of: Side;
    readonly to: Side;
    readonly target: number;
}

function compare(comparisons: readonly Comparison[]): void {
    const sides = [...new Set(comparisons.flatMap(({ of, to }) => [of, to]))];
    const seconds = new Map<Side, number[]>(sides.map((side) => [side, []]));
    for (let run = 0; run <= runs; run++) {
        // Every other round backwards, so that no side always comes after the same one.
        for (const side of run % 2 === 0 ? sides : [...sides].reverse()) {
            const taken = preview(side.folder, side.stack, side.pack);
            if (run > 0) seconds.get(side)!.push(taken); // the first warms the file cache
        }
        const texts = sides.map((side) => `${side.name} ${seconds.get(side)!.at(-1)?.toFixed(2)} s`);
        if (run > 0) console.log(`run ${run} (load ${loadavg()[0].toFixed(1)}): ${texts.join(", ")}`);
    }
    for (const { what, of, to, target } of comparisons) {
        const ratios = seconds.get(of)!.map((value, index) => value / seconds.get(to)![index]);
        const [one, other] = [of, to].map((side) => median(seconds.get(side)!).toFixed(2));
        console.log(
            `${what}: ${one} s / ${other} s, median ratio ${median(ratios).toFixed(2)} (target: at most ${target})`,
        );
    }
}

function main(): void {
    delete env.PULUMI_OPTION_POLICY_PACK; // each side names its own pack
    const context = pulumi(root, "config", "get", "kubernetes:context", "--stack", "dev").trim();
    const resources = countResources();
    writeFloor(resources);
    pulumi(floor, "stack", "select", "floor", "--create");
    pulumi(floor, "config", "set", "kubernetes:context", context);
    pulumi(floor, "up", "--yes", "--skip-preview");
    const noop = join(floor, "pack");
    const whole = { name: "dev", folder: root, stack: "dev", pack: "policies" };
    const unchecked = { name: "no-op pack", folder: root, stack: "dev", pack: noop };
    const bare = { name: "no guard", folder: unguarded(), stack: "dev", pack: noop };
    const plain = { name: "floor", folder: floor, stack: "floor", pack: noop };
    console.log(`${resources} resources, ${runs} runs of each side, medians`);
    try {
        compare([
            { what: "the whole to the floor", of: whole, to: plain, target: 2.0 },
            { what: "the pack to a no-op pack", of: whole, to: unchecked, target: 1.25 },
            { what: "the guard to none", of: unchecked, to: bare, target: 1.05 },
        ]);
    } finally {
        pulumi(floor, "destroy", "--yes", "--skip-preview");
        pulumi(floor, "stack", "rm", "floor", "--yes");
        rmSync(bare.folder, { recursive: true });
    }
}

main();
