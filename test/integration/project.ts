/** A copy of the project with a cluster and a state of its own, so that a run never meets a developer's `dev`. */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { freePorts } from "../../toolchain/cluster/ports";
import type { KubernetesObject } from "./oracle";

const source = resolve(__dirname, "../..");

export interface Run {
    readonly code: number;
    /** stdout and stderr, in the order of arrival. */
    readonly output: string;
}

/** Runs a command to its end. The time limit keeps a hang from being mistaken for slowness. */
export function run(command: string, cwd: string, env: NodeJS.ProcessEnv, seconds = 300): Promise<Run> {
    return new Promise((done, fail) => {
        const child = spawn("sh", ["-c", command], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
        let output = "";
        child.stdout.on("data", (chunk) => (output += chunk));
        child.stderr.on("data", (chunk) => (output += chunk));
        const timer = setTimeout(() => {
            if (child.pid) process.kill(-child.pid, "SIGKILL");
            fail(new Error(`\`${command}\` had not ended after ${seconds} s:\n${output}`));
        }, seconds * 1000);
        child.on("error", fail);
        child.on("close", (code) => {
            clearTimeout(timer);
            done({ code: code ?? 1, output });
        });
    });
}

/**
 * The engine writes its state once, at the end of a command: to write it at each of some five hundred steps takes two
 * thirds of the command's work, and nobody interrupts one here. What an interrupted one leaves is tried by conformance.
 */
const stateAtTheEnd = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

export class Project {
    private constructor(
        readonly folder: string,
        private readonly stack: string,
        private env: NodeJS.ProcessEnv,
    ) {}

    /**
     * Copies what git tracks or would track; tools already obtained are linked, clusters and states are not.
     * @param name of its folder
     * @param stack of an embedded cluster, which `make` is about unless it is told otherwise
     */
    static async create(name: string, stack: string): Promise<Project> {
        const folder = join(source, ".tools", "test", name);
        const [port] = await freePorts(1);
        const env: NodeJS.ProcessEnv = {
            ...process.env,
            STACK: stack,
            CLUSTER_PORT: String(port),
            NO_COLOR: "1",
            ...stateAtTheEnd,
        };
        // Jest sets it, and Pulumi's SDK takes it for its own unit tests.
        delete env.NODE_ENV;
        if (existsSync(join(folder, "Makefile"))) await run("make down FORCE=1", folder, env); // an interrupted run's
        rmSync(folder, { recursive: true, force: true });
        const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
            cwd: source,
            encoding: "utf8",
        });
        for (const file of files.split("\0").filter((entry) => entry && existsSync(join(source, entry)))) {
            mkdirSync(dirname(join(folder, file)), { recursive: true });
            cpSync(join(source, file), join(folder, file));
        }
        symlinkSync(join(source, "node_modules"), join(folder, "node_modules"));
        cpSync(join(source, "dist"), join(folder, "dist"), { recursive: true });
        mkdirSync(join(folder, ".tools"));
        for (const entry of readdirSync(join(source, ".tools")))
            if (!["clusters", "state", "storage", "test", "bench"].includes(entry))
                symlinkSync(join(source, ".tools", entry), join(folder, ".tools", entry));
        return new Project(folder, stack, env);
    }

    /** Runs a shell command in the copy. */
    run(command: string, env: NodeJS.ProcessEnv = {}, seconds?: number): Promise<Run> {
        return run(command, this.folder, { ...this.env, ...env }, seconds);
    }

    /** The same for a command that must end with 0; returns its output. */
    async must(command: string, env?: NodeJS.ProcessEnv, seconds?: number): Promise<string> {
        const { code, output } = await this.run(command, env, seconds);
        if (code !== 0) throw new Error(`\`${command}\` ended with ${code}:\n${output}`);
        return output;
    }

    /** From now on commands have what `make env` exports, as after `eval "$(make -s env)"`. */
    async enter(): Promise<void> {
        const { code, output } = await this.run('eval "$(make -s env)" && env -0');
        if (code !== 0) throw new Error(`make env failed:\n${output}`);
        this.env = Object.fromEntries(output.split("\0").map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
    }

    read(file: string): string {
        return readFileSync(join(this.folder, file), "utf8");
    }

    /** Changes a file for the time of the call; the change must change something. */
    async with<T>(file: string, change: (text: string) => string, action: () => Promise<T>): Promise<T> {
        const before = this.read(file);
        const after = change(before);
        if (after === before) throw new Error(`nothing in ${file} was changed`);
        writeFileSync(join(this.folder, file), after);
        try {
            return await action();
        } finally {
            writeFileSync(join(this.folder, file), before);
        }
    }

    /** Live objects, as `kubectl get KINDS -A` sees them. */
    async objects(kinds: string): Promise<KubernetesObject[]> {
        const { code, output } = await this.run(`kubectl get ${kinds} -A -o json`);
        if (code !== 0) throw new Error(output);
        return JSON.parse(output.slice(output.indexOf("{"))).items;
    }

    /** What the stack's state says, to show that a refused change changed nothing. */
    state(): string {
        return this.read(`.tools/state/.pulumi/stacks/matrice/${this.stack}.json`);
    }

    async remove(): Promise<void> {
        if (existsSync(join(this.folder, ".tools/clusters", this.stack))) await this.run("make down FORCE=1");
        rmSync(this.folder, { recursive: true, force: true });
    }
}
