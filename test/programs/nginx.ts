import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
    chmodSync,
    closeSync,
    copyFileSync,
    mkdirSync,
    mkdtempSync,
    openSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const SCRIPTS = resolve(__dirname, "../../components/proxy");

/** The user that nobody is; what runs as root here runs as it, as in a pod, where nothing is root. */
const NOBODY = 65534;

/** nginx on PATH, or the program that NGINX names. Throws an Error that says what to install. */
export function nginxProgram(): string {
    const program = process.env.NGINX ?? "nginx";
    try {
        execFileSync(program, ["-v"], { stdio: "pipe" });
    } catch {
        throw new Error(
            `${program} cannot be run: these tests need nginx on PATH (Debian: apt-get install nginx-light).`,
        );
    }
    return program;
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "0.0.0.0", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    return port;
}

/** Tries until `attempt` gives a value; fails with what `attempt` threw last once ten seconds have gone. */
export async function eventually<T>(attempt: () => Promise<T> | T): Promise<T> {
    const deadline = Date.now() + 10_000;
    for (;;) {
        try {
            return await attempt();
        } catch (error) {
            if (Date.now() > deadline) throw error;
            await new Promise((done) => setTimeout(done, 25));
        }
    }
}

/** A folder of its own, readable by nobody too. */
export function scratch(): { folder: string; remove(): void } {
    const folder = mkdtempSync(join(tmpdir(), "matrice-"));
    chmodSync(folder, 0o777);
    return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

interface NginxOptions {
    readonly folder: string;
    readonly port?: number;
    readonly resolver?: string;
    /** Starts the firewall's log as well, through this pipe. */
    readonly auditLog?: string;
}

/** The files that the pod with a firewall has side by side, and what they are called there. */
const WAF_SCRIPTS: readonly (readonly [file: string, as?: string])[] = [
    ["start.sh"],
    ["waf/start.sh", "start-waf.sh"],
    ["waf/mask.sed"],
];

/** nginx started in the foreground by the pods' own script, without privileges. */
export class Nginx {
    readonly folder: string;
    private readonly process: ChildProcess;
    private readonly exited: Promise<number | null>;

    private constructor(configuration: string, { folder, resolver, auditLog }: NginxOptions) {
        this.folder = folder;
        const file = join(folder, "nginx.conf");
        writeFileSync(file, configuration, { mode: 0o644 });
        for (const log of ["stdout", "stderr"]) writeFileSync(join(folder, log), "", { mode: 0o666 });
        for (const log of ["stdout", "stderr"]) chmodSync(join(folder, log), 0o666);
        const [out, err] = ["stdout", "stderr"].map((log) => openSync(join(folder, log), "a"));
        // start.sh calls "nginx": the program asked for goes first on PATH.
        const bin = join(folder, "bin");
        mkdirSync(bin, { recursive: true });
        const shim = `#!/bin/sh\nexec ${execFileSync("sh", ["-c", `command -v ${nginxProgram()}`])
            .toString()
            .trim()} "$@"\n`;
        writeFileSync(join(bin, "nginx"), shim, { mode: 0o755 });
        const root = process.getuid?.() === 0;
        const script = auditLog === undefined ? "start.sh" : "start-waf.sh";
        if (auditLog !== undefined) {
            for (const [file, as = file] of WAF_SCRIPTS) copyFileSync(join(SCRIPTS, file), join(folder, basename(as)));
        }
        this.process = spawn("sh", [join(auditLog === undefined ? SCRIPTS : folder, script)], {
            env: {
                PATH: `${bin}:${process.env.PATH}`,
                NGINX_CONFIGURATION: file,
                NGINX_TEMPORARY: folder,
                ...(resolver !== undefined && { NGINX_RESOLVER: resolver }),
                ...(auditLog !== undefined && { NGINX_AUDIT_LOG: auditLog }),
            },
            stdio: ["ignore", out, err],
            ...(root && { uid: NOBODY, gid: NOBODY }),
        });
        closeSync(out);
        closeSync(err);
        this.exited = new Promise((done) => this.process.once("exit", (code) => done(code)));
    }

    /**
     * Starts nginx and waits until it listens on `port`, or has written its process id. Throws with its messages when it
     * stops instead.
     */
    static async start(configuration: string, options: NginxOptions) {
        const nginx = new Nginx(configuration, options);
        let stopped = false;
        void nginx.exited.then(() => (stopped = true));
        await eventually(async () => {
            if (stopped) return;
            if (options.port !== undefined) await listening(options.port);
            else readFileSync(join(options.folder, "nginx.pid"));
        });
        if (stopped) throw new Error(`nginx did not start:\n${nginx.errors()}`);
        return nginx;
    }

    get pid(): number {
        return this.process.pid ?? 0;
    }

    isRunning(): boolean {
        return this.process.exitCode === null && this.process.signalCode === null;
    }

    errors(): string {
        return readFileSync(join(this.folder, "stderr"), "utf8");
    }

    accessLog(): string {
        return readFileSync(join(this.folder, "stdout"), "utf8");
    }

    /** The exit code of a process that ends by itself. */
    ended(): Promise<number | null> {
        return this.exited;
    }

    async stop(): Promise<void> {
        if (this.isRunning()) this.process.kill("SIGTERM");
        await this.exited;
    }
}

/** Connects to a port of this machine; throws when nothing listens there. */
export function listening(port: number): Promise<void> {
    return new Promise((done, fail) => {
        const socket = connect({ host: "127.0.0.1", port }, () => {
            socket.destroy();
            done();
        });
        socket.once("error", fail);
    });
}
