import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Client } from "pg";
import { type Manifest, parseManifest } from "../../jobs/manifest";
import { Daemon } from "../programs/daemon";
import { scratch } from "../programs/nginx";
import {
    database,
    mounted,
    owner as systemUser,
    platform,
    PostgreSQLServer,
    PROGRAMS,
    SCHEMA,
} from "../programs/postgresql";
import { Pod, script } from "./containers";
import { bundle, bundleJobs, type Line, type Outcome, runJob } from "./job";
import { decryptWithAge, makeKey } from "./keys";
import { drill, owner, Storage, writer } from "./storage";

/*
 * A backup of PostgreSQL from end to end: Debian's server with the rights that the component writes, pg_dump, a real
 * object storage, Debian's age.
 */
const storage = new Storage();
const { folder, remove } = scratch();
const keys = [makeKey(folder, "first"), makeKey(folder, "drill")];
const HOST = "postgresql.agents.svc.cluster.local";
const PATH = `${PROGRAMS}:${process.env.PATH}`;
const { uid, gid } = systemUser();
/** A role of the matrix whose pods stand for those of the backup. */
const client = platform.role("Monitoring");
const { name: USER, namespace } = client.workload!;
/** Rows whose text looks like what ends or parts the rows of a dump. */
const MORE = `
    CREATE TABLE IF NOT EXISTS backend.notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text, raw bytea);
    CREATE TABLE IF NOT EXISTS backend."Odd name" (a int);
    CREATE OR REPLACE VIEW backend.titles AS SELECT title FROM backend.conversations;`;
const ROWS = `
    INSERT INTO backend.conversations (user_id, title)
        SELECT md5((n % 7)::text)::uuid, E'line\\nbreak \\\\. ' || n FROM generate_series(1, 3000) n;
    INSERT INTO backend.messages (user_id, conversation_id, body) SELECT user_id, id, title FROM backend.conversations;
    INSERT INTO backend.notes (body, raw) VALUES (E'\\\\.', '\\x0a5c2e0a'), (E'\\\\.\\n\\n\\n', NULL), (NULL, ''), ('', '\\x00');
    INSERT INTO backend.notes (body) SELECT string_agg(md5(n::text || g), '') FROM generate_series(1, 300) g, generate_series(1, 1000) n GROUP BY g;
    INSERT INTO oauth.integrations (user_id, provider) VALUES (gen_random_uuid(), 'google');
    GRANT SELECT (body) ON backend.notes TO agent_service;
    ALTER ROLE agent_service SET statement_timeout = '5s';`;
const COUNTS = {
    "agents.agents.runs": 0,
    "agents.backend.Odd name": 0,
    "agents.backend.conversations": 3000,
    "agents.backend.messages": 3000,
    "agents.backend.notes": 304,
    "agents.oauth.integrations": 1,
    "agents.oauth.tokens": 0,
};
const TOTAL = Object.values(COUNTS).reduce((sum, count) => sum + count, 0);

let server: PostgreSQLServer;
let environment: Record<string, string>;
let buckets = 0;

async function newBucket(): Promise<string> {
    const bucket = `postgresql-${++buckets}`;
    const users = { WRITER_PRINCIPAL: writer.access, DRILL_PRINCIPAL: drill.access };
    await runJob("bucket", [], { ...storage.environment(owner, bucket), ...users });
    return bucket;
}
const keysOf = async (bucket: string) => (await storage.store(owner, bucket).versions("")).map(({ key }) => key);

const dump = ["bash", script("postgresql/dump.sh")];
const backup = (bucket: string, command: readonly string[] = dump) =>
    runJob("backup", ["--", ...command], {
        ...storage.environment(writer, bucket),
        AGE_RECIPIENTS: keys.map(({ recipient }) => recipient).join(","),
        DUMP_FORMAT: "postgresql",
        ...environment,
    });

