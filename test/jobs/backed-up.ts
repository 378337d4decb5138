import * as fs from "node:fs";
import * as path from "node:path";
import { type Manifest, parseManifest } from "../../jobs/manifest";
import { databaseClients, databaseContents } from "../../platforms/agents/data";
import { scratch } from "../programs/nginx";
import { mounted, owner as systemUser, platform, PostgreSQLServer, PROGRAMS } from "../programs/postgresql";
import { script } from "./containers";
import { bundleJobs, type Outcome, runJob } from "./job";
import { type Key, makeKey } from "./keys";
import { drill, owner, Storage, writer } from "./storage";

export const PATH = `${PROGRAMS}:${process.env.PATH}`;
/** Who the database's programs are in the pods of the jobs: the user of the database's image. */
export const user = systemUser();

const role = platform.role("Job de backup");
/** The database's user of backups. */
export const USER = role.workload!.name;
/** The address that stands for the backup's pod, and the name that the cluster's DNS gives it by its headless Service. */
const POD = "127.0.0.11";
export const POD_NAME = `${USER}-database-clients.${role.workload!.namespace}.svc.cluster.local`;

/** Tables besides the platform's, and rows whose text looks like what ends or parts the rows of a dump. */
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
/** The rows of each table, as a manifest has them. */
export const COUNTS = {
    "agents.agents.runs": 0,
    "agents.backend.Odd name": 0,
    "agents.backend.conversations": 3000,
    "agents.backend.messages": 3000,
    "agents.backend.notes": 304,
    "agents.oauth.integrations": 1,
    "agents.oauth.tokens": 0,
};
export const TOTAL = Object.values(COUNTS).reduce((sum, count) => sum + count, 0);

/**
 * A PostgreSQL that backups are made of: Debian's server with the rights that agents' settings give, rows in it, a real
 * object storage and keys of Debian's age.
 */
export class BackedUp {
    readonly storage = new Storage();
    readonly keys: readonly Key[];
    /** What the dump's container is told. */
    environment: Record<string, string> = {};
    server!: PostgreSQLServer;
    /** What the server's pod mounts. */
    files!: Awaited<ReturnType<typeof mounted>>;
    private readonly place = scratch();
    private buckets = 0;

    private constructor() {
        this.keys = [makeKey(this.place.folder, "first"), makeKey(this.place.folder, "drill")];
    }

    static async start(): Promise<BackedUp> {
        bundleJobs();
        const all = new BackedUp();
        const { storage, place } = all;
        await storage.start();
        // The jobs of a pod run as the user of the database's image.
        for (const folder of [place.folder, storage.folder]) fs.chmodSync(folder, 0o755);
        all.keys.forEach(({ identityFile }) => fs.chownSync(identityFile, user.uid, user.gid));
        const contents = databaseContents();
        const clients = databaseClients(platform);
        all.files = await mounted({ ...contents, clients, schema: `${contents.schema}${MORE}` });
        all.server = await PostgreSQLServer.start(all.folderOf("server"), all.files);
        all.server.name(POD, POD_NAME);
        await all.server.keep();
        all.server.sql("agents", ROWS);
        all.environment = {
            PATH,
            DATABASES: "agents",
            SPOOL: all.folderOf("spool"),
            PASSWORD_FILE: all.file("password", all.files.passwords[USER]),
            PGHOST: "postgresql.agents.svc.cluster.local",
            ...(await all.reached(POD)),
            PGUSER: USER,
            PGSSLMODE: "verify-full",
            PGSSLROOTCERT: path.join(all.server.folder, "authority.crt"),
            CONNECT_SECONDS: "20",
        };
        return all;
    }

    async stop(): Promise<void> {
        await this.server?.stop();
        this.storage.stop();
        this.place.remove();
    }

    /** How a pod of that address reaches the server. */
    async reached(from: string): Promise<Record<string, string>> {
        return { PGHOSTADDR: "127.0.0.1", PGPORT: String(await this.server.relay(from)) };
    }

    /** Makes an empty folder that the user of the database's image owns. */
    folderOf(name: string): string {
        const folder = path.join(this.place.folder, name);
        fs.mkdirSync(folder);
        fs.chownSync(folder, user.uid, user.gid);
        return folder;
    }

    file(name: string, text: string | Buffer): string {
        const file = path.join(this.place.folder, name);
        fs.writeFileSync(file, text);
        return file;
    }

    async newBucket(): Promise<string> {
        const bucket = `postgresql-${++this.buckets}`;
        const users = { WRITER_PRINCIPAL: writer.access, DRILL_PRINCIPAL: drill.access };
        await runJob("bucket", [], { ...this.storage.environment(owner, bucket), ...users });
        return bucket;
    }

    /** Runs the backup's job by itself, with a dump that it starts. */
    backup(
        bucket: string,
        command: readonly string[] = ["bash", script("postgresql/dump.sh")],
        environment: Record<string, string> = {},
    ): Promise<Outcome> {
        return runJob("backup", ["--", ...command], {
            ...this.storage.environment(writer, bucket),
            AGE_RECIPIENTS: this.recipients,
            DUMP_FORMAT: "postgresql",
            ...this.environment,
            ...environment,
        });
    }

    get recipients(): string {
        return this.keys.map(({ recipient }) => recipient).join(",");
    }

    async keysIn(bucket: string): Promise<string[]> {
        return (await this.storage.store(owner, bucket).versions("")).map(({ key }) => key);
    }

    /** The one backup of a bucket. */
    async committed(bucket: string): Promise<{ manifest: Manifest; bytes: Buffer }> {
        const store = this.storage.store(owner, bucket);
        const [{ key }] = await store.versions("manifests/");
        const manifest = parseManifest(await store.text(key)) as Manifest;
        const { archive } = manifest;
        return { manifest, bytes: Buffer.concat(await (await store.get(archive.key, archive.versionId)).toArray()) };
    }
}

/** What a dump says, without the word of each run that psql asks for to leave its restricted mode. */
export function sentences(dumped: string): string[] {
    return dumped.split("\n").filter((line) => !/^\\(un)?restrict /.test(line));
}
