import * as fs from "node:fs";
import * as os from "node:os";
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
    /** Where its tests stand, below test/; what stands in no other project's folder when left out. */
    folder?: string;
    /** Programs of the machine without which the project can't run. */
    programs?: readonly string[];
    /** Those without which some of its tests are counted as skipped. */
    helpful?: readonly string[];
    /** What it leaves out although it runs. */
    note?: string;
}

const projects: readonly Project[] = [
    { name: "unit" },
    { name: "oracle", folder: "oracle" },
    {
        name: "programs",
        folder: "programs",
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
    { name: "jobs", folder: "jobs", programs: ["age"] },
    { name: "conformance", folder: "toolchain/conformance", helpful: ["/usr/sbin/sshd", "nft", "ip"] },
    { name: "integration", folder: "integration" },
];

/** All projects run side by side, so that one that waits leaves no processor idle. */
const minutes = 90;
/** Servers, engines and clusters wait as much as they work: more at a time than there are processors. */
const jestArguments = [`--maxWorkers=${os.availableParallelism() + 2}`, "--testTimeout=60000"];

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
    outcomes.push(...(await runProjects(projects.filter(wanted), steps)));
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

async function runProjects(wanted: readonly Project[], steps: Steps): Promise<Outcome[]> {
    const left: Outcome[] = [];
    const runnable: Project[] = [];
    for (const project of wanted) {
        const missing = await installDebianPrograms(project.programs ?? [], steps);
        await installDebianPrograms(project.helpful ?? [], steps);
        if (missing.length === 0) runnable.push(project);
        else left.push(withoutPrograms(project, missing));
    }
    if (runnable.length === 0) return left;
    const names = runnable.map(({ name }) => name);
    const file = path.join(resultsFolder, "jest.json");
    try {
        await steps.step(`${names.join(", ")} tests`, () => runJest(names, file), { streams: true });
    } catch (error) {
        if (error instanceof Interrupted) throw error;
        steps.say(describeError(error));
    }
    const results = readResults(file);
    const ran = runnable.map((project) => ({
        ...outcomeOfJest(project.name, results && resultsOf(project, results)),
        note: project.note,
    }));
    return [...ran, ...left];
}

function withoutPrograms({ name }: Project, missing: readonly string[]): Outcome {
    const note = `${name} tests did not run: ${missing.join(", ")} not on this machine`;
    return { name, passed: 0, failed: 0, skipped: 0, failures: [], note };
}

/** What a run says of the files of one project. */
function resultsOf({ folder }: Project, { testResults }: JestResults): JestResults {
    const below = (name: string, other: string) => name.startsWith(path.join(root, "test", other) + path.sep);
    const others = projects.flatMap((project) => project.folder ?? []);
    const isOwn = ({ name }: { name: string }) =>
        folder === undefined ? !others.some((other) => below(name, other)) : below(name, folder);
    return { testResults: testResults.filter(isOwn) };
}

async function runJest(names: readonly string[], file: string): Promise<void> {
    const jest = path.join(root, "node_modules", "jest", "bin", "jest.js");
    const own = ["--selectProjects", ...names, "--ci", "--passWithNoTests", "--json", `--outputFile=${file}`];
    const result = await run(process.execPath, [jest, ...own, ...jestArguments], {
        cwd: root,
        // Each test's own settings decide, not those of a shell in which `make env` was evaluated.
        env: { ...withoutPulumi(process.env), ...toolVariables(), PATH: testPath() },
        timeoutSeconds: minutes * 60,
        inherit: true,
    });
    const which = names.join(", ");
    if (result.timedOut) throw new ToolchainError(`The ${which} tests took over ${minutes} min and were stopped.`);
    if (result.code !== 0) throw new ToolchainError(`Some ${which} tests failed: see above.`);
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
