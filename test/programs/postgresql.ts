import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect, type AddressInfo, type Server } from "node:net";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { Client, type ClientConfig } from "pg";
import { PostgreSQL, type PostgreSQLArgs } from "../../components/postgresql/postgresql";
import { loadPlatform, type Matrix } from "../../matrix";
import { object, objects, render } from "../components/render";
import { Daemon, runProgram } from "./daemon";
import { freePort } from "./nginx";

/** Debian's PostgreSQL, which runs what is written for 18. */
export const PROGRAMS = "/usr/lib/postgresql/15/bin";

export const platform: Matrix = loadPlatform(resolve(__dirname, "../../platforms/agents"));
export const SCHEMA = readFileSync(resolve(__dirname, "../../platforms/agents/schema.sql"), "utf8");
export const TABLES = [
    "backend.conversations",
    "backend.messages",
    "agents.runs",
    "oauth.integrations",
    "oauth.tokens",
];

/** The database of the agents platform. */
export const database: Omit<PostgreSQLArgs, "role" | "image" | "exporterImage" | "storage"> = {
    database: "agents",
    clients: [
        { role: platform.role("FastAPI Backend"), rights: { schema: "backend" } },
        { role: platform.role("Agent Service"), rights: { schema: "agents" } },
        { role: platform.role("OAuth Manager"), rights: { schema: "oauth" } },
    ],
    schema: SCHEMA,
    tenants: { column: "user_id", type: "uuid", tables: TABLES },
};

/** What the component mounts into its pods. */
export async function mounted(change: Partial<typeof database> = {}) {
    const args = { ...database, ...change };
    const { resources } = await render(
        () =>
            new PostgreSQL("postgresql", {
                role: platform.role("PostgreSQL"),
                image: "postgres:18",
                exporterImage: "exporter:1",
                storage: { size: "1Gi" },
                ...args,
            }),
    );
    const all = objects(resources);
    return {
        configuration: object(all, "ConfigMap", "postgresql").data as Record<string, string>,
        scripts: object(all, "ConfigMap", "postgresql-scripts").data as Record<string, string>,
        passwords: object(all, "Secret", "postgresql-passwords").stringData as Record<string, string>,
    };
}

type Mounted = Awaited<ReturnType<typeof mounted>>;

/** Who runs the server: postgres where this is root, for the server refuses root. */
export function owner(): { uid: number; gid: number; name: string } {
    if (process.getuid?.() !== 0) return { uid: userInfo().uid, gid: userInfo().gid, name: userInfo().username };
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    return { uid: id("-u"), gid: id("-g"), name: "postgres" };
}

/** A server on the files that the component mounts, with addresses of 127.0.0.0/8 in place of pods. */
export class PostgreSQLServer {
    private readonly user = owner();
    private readonly relays: Server[] = [];
    private daemon?: Daemon;
    private keeper?: Daemon;
    port = 0;

    private constructor(
        readonly folder: string,
        private files: Mounted,
    ) {}

