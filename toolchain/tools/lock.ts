import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { display } from "../paths";

export interface LockOptions {
    /** How long another holder is waited for. */
    waitSeconds: number;
    /** Called once, when waiting starts. */
    onWait?: (holder: string) => void;
}

/**
 * Runs `work` while holding a lock file, so that two commands do not build or start the same thing at once.
 * A lock whose process is gone is taken over.
 * @throws ToolchainError when the holder does not let go in time
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const deadline = Date.now() + options.waitSeconds * 1000;
    let told = false;
    while (!take(file)) {
        const holder = holderOf(file);
        if (holder === undefined) continue;
        if (!told) options.onWait?.(`process ${holder}`);
        told = true;
        if (Date.now() > deadline) {
            throw new ToolchainError(`Process ${holder} has held ${display(file)} for over ${options.waitSeconds} s.`, [
                `see what it does: ps -fp ${holder}`,
                `if it hangs, stop it (kill ${holder}) and run the command again`,
            ]);
        }
        await new Promise((resolve) => setTimeout(resolve, 250));
    }
    try {
        return await work();
    } finally {
        fs.rmSync(file, { force: true });
    }
}

function take(file: string): boolean {
    // Written first and linked into place, so that nobody reads a lock without its holder.
    const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    fs.writeFileSync(own, String(process.pid));
    try {
        fs.linkSync(own, file);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        return false;
    } finally {
        fs.rmSync(own, { force: true });
    }
}

/** The living holder's process id; a dead holder's lock is removed. */
function holderOf(file: string): number | undefined {
    let pid: number;
    try {
        pid = Number(fs.readFileSync(file, "utf8"));
    } catch {
        return undefined;
    }
    if (isAlive(pid)) return pid;
    fs.rmSync(file, { force: true });
    return undefined;
}

/** Whether a process runs; one that ended but was not collected by its parent does not. */
export function isAlive(pid: number): boolean {
    if (!Number.isInteger(pid) || pid <= 0) return false;
    try {
        process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
    try {
        // proc(5): the state follows the command, which stands in parentheses and may hold any character.
        const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
        return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
    } catch {
        // No /proc on this system: the signal's answer stands.
        return !fs.existsSync("/proc/self");
    }
}
