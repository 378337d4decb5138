/** Debian's own SSH server (OpenSSH), to which one key alone comes in, as the user who runs the tests. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const PROGRAM = "/usr/sbin/sshd";
/** Where the server takes its privileges away; a service makes it elsewhere. */
const RUN_FOLDER = "/run/sshd";

/** Whether the machine has the server and what makes keys. */
export const hasSshServer = existsSync(PROGRAM);

export interface SshServerOptions {
    /** `address:port` of each place where it listens. */
    readonly listen: readonly string[];
    /** What it gives every command. */
    readonly environment?: Readonly<Record<string, string>>;
    /** The network namespace that it runs in. */
    readonly namespace?: string;
    /** The keys of another server, whose client then comes in here too. */
    readonly clientOf?: SshServer;
}

export class SshServer {
    readonly user = userInfo().username;
    private readonly folder = mkdtempSync(join(tmpdir(), "matrice-ssh-"));
    private process?: ChildProcess;

    private constructor(private readonly options: SshServerOptions) {
        if (process.getuid?.() === 0) mkdirSync(RUN_FOLDER, { recursive: true });
        makeKey(this.file("host"));
        if (options.clientOf === undefined) makeKey(this.file("client"));
        const { listen, environment = {} } = options;
        writeFileSync(
            this.file("sshd_config"),
            [
                ...listen.map((address) => `ListenAddress ${address}`),
                `HostKey ${this.file("host")}`,
                `AuthorizedKeysFile ${this.clientFile()}.pub`,
                "StrictModes no",
                "PidFile none",
                "UsePAM no",
                "PasswordAuthentication no",
                "PermitRootLogin prohibit-password",
                "AcceptEnv PULUMI_COMMAND_*",
                ...(Object.keys(environment).length === 0 ? [] : [`SetEnv ${pairs(environment)}`]),
                "",
            ].join("\n"),
        );
    }

    /** Starts a server and waits until it listens; throws with what it wrote when it stops instead. */
    static async start(options: SshServerOptions): Promise<SshServer> {
        const server = new SshServer(options);
        const args = ["-D", "-e", "-f", server.file("sshd_config")];
        const { namespace } = options;
        const [program, ...words] = [...(namespace ? ["ip", "netns", "exec", namespace] : []), PROGRAM, ...args];
        const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
        server.process = child;
        await new Promise<void>((done, fail) => {
            let said = "";
            child.stderr!.on("data", (part) => {
                said += part;
                if (said.split("Server listening on").length > options.listen.length) done();
            });
            child.once("exit", () => fail(new Error(`sshd stopped:\n${said}`)));
        });
        return server;
    }

    get hostKey(): string {
        return readFileSync(`${this.file("host")}.pub`, "utf8").trim();
    }

    get privateKey(): string {
        return readFileSync(this.clientFile(), "utf8");
    }

    /** A key that the server does not know. */
    otherKey(): { privateKey: string; publicKey: string } {
        const file = this.file("other");
        if (!existsSync(file)) makeKey(file);
        return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
    }

    stop(): void {
        this.process?.kill("SIGTERM");
        rmSync(this.folder, { recursive: true, force: true });
    }

    private file(name: string): string {
        return join(this.folder, name);
    }

    private clientFile(): string {
        return this.options.clientOf?.clientFile() ?? this.file("client");
    }
}

function makeKey(file: string): void {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
}

function pairs(values: Readonly<Record<string, string>>): string {
    return Object.entries(values)
        .map(([name, value]) => `${name}=${value}`)
        .join(" ");
}
