import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.resolve(__dirname, "../..");
export const script = (name: string) => path.join(root, "jobs", name);

export interface Ended {
    code: number | null;
    output: Buffer;
    errors: string;
}

/** A container's process with all it starts, in a process group of its own. */
export class Container {
    readonly ended: Promise<Ended>;
    /** What it wrote to its standard error so far. */
    errors = "";
    private readonly child: ChildProcess;

    constructor(command: readonly string[], environment: Readonly<Record<string, string>>, input?: Buffer) {
        this.child = spawn(command[0], command.slice(1), {
            env: { PATH: process.env.PATH, ...environment },
            stdio: ["pipe", "pipe", "pipe"],
            detached: true,
        });
        const parts: Buffer[] = [];
        this.child.stdout!.on("data", (part: Buffer) => parts.push(part));
        this.child.stderr!.on("data", (part: Buffer) => (this.errors += part.toString()));
        this.child.stdin!.on("error", () => undefined).end(input);
        // Not "close": what a killed container leaves behind may hold its streams.
        this.ended = new Promise((resolve) =>
            this.child.on("exit", (code) =>
                setTimeout(() => resolve({ code, output: Buffer.concat(parts), errors: this.errors }), 100),
            ),
        );
    }

    /** Ends it at once with everything in it, as the kernel or a node that fails does. */
    kill(): void {
        try {
            process.kill(-this.child.pid!, "SIGKILL");
        } catch {
            // It has ended.
        }
    }
}

/** The folder that the containers of a pod share, empty, and what is started beside it. */
export class Pod {
    readonly exchange = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-exchange-"));
    private readonly containers: Container[] = [];

    /** @param environment besides EXCHANGE and PATH */
    start(command: readonly string[], environment: Readonly<Record<string, string>> = {}, input?: Buffer): Container {
        const container = new Container(
            command,
            { EXCHANGE: this.exchange, WAIT_SECONDS: "20", ...environment },
            input,
        );
        this.containers.push(container);
        return container;
    }

    /** Waits until a file is in the shared folder. */
    async has(file: string): Promise<void> {
        const end = Date.now() + 20_000;
        while (!fs.existsSync(path.join(this.exchange, file))) {
            if (Date.now() > end) throw new Error(`no ${file} in ${fs.readdirSync(this.exchange).join(", ")}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }

    remove(): void {
        this.containers.forEach((container) => container.kill());
        fs.rmSync(this.exchange, { recursive: true, force: true });
    }
}
