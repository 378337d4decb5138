/** One process started for a command: its output, how it ended, and how to stop it with all it started. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { listen } from "./output";

export interface ProcessSettings {
    /** The program and its arguments; the command is the last. */
    readonly argv: readonly string[];
    readonly dir?: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly stdin?: string;
    /** 0: for as long as it takes. */
    readonly timeoutSeconds: number;
    /** Called with every line as it comes. */
    readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

export interface ProcessResult {
    readonly stdout: string;
    readonly stderr: string;
    /** Both streams as they came. */
    readonly output: string;
    /** Why it failed, in words (`exit status 3`); absent when it ended with 0. */
    readonly failure?: string;
}

const running = new Set<number>();

/** Kills every process under way, with what it started. */
export function killAll(): void {
    for (const pid of running) killGroup(pid);
}

function killGroup(pid: number): void {
    try {
        process.kill(-pid, "SIGKILL");
    } catch {
        // It has ended meanwhile.
    }
}

/** Runs a process to its end. Never rejects: a process that can't start is a failure like any other. */
export async function runProcess(settings: ProcessSettings): Promise<ProcessResult> {
    const { argv, dir, environment, stdin, timeoutSeconds, onLine } = settings;
    // A group of its own, so that a shell is killed with its children.
    const child = spawn(argv[0], argv.slice(1), { cwd: dir, env: environment, detached: true });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    let timedOut = false;
    const timer =
        timeoutSeconds > 0 && pid !== undefined
            ? setTimeout(() => {
                  timedOut = true;
                  killGroup(pid);
              }, timeoutSeconds * 1000)
            : undefined;

    const said = listen(child, onLine);
    // A command need not read its input.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");

    const startFailure = new Promise<string>((resolve) =>
        child.on("error", (error: NodeJS.ErrnoException) =>
            resolve(error.code === "ENOENT" ? `no such program or directory (${dir ?? argv[0]})` : error.message),
        ),
    );
    const ended = once(child, "close").then(([code, signal]) => {
        if (timedOut) return `it was stopped after ${timeoutSeconds} s, its custom timeout`;
        if (signal) return `signal: ${signal}`;
        return code === 0 ? undefined : `exit status ${code}`;
    });
    ended.catch(() => {}); // `error` is answered above.
    const failure = await Promise.race([startFailure, ended]);
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
    return { stdout: said.stdout(), stderr: said.stderr(), output: said.both(), failure };
}
