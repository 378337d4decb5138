import { spawn, type ChildProcess } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { JobError, oneLine } from "./failure";
import type { Log } from "./log";

/** How long a command may take to stop by itself. */
const stopMilliseconds = 5000;

/** A program that runs aside, its standard error in our log. */
export interface Command {
    readonly name: string;
    readonly stdin: Writable;
    readonly stdout: Readable;
    /** Resolves when it exited with 0; otherwise rejects with JobError: code or signal and its last words. */
    readonly exited: Promise<void>;
    /** Ends it, by SIGKILL when it doesn't listen to SIGTERM. */
    stop(): void;
}

/**
 * Starts a command. Its environment is the job's own.
 * @throws JobError when it holds a password, which every user of the machine could read in the list of processes
 */
export function start([program, ...args]: readonly string[], log: Log): Command {
    const name = path.basename(program);
    refusePasswords(name, args);
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let lastWords = "";
    createInterface({ input: child.stderr }).on("line", (line) => {
        if (line.trim()) lastWords = line.trim();
        log.info(line, { from: name });
    });
    const exited = new Promise<void>((resolve, reject) => {
        child.on("error", (error) => reject(new JobError(`${name} can't be started: ${oneLine(error)}.`)));
        child.on("close", (code, signalName) => {
            if (code === 0) return resolve();
            const how = signalName ? `was ended by ${signalName}` : `exited with ${code}`;
            reject(new JobError(`${name} ${how}${lastWords ? `: ${lastWords}` : "."}`));
        });
    });
    // It is awaited later; until then its failure is not an unhandled one.
    exited.catch(() => undefined);
    // A command that ends early closes its input: its exit code says more than the broken pipe.
    child.stdin.on("error", () => undefined);
    return { name, stdin: child.stdin, stdout: child.stdout, exited, stop: () => stop(child) };
}

function stop(child: ChildProcess): void {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), stopMilliseconds).unref();
}

function refusePasswords(name: string, args: readonly string[]): void {
    const told = args.find((arg) => /^(--password\b|-p.?)/.test(arg) || /:\/\/[^/\s:@]*:[^@\s]+@/.test(arg));
    if (told === undefined) return;
    throw new JobError(
        `${name} is given a password on its command line, where others can read it: put it in a file and name that by --config.`,
    );
}

/**
 * The commands of a program's arguments, each after a `--`.
 * @throws JobError with the usage when there are not as many as `names`
 */
export function commandsOf(args: readonly string[], names: readonly string[]): string[][] {
    const commands: string[][] = [];
    for (const arg of args) {
        if (arg === "--") commands.push([]);
        else commands.at(-1)?.push(arg);
    }
    if (args[0] !== "--" || commands.length !== names.length || commands.some((command) => command.length === 0))
        throw new JobError(`Wrong arguments: expected ${names.map((name) => `-- ${name} …`).join(" ")}`);
    return commands;
}
