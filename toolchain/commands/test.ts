import * as fs from "node:fs";
import * as path from "node:path";
import { toolVariables } from "../environment";
import { describeError, Interrupted, ToolchainError } from "../failure";
import { root, toolsFolder } from "../paths";
import { failureText, run } from "../processes";
import type { Steps } from "../steps";
import { acquire } from "../tools/acquire";
import { installDebianPrograms } from "./debian";
import { type JestResults, lastLine, type Outcome, outcomeOfJest, summarise } from "./results";

const resultsFolder = path.join(toolsFolder, "test", "results");

interface Check {
    name: string;
    program: string;
    args: readonly string[];
}

const checks: readonly Check[] = [
    { name: "prettier", program: "prettier/bin/prettier.cjs", args: ["--check", "."] },
    { name: "eslint", program: "eslint/bin/eslint.js", args: ["--max-warnings", "0", "."] },
    { name: "types", program: "typescript/bin/tsc", args: ["-p", "tsconfig.check.json"] },
];

interface Project {
    name: string;
    minutes: number;
    args?: readonly string[];
    /** Programs of the machine without which the project can't run. */
    programs?: readonly string[];
    /** Those without which some of its tests are counted as skipped. */
    wanted?: readonly string[];
    /** What it leaves out although it runs. */
    note?: string;
}

const projects: readonly Project[] = [
    // Jest leaves one processor to whoever watches; nobody does.
    { name: "unit", minutes: 20, args: ["--maxWorkers=100%"] },
    { name: "oracle", minutes: 10 },
    {
        name: "programs",
        minutes: 15,
        note:
            "not run on a real program: Grafana, Loki, Grafana Alloy (what they are given is checked by schema), " +
            "mongod and its exporter, the applications' images",
        programs: [
            "nginx",
            "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so",
            "/usr/share/modsecurity-crs/rules",
            "openssl",
            "nft",
            "ip",
            "prometheus",
            "prometheus-alertmanager",
            "influxd",
            "influx",
            "prometheus-nginx-exporter",
            "prometheus-node-exporter",
            "prometheus-redis-exporter",
            "redis-server",
            "postgres",
            "libnss_wrapper.so",
        ],
    },
    // Stores, engines and clusters wait as much as they work: two at a time, whatever the number of processors.
    { name: "jobs", minutes: 15, args: ["--maxWorkers=2"], programs: ["age"] },
    { name: "conformance", minutes: 45, args: ["--maxWorkers=2"], wanted: ["/usr/sbin/sshd", "nft", "ip"] },
    { name: "integration", minutes: 90, args: ["--maxWorkers=2"] },
];

/** The parts of `make test`, in their order. */
export const parts = [...checks.map(({ name }) => name), "tools", ...projects.map(({ name }) => name)];

/**
 * `make test`: every check and test, to the end whatever fails.
 * @param only the parts to run, all when empty
 * @returns the exit code
 * @throws ToolchainError when there is no such part
 */
export async function test(only: readonly string[], steps: Steps): Promise<number> {
    const unknown = only.filter((name) => !parts.includes(name));
    if (unknown.length > 0)
        throw new ToolchainError(`No such part: ${unknown.join(", ")}.`, [`there are ${parts.join(", ")}`]);
    const wanted = ({ name }: { name: string }) => only.length === 0 || only.includes(name);
    fs.rmSync(resultsFolder, { recursive: true, force: true });
    fs.mkdirSync(resultsFolder, { recursive: true });
    const outcomes: Outcome[] = [];
    // Each check keeps one processor busy.
    const checked = checks.filter(wanted).map((check) => attempt(steps, check.name, () => runCheck(check)));
    outcomes.push(...(await Promise.all(checked)));
    if (wanted({ name: "tools" })) outcomes.push(await attempt(steps, "tools", () => acquire("test", steps)));
    for (const project of projects.filter(wanted)) outcomes.push(await runProject(project, steps));
    steps.say(summarise(outcomes, steps.summary()));
    steps.say(lastLine(outcomes));
    return outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}

/** A check counts as one test. */
async function attempt(steps: Steps, name: string, work: () => Promise<void>): Promise<Outcome> {
    try {
        await steps.step(name, work, { streams: true });
        return { name, passed: 1, failed: 0, skipped: 0, failures: [] };
    } catch (error) {
        if (error instanceof Interrupted) throw error;
        steps.say(describeError(error));
        return { name, passed: 0, failed: 1, skipped: 0, failures: [] };
    }
}

async function runCheck({ name, program, args }: Check): Promise<void> {
    const script = path.join(root, "node_modules", program);
    const minutes = 10;
    const result = await run(process.execPath, [script, ...args], { cwd: root, timeoutSeconds: minutes * 60 });
    if (result.code !== 0) throw new ToolchainError(failureText(name, minutes * 60, result));
}

async function runProject(project: Project, steps: Steps): Promise<Outcome> {
    const missing = await installDebianPrograms(project.programs ?? [], steps);
    if (missing.length > 0) {
        const note = `${project.name} tests did not run: ${missing.join(", ")} not on this machine`;
        return { name: project.name, passed: 0, failed: 0, skipped: 0, failures: [], note };
    }
    await installDebianPrograms(project.wanted ?? [], steps);
    const file = path.join(resultsFolder, `${project.name}.json`);
    const title = `${project.name} tests`;
    try {
        await steps.step(title, () => runJest(project, file), { streams: true });
    } catch (error) {
        if (error instanceof Interrupted) throw error;
        steps.say(describeError(error));
    }
    return { ...outcomeOfJest(project.name, readResults(file)), note: project.note };
}

async function runJest({ name, minutes, args = [] }: Project, file: string): Promise<void> {
    const jest = path.join(root, "node_modules", "jest", "bin", "jest.js");
    const own = ["--selectProjects", name, "--ci", "--passWithNoTests", "--json", `--outputFile=${file}`];
    const result = await run(process.execPath, [jest, ...own, ...args], {
        cwd: root,
        // Each test's own settings decide, not those of a shell in which `make env` was evaluated.
        env: { ...withoutPulumi(process.env), ...toolVariables(), PATH: testPath() },
        timeoutSeconds: minutes * 60,
        inherit: true,
    });
    if (result.timedOut) throw new ToolchainError(`The ${name} tests took over ${minutes} min and were stopped.`);
    if (result.code !== 0) throw new ToolchainError(`Some ${name} tests failed: see above.`);
}

/** Debian keeps servers such as nginx in folders that only root has on PATH. */
function testPath(): string {
    return [toolVariables().PATH, "/usr/local/sbin", "/usr/sbin", "/sbin"].join(path.delimiter);
}

function withoutPulumi(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("PULUMI_")));
}

function readResults(file: string): JestResults | undefined {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as JestResults;
    } catch {
        return undefined;
    }
}
