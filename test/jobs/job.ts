import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "../..");
export const doubles = path.join(__dirname, "doubles");

/** Real programs on a machine that may be busy: no test is about speed. */
jest.setTimeout(120_000);

export type Line = { level: string; message: string; [field: string]: unknown };

export interface Outcome {
    code: number | null;
    /** The job's log. */
    lines: Line[];
    /** All it wrote, on both streams. */
    output: string;
    /** Its last line. */
    last: Line;
}

/** Bundles the jobs as they are now: what is tested is what pods run. */
export function bundleJobs(): void {
    execFileSync(process.execPath, [path.join(root, "toolchain/bundle.js"), "jobs"]);
}

/** What pods have in a ConfigMap. */
export const bundle = path.join(root, "dist", "jobs.js");

/**
 * Runs a job to its end with this environment and no other variable than PATH.
 * @param during is given the process and its lines as they come
 */
export async function runJob(
    name: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    during: (child: ChildProcess, line: Line) => void = () => undefined,
): Promise<Outcome> {
    const child = spawn(process.execPath, [bundle, name, ...args], {
        env: { PATH: process.env.PATH, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: Line[] = [];
    let output = "";
    let rest = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const complete = (rest + text).split("\n");
        rest = complete.pop() ?? "";
        for (const line of complete) {
            lines.push(JSON.parse(line) as Line);
            during(child, lines.at(-1)!);
        }
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, lines, output, last: lines.at(-1) ?? { level: "none", message: output } };
}