async function backedUp(bucket: string): Promise<{ manifest: Manifest; bytes: Buffer }> {
    const store = storage.store(owner, bucket);
    const [{ key }] = await store.versions("manifests/");
    const manifest = parseManifest(await store.text(key)) as Manifest;
    const { archive } = manifest;
    return { manifest, bytes: Buffer.concat(await (await store.get(archive.key, archive.versionId)).toArray()) };
}

function folderOf(name: string): string {
    const place = path.join(folder, name);
    fs.mkdirSync(place);
    fs.chownSync(place, uid, gid);
    return place;
}

beforeAll(async () => {
    bundleJobs();
    await storage.start();
    // The jobs of a pod run as the user of the database's image.
    for (const place of [folder, storage.folder]) fs.chmodSync(place, 0o755);
    keys.forEach(({ identityFile }) => fs.chownSync(identityFile, uid, gid));
    const clients = [...database.clients, { role: client, rights: "backup" as const }];
    const files = await mounted({ clients, schema: `${SCHEMA}${MORE}` });
    server = await PostgreSQLServer.start(folderOf("server"), files);
    server.name("127.0.0.11", `${USER}.${namespace}.svc.cluster.local`);
    await server.keep();
    server.sql("agents", ROWS);
    const password = path.join(folder, "password");
    fs.writeFileSync(password, files.passwords[USER]);
    environment = {
        PATH,
        DATABASES: "agents",
        SPOOL: folderOf("spool"),
        PASSWORD_FILE: password,
        PGHOST: HOST,
        PGHOSTADDR: "127.0.0.1",
        PGPORT: String(await server.relay("127.0.0.11")),
        PGUSER: USER,
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: path.join(server.folder, "authority.crt"),
    };
});
afterAll(async () => {
    await server?.stop();
    storage.stop();
    remove();
});

