/** The Node.js processes the host has started, so that none outlives it. */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";

const running = new Set<ChildProcess>();

/** How long a process has to end after it was asked to. */
const graceMilliseconds = 3000;

/** Starts a process that is stopped with the host. */
export function start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(program, args, options);
    running.add(child);
    child.on("error", () => running.delete(child));
    child.on("close", () => running.delete(child));
    return child;
}

/** Asks a process to end, and kills it when it does not. */
export function stop(child: ChildProcess): void {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), graceMilliseconds).unref();
}

export function stopAll(): void {
    running.forEach(stop);
}

/**
 * Waits for a process's end.
 * @throws Error when it could not be started.
 */
export async function ending(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const [code, signal] = await once(child, "close");
    return { code, signal };
}
