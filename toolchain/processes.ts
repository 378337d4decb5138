import { type ChildProcess, spawn } from "node:child_process";
import { Interrupted, ToolchainError } from "./failure";

export interface RunOptions {
    cwd?: string;
    /** The whole environment; defaults to this process's. */
    env?: NodeJS.ProcessEnv;
    /** Written to the child's standard input, which is otherwise closed. */
    input?: string;
    /** No child outlives this; its whole process group is stopped. */
    timeoutSeconds: number;
    /** Every line of both outputs as it arrives. */
    onLine?: (line: string) => void;
    /** The child writes to this process's own terminal or log, and may ask; nothing is captured. */
    inherit?: boolean;
}

export interface RunResult {
    /** null when a signal ended it. */
    code: number | null;
    stdout: string;
    stderr: string;
    /** Both outputs, interleaved as they arrived. */
    output: string;
    timedOut: boolean;
}

/** Exit code for "no such program", as in a shell. */
export const missingProgram = 127;

const graceMilliseconds = 10_000;
const running = new Set<{ child: ChildProcess; group: boolean }>();
let interrupted = false;

/** Runs a program to its end. A failing exit code, a time-out or a missing program is in the result, not thrown. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
    if (interrupted) return Promise.reject(new Interrupted());
    // A group of its own lets a time-out or Ctrl-C stop grandchildren too; a child that shares the terminal must stay in
    // the terminal's foreground group, which Ctrl-C reaches by itself.
    const group = !options.inherit;
    const child = spawn(program, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        detached: group,
        stdio: options.inherit ? "inherit" : ["pipe", "pipe", "pipe"],
    });
    const entry = { child, group };
    running.add(entry);
    const captured = { stdout: "", stderr: "", output: "", rest: "" };
    const take = (stream: "stdout" | "stderr") => (chunk: string) => {
        captured[stream] += chunk;
        captured.output += chunk;
        if (!options.onLine) return;
        const lines = (captured.rest + chunk).split("\n");
        captured.rest = lines.pop() ?? "";
        lines.forEach(options.onLine);
    };
    child.stdout?.setEncoding("utf8").on("data", take("stdout"));
    child.stderr?.setEncoding("utf8").on("data", take("stderr"));
    // A child that does not read its input closes it; that is no failure of ours.
    child.stdin?.on("error", () => undefined).end(options.input ?? "");

    return new Promise((resolve, reject) => {
        let timedOut = false;
        let kill: NodeJS.Timeout | undefined;
        const timer = setTimeout(() => {
            timedOut = true;
            signal(entry, "SIGTERM");
            kill = setTimeout(() => signal(entry, "SIGKILL"), graceMilliseconds);
        }, options.timeoutSeconds * 1000);
        const finish = (code: number | null) => {
            clearTimeout(timer);
            clearTimeout(kill);
            running.delete(entry);
            if (captured.rest) options.onLine?.(captured.rest);
            const { stdout, stderr, output } = captured;
            if (interrupted) reject(new Interrupted());
            else resolve({ code, stdout, stderr, output, timedOut });
        };
        child.on("error", (error: NodeJS.ErrnoException) => {
            captured.stderr += error.message;
            captured.output += error.message;
            finish(missingProgram);
        });
        child.on("exit", (code) => {
            // A daemon that the child left behind may hold its outputs open: they are not waited for long.
            const late = setTimeout(() => finish(code), 1_000);
            child.on("close", () => {
                clearTimeout(late);
                finish(code);
            });
        });
    });
}

/**
 * Runs a program that must succeed.
 * @throws ToolchainError with the end of its output and the given mends
 */
export async function must(
    program: string,
    args: readonly string[],
    options: RunOptions & { what: string; mends?: readonly string[] },
): Promise<RunResult> {
    const result = await run(program, args, options);
    if (result.code === 0) return result;
    throw new ToolchainError(failureText(options.what, options.timeoutSeconds, result), options.mends);
}

/** "what failed (exit code 1):" and the last lines of the output. */
export function failureText(what: string, timeoutSeconds: number, result: RunResult): string {
    const how = result.timedOut ? `took more than ${timeoutSeconds} s and was stopped` : `failed (${ending(result)})`;
    const tail = result.output.trimEnd().split("\n").slice(-25).join("\n");
    return tail ? `${what} ${how}:\n${tail}` : `${what} ${how}.`;
}

function ending({ code }: RunResult): string {
    if (code === missingProgram) return "program not found";
    return code === null ? "stopped by a signal" : `exit code ${code}`;
}

/** Forwards Ctrl-C and termination to every child; a second Ctrl-C kills. Called once, by the command line. */
export function stopChildrenOnSignals(): void {
    const stop = (name: NodeJS.Signals) => {
        const wanted: NodeJS.Signals = interrupted ? "SIGKILL" : name;
        interrupted = true;
        if (running.size === 0) process.exit(130);
        for (const entry of running) {
            // The terminal has sent Ctrl-C to children of the foreground group already.
            if (entry.group || wanted !== "SIGINT" || !process.stdin.isTTY) signal(entry, wanted);
        }
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", stop);
}

function signal({ child, group }: { child: ChildProcess; group: boolean }, name: NodeJS.Signals): void {
    if (child.pid === undefined) return;
    try {
        process.kill(group ? -child.pid : child.pid, name);
    } catch {
        // It has ended meanwhile.
    }
}