describe("a backup of PostgreSQL", () => {
    let bucket: string;
    let outcome: Outcome;
    let manifest: Manifest;
    let plain: Buffer;
    beforeAll(async () => {
        bucket = await newBucket();
        outcome = await backup(bucket);
        expect([outcome.code, outcome.last]).toEqual([0, expect.objectContaining({ message: "done" })]);
        const { bytes, ...rest } = await backedUp(bucket);
        manifest = rest.manifest;
        plain = decryptWithAge(bytes, keys[0]);
    });

    it("counts the rows of every table, those that row-level security hides from services among them", () => {
        expect(outcome.last).toMatchObject({ documents: TOTAL, namespaces: 7 });
        expect(manifest.dump.counts).toEqual(COUNTS);
        expect(manifest.dump.serverVersion).toMatch(/^15\.\d+/);
        expect(manifest.dump.toolVersion).toMatch(/^15\.\d+/);
    });

    it("is a tar of standard parts, cut where they are large", () => {
        const list = execFileSync("tar", ["--list", "--gzip"], { input: plain, encoding: "utf8" }).trim().split("\n");
        expect(list).toEqual(["roles.sql", "agents.dump.00000", "agents.dump.00001"]);
    });

    it("holds no password, and neither does its log", () => {
        expect(gunzipSync(plain).includes("SCRAM-SHA-256")).toBe(false);
        expect(outcome.output).not.toContain(fs.readFileSync(environment.PASSWORD_FILE, "utf8"));
    });

    it("is restored row for row, with roles, rights and policies, into an empty server", async () => {
        const place = folderOf("restored");
        const local = { PGHOST: place, PGPORT: "5432", PGUSER: "postgres" };
        const at = { uid, gid, cwd: place, env: { PATH, ...local, SPOOL: folderOf("unpacked") } };
        execFileSync("initdb", ["-D", `${place}/data`, "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "-N"], {
            ...at,
            stdio: "pipe",
        });
        const options = ["-D", `${place}/data`, "-k", place, "-c", "listen_addresses=", "-c", "row_security=on", "-F"];
        const restored = await Daemon.start(path.join(PROGRAMS, "postgres"), options, {
            folder: place,
            user: { uid, gid },
            environment: {},
            ready: async () => {
                try {
                    execFileSync("pg_isready", ["-q"], at);
                    return true;
                } catch {
                    return false;
                }
            },
        });
        try {
            execFileSync("bash", [script("postgresql/restore.sh")], { ...at, input: plain, stdio: "pipe" });
            const of = (program: string, args: readonly string[]) =>
                execFileSync(program, args, { ...at, encoding: "utf8", maxBuffer: 1 << 28 });
            const roles = ["--roles-only", "--no-role-passwords"];
            expect(sentences(of("pg_dumpall", roles))).toEqual(sentences(server.program("pg_dumpall", roles)));
            const whole = ["--create", "agents"];
            expect(sentences(of("pg_dump", whole))).toEqual(sentences(server.program("pg_dump", whole)));
            expect(of("pg_dump", whole)).toMatch(/CREATE POLICY tenant_only ON oauth\.tokens AS RESTRICTIVE/);
            const digest = `SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM backend.messages r`;
            expect(of("psql", ["-XAtc", digest, "agents"]).trim()).toBe(server.sql("agents", digest));
            const seen = "SET ROLE fastapi_backend; SELECT count(*) FROM backend.conversations";
            expect(of("psql", ["-XAtqc", seen, "agents"]).trim()).toBe("0");
        } finally {
            await restored.stop("SIGQUIT");
        }
    });

    describe("in the drill's pod", () => {
        let pod: Pod;
        beforeEach(() => {
            pod = new Pod();
            fs.chownSync(pod.exchange, uid, gid);
        });
        afterEach(() => pod.remove());
        const as = process.getuid?.() === 0 ? ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"] : [];
        const scripts = path.join(folder, "scripts");
        beforeAll(() => {
            fs.mkdirSync(scripts);
            for (const name of ["exchange/serve.sh", "exchange/call.sh", "exchange/job.sh"])
                fs.copyFileSync(script(name), path.join(scripts, path.basename(name)));
            for (const name of ["scratch.sh", "restore.sh", "counts.sh"])
                fs.copyFileSync(script(`postgresql/${name}`), path.join(scripts, name));
            fs.copyFileSync(bundle, path.join(scripts, "jobs.js"));
        });
        const inPod = (name: string) => path.join(scripts, name);
        let drills = 0;

        async function runDrill() {
            const here = folderOf(`drill-${++drills}`);
            const scratchServer = pod.start([...as, "bash", inPod("scratch.sh")], {
                PATH,
                SCRATCH: here,
                DATABASE: "agents",
            });
            const call = (name: string) => ["--", "sh", inPod("call.sh"), name];
            const { code, output } = await pod.start(
                [
                    ...as,
                    "sh",
                    inPod("job.sh"),
                    process.execPath,
                    inPod("jobs.js"),
                    "drill",
                    ...call("restore"),
                    ...call("counts"),
                ],
                {
                    ...storage.environment(drill, bucket),
                    AGE_IDENTITY_FILE: keys[1].identityFile,
                    DRILL_DATABASE: "agents",
                    WORK_FOLDER: here,
                },
            ).ended;
            const lines = output.toString().trim().split("\n");
            return { code, last: JSON.parse(lines.at(-1)!) as Line, scratch: await scratchServer.ended };
        }

        it("is restored into a server of its own and has as many rows in every table", async () => {
            const { code, last, scratch: ended } = await runDrill();
            expect([last, ended.errors]).toMatchObject([{ message: "done", documents: TOTAL, collections: 7 }, ""]);
            expect([code, ended.code]).toEqual([0, 0]);
        });

        it("is refused where a byte of it was changed, before anything is restored", async () => {
            const file = path.join(storage.folder, "data", bucket, manifest.archive.key);
            const bytes = fs.readFileSync(file);
            const changed = Buffer.from(bytes);
            changed[bytes.length >> 1] ^= 1;
            fs.writeFileSync(file, changed);
            try {
                const { code, last } = await runDrill();
                expect(last.message).toContain("is not what was backed up");
                expect(last.message).toContain("Nothing was restored.");
                expect(code).toBe(1);
            } finally {
                fs.writeFileSync(file, bytes);
            }
        });
    });

    it.each([
        ["in the middle of its compressed stream", (bytes: Buffer) => bytes.subarray(0, -9), "compressed stream"],
        ["between two of its parts", cutTar((bytes) => bytes.indexOf("agents.dump.00001")), "stops in the middle of"],
        ["before its end", cutTar((bytes) => bytes.length - 1024), "The dump stops in the middle of"],
        ["to an empty tar", () => gzipSync(Buffer.alloc(1024)), "The dump holds no database."],
        ["to text", () => gzipSync("pg_dump: error: connection refused".padEnd(1024)), "does not begin as a tar does"],
    ])("leaves no commit mark where a dump that exits with 0 is cut %s", async (_, cut, why) => {
        const file = path.join(folder, "cut");
        fs.writeFileSync(file, cut(plain));
        const empty = await newBucket();
        const { code, last } = await backup(empty, ["cat", file]);
        expect(last).toMatchObject({ level: "error", message: expect.stringContaining(why) });
        expect(code).toBe(1);
        expect(await keysOf(empty)).toEqual([]);
    });
});