    static async start(folder: string, files: Mounted): Promise<PostgreSQLServer> {
        const server = new PostgreSQLServer(folder, files);
        server.port = await freePort();
        const { uid, gid, name } = server.user;
        for (const part of ["configuration", "certificate", "socket", "passwords", "scripts"]) {
            mkdirSync(join(folder, part), { mode: 0o755 });
        }
        chownSync(join(folder, "socket"), uid, gid);
        chmodSync(join(folder, "socket"), 0o777);
        server.makeAuthority();
        server.issue("first");
        server.mount(files);
        writeFileSync(join(folder, "hosts"), "");
        mkdirSync(join(folder, "data"), { mode: 0o700 });
        chownSync(join(folder, "data"), uid, gid);
        const initdb = ["-D", join(folder, "data"), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8"];
        execFileSync(join(PROGRAMS, "initdb"), [...initdb, "--data-checksums", "--auth=reject", "--no-sync"], {
            uid,
            gid,
            stdio: "pipe",
            cwd: folder,
        });
        server.daemon = await Daemon.start(
            join(PROGRAMS, "postgres"),
            ["-D", join(folder, "data"), "-c", `config_file=${join(folder, "configuration/postgresql.conf")}`, "-F"],
            {
                folder,
                user: { uid, gid },
                environment: { LD_PRELOAD: nssWrapper(), NSS_WRAPPER_HOSTS: join(folder, "hosts") },
                ready: async () => server.sql("postgres", "SELECT 1", { check: false }).includes("1"),
            },
        );
        expect(name).not.toBe("root");
        return server;
    }

    /** Puts the files where the pod has them; paths of the pod become this folder's, its users this machine's. */
    mount(files: Mounted): void {
        this.files = files;
        const { folder } = this;
        const names = new Set([this.user.name, userInfo().username]);
        const administrators = [...names].map((name) => `socket  ${name}  postgres`).join("\n");
        const here = (text: string) =>
            text
                .replaceAll("/etc/postgresql", join(folder, "configuration"))
                .replaceAll("/run/secrets/certificate", join(folder, "certificate"))
                .replaceAll("/var/run/postgresql", join(folder, "socket"))
                .replace("port = 5432", `port = ${this.port}`)
                // The tests administer too: one connection is quicker than a psql each time.
                .replace(/^socket {2}postgres .*$/m, administrators);
        const write = (part: string, entries: Record<string, string>, change: (text: string) => string) => {
            for (const [file, text] of Object.entries(entries)) writeFileSync(join(folder, part, file), change(text));
        };
        write("configuration", files.configuration, here);
        write("scripts", files.scripts, (text) => text);
        write("passwords", files.passwords, (text) => text);
    }

    /** Runs the sidecar's script until it has done its work once; it then watches the certificate. */
    async keep(): Promise<Daemon> {
        await this.keeper?.stop();
        const done = join(this.folder, "socket", "done");
        rmSync(done, { force: true });
        this.keeper = await Daemon.start("sh", [join(this.folder, "scripts", "keep.sh")], {
            folder: this.folder,
            user: this.user,
            environment: {
                ...this.local(),
                DATABASE: "agents",
                SCRIPTS: join(this.folder, "scripts"),
                PASSWORDS: join(this.folder, "passwords"),
                CERTIFICATE: join(this.folder, "certificate", "tls.crt"),
                DONE: done,
                DEADLINE_SECONDS: "10",
                INTERVAL_SECONDS: "1",
            },
            ready: async () => existsSync(done),
        });
        return this.keeper;
    }

    /** Runs SQL as the administrator over the socket; rows as lines, values apart by `|`. */
    sql(
        name: string,
        text: string,
        { check = true, user = this.user as { uid: number; gid: number }, as = "postgres" } = {},
    ): string {
        const args = ["-XqtA", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", text];
        try {
            return execFileSync("psql", args, {
                uid: user.uid,
                gid: user.gid,
                cwd: "/",
                env: { ...process.env, ...this.local(), PGUSER: as },
                stdio: "pipe",
                encoding: "utf8",
            }).trim();
        } catch (error) {
            if (check) throw error;
            return String((error as { stderr?: string }).stderr);
        }
    }

    /** A connection of the administrator over the socket. */
    async administer(name = "agents"): Promise<Client> {
        const client = new Client({
            host: join(this.folder, "socket"),
            port: this.port,
            user: "postgres",
            database: name,
        });
        await client.connect();
        return client;
    }

    local(): Record<string, string> {
        return {
            PGHOST: join(this.folder, "socket"),
            PGPORT: String(this.port),
            PGUSER: "postgres",
            PGPASSFILE: "/dev/null",
        };
    }

    /** The program of this version, as the administrator. */
    program(name: string, args: readonly string[]): string {
        return execFileSync(join(PROGRAMS, name), args, {
            uid: this.user.uid,
            gid: this.user.gid,
            cwd: "/",
            env: { ...process.env, ...this.local() },
            stdio: "pipe",
            encoding: "utf8",
            maxBuffer: 1 << 26,
        });
    }

    /** Says which pod an address is: the name that the cluster's DNS gives it. */
    name(address: string, host: string): void {
        const file = join(this.folder, "hosts");
        writeFileSync(file, `${readFileSync(file, "utf8")}${address} ${address.replaceAll(".", "-")}.${host}\n`);
    }

    /** Connects from an address, as a pod of it would: over TLS, holding the server to its authority and name. */
    async connect(from: string, user: string, more: ClientConfig = {}): Promise<Client> {
        const client = new Client({
            host: "127.0.0.1",
            port: await this.relay(from),
            user,
            database: "agents",
            password: this.files.passwords[user],
            ssl: {
                ca: readFileSync(join(this.folder, "authority.crt")),
                servername: "postgresql.agents.svc.cluster.local",
            },
            ...more,
        });
        await client.connect();
        return client;
    }

    /** A port that passes connections on from another address of this machine. */
    async relay(from: string): Promise<number> {
        const relay = createServer((inner) => {
            const outer = connect({ host: "127.0.0.1", port: this.port, localAddress: from });
            inner.pipe(outer).pipe(inner);
            for (const end of [inner, outer]) {
                end.on("error", () => {
                    inner.destroy();
                    outer.destroy();
                });
            }
        });
        this.relays.push(relay);
        await new Promise<void>((done) => relay.listen(0, "127.0.0.1", done));
        return (relay.address() as AddressInfo).port;
    }

    private makeAuthority(): void {
        this.openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=authority",
            "-keyout",
            "authority.key",
            "-out",
            "authority.crt",
        );
    }

    /** Issues the server's certificate, as cert-manager does and renews it; `serial` tells it apart. */
    issue(serial: string): void {
        const names = "subjectAltName=DNS:postgresql.agents.svc.cluster.local";
        writeFileSync(join(this.folder, "names"), names);
        this.openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            `/CN=${serial}`,
            "-keyout",
            "tls.key",
            "-out",
            "tls.csr",
        );
        this.openssl(
            "x509",
            "-req",
            "-in",
            "tls.csr",
            "-CA",
            "authority.crt",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
            "-days",
            "1",
            "-extfile",
            "names",
            "-out",
            "tls.crt",
        );
        for (const file of ["tls.key", "tls.crt"]) {
            const target = join(this.folder, "certificate", file);
            writeFileSync(target, readFileSync(join(this.folder, file)));
            chmodSync(target, 0o440);
            // As a Secret is mounted: root's, readable by the pod's group.
            if (process.getuid?.() === 0) chownSync(target, 0, this.user.gid);
            else chmodSync(target, 0o400);
        }
    }

    private openssl(...args: string[]): void {
        const { ok, output } = { ok: true, output: execFileSync("openssl", args, { cwd: this.folder, stdio: "pipe" }) };
        if (!ok) throw new Error(String(output));
    }

    log(): string {
        return this.daemon!.output();
    }

    async stop(): Promise<void> {
        for (const relay of this.relays) relay.close();
        await this.keeper?.stop();
        await this.daemon?.stop("SIGINT");
    }
}

function nssWrapper(): string {
    const folders = readdirSync("/usr/lib").filter((name) => name.endsWith("-linux-gnu"));
    const file = folders.map((name) => `/usr/lib/${name}/libnss_wrapper.so`).find((path) => existsSync(path));
    if (file === undefined) throw new Error("libnss_wrapper.so is not on this machine (Debian: libnss-wrapper).");
    return file;
}

export { runProgram };
