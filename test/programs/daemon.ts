import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { eventually } from "./nginx";

/** The user that nobody is; what runs as root here runs as it, as in a pod, where nothing is root. */
const NOBODY = 65534;

interface DaemonOptions {
    readonly folder: string;
    /** Defaults to nobody where this is root, else to who this is. */
    readonly user?: { uid: number; gid: number };
    readonly environment?: Readonly<Record<string, string>>;
}

/** A program of the machine that runs in the foreground without privileges until it is stopped. */
export class Daemon {
    private readonly process: ChildProcess;
    private readonly exited: Promise<void>;
    private readonly log: string;

    private constructor(program: string, args: readonly string[], { folder, user, environment }: DaemonOptions) {
        this.log = join(folder, `${basename(program)}.log`);
        const log = openSync(this.log, "a", 0o666);
        this.process = spawn(program, args, {
            cwd: folder,
            env: { ...process.env, ...environment },
            stdio: ["ignore", log, log],
            ...(user ?? unprivileged()),
        });
        closeSync(log);
        this.exited = new Promise((done) => {
            this.process.once("exit", () => done());
            this.process.once("error", () => done());
        });
    }

    /** Starts a program and waits until `ready` gives true; throws with what the program wrote when it stops instead. */
    static async start(
        program: string,
        args: readonly string[],
        options: DaemonOptions & { ready: () => Promise<boolean> },
    ): Promise<Daemon> {
        const daemon = new Daemon(program, args, options);
        let stopped = false;
        void daemon.exited.then(() => (stopped = true));
        await eventually(async () => {
            if (stopped) return;
            if (!(await options.ready())) throw new Error(`${program} is not ready:\n${daemon.output()}`);
        });
        if (stopped) throw new Error(`${program} did not start:\n${daemon.output()}`);
        return daemon;
    }

    output(): string {
        return readFileSync(this.log, "utf8");
    }

    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
        await this.exited;
    }
}

function unprivileged(): { uid?: number; gid?: number } {
    return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** Runs a program to its end without privileges; what it wrote, and whether it ended well. */
export function runProgram(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
): { ok: boolean; output: string } {
    try {
        const output = execFileSync(program, args, {
            env: { ...process.env, ...environment },
            stdio: ["ignore", "pipe", "pipe"],
            encoding: "utf8",
            timeout: 30_000,
            ...unprivileged(),
        });
        return { ok: true, output };
    } catch (error) {
        const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
        return { ok: false, output: `${stdout}${stderr}` || message };
    }
}

/** Whether an address answers with a status under 300. */
export async function answers(url: string): Promise<boolean> {
    try {
        return (await fetch(url)).ok;
    } catch {
        return false;
    }
}