describe("the user of backups", () => {
    const tries = async (text: string, client: Client) =>
        client.query(text).then(
            () => "done",
            (error: Error) => error.message,
        );

    it("reads, and does nothing else", async () => {
        const client = await server.connect("127.0.0.11", USER);
        try {
            expect(await tries("SELECT * FROM oauth.tokens", client)).toBe("done");
            for (const text of [
                "INSERT INTO backend.notes (body) VALUES ('x')",
                "UPDATE backend.conversations SET title = ''",
                "DELETE FROM oauth.tokens",
                "TRUNCATE backend.messages",
                "CREATE TABLE backend.more (a int)",
                "CREATE SCHEMA more",
                "CREATE ROLE more",
                "SET ROLE agents_owner",
                "SET ROLE fastapi_backend",
                "SELECT rolpassword FROM pg_authid",
                "SELECT pg_read_file('/etc/passwd')",
            ])
                expect([text, await tries(text, client)]).toEqual([text, expect.stringContaining("permission denied")]);
            for (const text of ["COPY backend.notes TO '/tmp/notes'", "COPY backend.notes TO PROGRAM 'cat'"])
                expect([text, await tries(text, client)]).toEqual([text, expect.stringContaining("must be superuser")]);
        } finally {
            await client.end();
        }
    });

    it("commits nothing once it may not pass row-level security", async () => {
        server.sql("agents", `ALTER ROLE ${USER} NOBYPASSRLS`);
        const bucket = await newBucket();
        try {
            const { code, output } = await backup(bucket);
            expect(output).toContain("query would be affected by row-level security policy");
            expect(code).toBe(1);
            expect(await keysOf(bucket)).toEqual([]);
        } finally {
            server.sql("agents", `ALTER ROLE ${USER} BYPASSRLS`);
        }
    });

    it("commits nothing once there is a table that it may not lock", async () => {
        server.sql("agents", `REVOKE SELECT ON backend.notes FROM ${USER}`);
        const bucket = await newBucket();
        try {
            const { code, output } = await backup(bucket);
            expect(output).toContain("permission denied for table notes");
            expect(code).toBe(1);
            expect(await keysOf(bucket)).toEqual([]);
        } finally {
            server.sql("agents", `GRANT SELECT ON backend.notes TO ${USER}`);
        }
    });
});

/** What a dump says, without the word of each run that psql asks for to leave its restricted mode. */
function sentences(dumped: string): string[] {
    return dumped.split("\n").filter((line) => !/^\\(un)?restrict /.test(line));
}

function cutTar(at: (bytes: Buffer) => number): (plain: Buffer) => Buffer {
    return (plain) => {
        const bytes = gunzipSync(plain);
        return gzipSync(bytes.subarray(0, at(bytes)));
    };
}
