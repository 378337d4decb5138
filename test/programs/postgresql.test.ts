import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls, type DetailedPeerCertificate } from "node:tls";
import { eventually, scratch } from "./nginx";
import { database, mounted, PostgreSQLServer, SCHEMA, TABLES } from "./postgresql";

jest.setTimeout(60_000);

const { folder, remove } = scratch();
const HOSTS: Record<string, string> = {
    "127.0.0.11": "fastapi-backend.agents.svc.cluster.local",
    "127.0.0.12": "agent-service-metrics.agents.svc.cluster.local",
    "127.0.0.13": "oauth-manager-database-clients.agents.svc.cluster.local",
    // Names that only look like a pod's of the first.
    "127.0.0.14": "fastapi-backend.other.svc.cluster.local",
    "127.0.0.15": "not-fastapi-backend.agents.svc.cluster.local",
};
const USERS = { fastapi_backend: "127.0.0.11", agent_service: "127.0.0.12", oauth_manager: "127.0.0.13" };
let server: PostgreSQLServer;

beforeAll(async () => {
    server = await PostgreSQLServer.start(folder, await mounted());
    for (const [address, host] of Object.entries(HOSTS)) server.name(address, host);
    await server.keep();
});
afterAll(async () => {
    await server?.stop();
    remove();
});

/** What a query gives, or the sentence that refuses it. */
async function ask(user: keyof typeof USERS, text: string): Promise<unknown> {
    const client = await server.connect(USERS[user], user);
    try {
        return (await client.query(text)).rows;
    } catch (error) {
        return (error as Error).message;
    } finally {
        await client.end();
    }
}
const refused = async (connection: Promise<{ end(): Promise<void> }>) => {
    const [client, message] = await connection.then(
        (one) => [one, "connected"] as const,
        (error: Error) => [undefined, error.message] as const,
    );
    await client?.end();
    return message;
};

describe("a user of the database", () => {
    it.each(Object.entries(USERS))("connects from its own pods: %s", async (user, address) => {
        expect(await refused(server.connect(address, user))).toBe("connected");
    });

    it("connects from no pod of another role, and from no address without a name", async () => {
        const tries = Object.entries(USERS).flatMap(([user, own]) =>
            [...Object.keys(HOSTS), "127.0.0.99"]
                .filter((address) => address !== own)
                .map((address) => ({ user, address })),
        );
        for (const { user, address } of tries) {
            expect([user, address, await refused(server.connect(address, user))]).toEqual([
                user,
                address,
                expect.stringMatching(/^pg_hba\.conf rejects connection for host/),
            ]);
        }
        expect(tries).toHaveLength(15);
    });

    it("connects over TLS alone, of version 1.3, with its password", async () => {
        const { agent_service: from } = USERS;
        expect(await refused(server.connect(from, "agent_service", { ssl: false }))).toMatch(
            /rejects connection.*no encryption/,
        );
        expect(await refused(server.connect(from, "agent_service", { password: "guess" }))).toMatch(
            /password authentication failed/,
        );
        const old = { rejectUnauthorized: false, maxVersion: "TLSv1.2" as const };
        expect(await refused(server.connect(from, "agent_service", { ssl: old }))).toMatch(/protocol version/);
    });

    it("is not the administrator, whom no address lets in", async () => {
        expect(await refused(server.connect("127.0.0.11", "postgres", { password: "x" }))).toMatch(
            /rejects connection/,
        );
        expect(server.sql("postgres", "SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'postgres'")).toBe(
            "t",
        );
    });

    it("connects to its own database alone", async () => {
        expect(await refused(server.connect("127.0.0.11", "fastapi_backend", { database: "postgres" }))).toMatch(
            /rejects connection/,
        );
    });

    it("has its password kept by scram-sha-256", () => {
        const kinds = server.sql(
            "agents",
            "SELECT DISTINCT left(rolpassword, 14) FROM pg_authid WHERE rolpassword IS NOT NULL",
        );
        expect(kinds).toBe("SCRAM-SHA-256$");
    });
});

describe("a service", () => {
    const all = ["backend.messages", "agents.runs", "oauth.tokens"];

    it.each([
        ["fastapi_backend", "backend.messages"],
        ["agent_service", "agents.runs"],
        ["oauth_manager", "oauth.tokens"],
    ] as const)("%s reads the tables of its own schema and of no other", async (user, own) => {
        for (const table of all) {
            const answer = await ask(user, `SELECT * FROM ${table}`);
            expect([table, answer]).toEqual([
                table,
                table === own ? [] : expect.stringMatching(/^permission denied for schema/),
            ]);
        }
    });

    it.each([
        ["a table", "CREATE TABLE backend.mine (a int)", /permission denied for schema backend/],
        ["a temporary table", "CREATE TEMPORARY TABLE mine (a int)", /permission denied to create temporary tables/],
        ["a table of the public schema", "CREATE TABLE public.mine (a int)", /permission denied for schema public/],
        ["a schema", "CREATE SCHEMA mine", /permission denied for database agents/],
        ["a function", "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", /permission denied/],
        ["a user", "CREATE ROLE mine", /permission denied to create role/],
        ["an extension", "CREATE EXTENSION dblink SCHEMA backend", /permission denied|not available/],
    ])("makes no object: %s", async (_title, text, message) => {
        expect(await ask("fastapi_backend", text)).toMatch(message);
    });

    it.each([
        ["by turning the policies off", "ALTER TABLE backend.messages DISABLE ROW LEVEL SECURITY", /must be owner/],
        ["by dropping one", "DROP POLICY tenant_only ON backend.messages", /must be owner/],
        ["by becoming the owner", "SET ROLE agents_owner", /permission denied to set role/],
        ["by emptying a table", "TRUNCATE backend.messages", /permission denied for table/],
        [
            "by asking for rows without policies",
            "SET row_security = off; SELECT * FROM backend.messages",
            /row-level security policy/,
        ],
        ["by reading files", "SELECT pg_read_file('postgresql.conf')", /permission denied for function/],
        ["by running programs", "COPY (SELECT 1) TO PROGRAM 'true'", /permission denied|must be superuser/],
        ["by reading passwords", "SELECT * FROM pg_authid", /permission denied for table pg_authid/],
    ])("does not get round the policies %s", async (_title, text, message) => {
        expect(await ask("fastapi_backend", text)).toMatch(message);
    });
});

describe("the settings", () => {
    const state = () =>
        server
            .program("pg_dumpall", ["--roles-only"])
            .replace(/SCRAM-SHA-256[^']*/g, "")
            .concat(server.program("pg_dump", ["--schema-only", "agents"]))
            .replace(/^\\(?:un)?restrict .*$/gm, "");

    it("come to the same when they are applied again", async () => {
        const before = state();
        await server.keep();
        expect(state()).toBe(before);
        expect(before).toContain("CREATE POLICY tenant_only ON oauth.tokens");
    });

    it("take away what was given by hand", async () => {
        const before = state();
        for (const text of [
            "GRANT ALL ON ALL TABLES IN SCHEMA oauth TO agent_service",
            "GRANT USAGE ON SCHEMA oauth TO agent_service",
            "GRANT agents_owner TO agent_service",
            "ALTER ROLE agent_service SUPERUSER BYPASSRLS",
            "ALTER ROLE agent_service SET app.user_id = '00000000-0000-4000-8000-000000000001'",
            "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC",
        ]) {
            server.sql("agents", text);
        }
        expect(state()).not.toBe(before);
        await server.keep();
        expect(state()).toBe(before);
    });

    it("let a service that they name no more log in no more", async () => {
        const fewer = await mounted({ clients: database.clients.slice(0, 2), schema: "", tenants: undefined });
        server.mount({ ...fewer, passwords: server["files"].passwords });
        await server.keep();
        expect(server.sql("agents", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'oauth_manager'")).toBe("f");
        server.mount(await mounted());
        await server.keep();
        expect(await refused(server.connect("127.0.0.13", "oauth_manager"))).toBe("connected");
    });

    it("are refused as a whole when a table with the users' column has no policy", async () => {
        const before = state();
        server.mount(await mounted({ schema: `${SCHEMA}CREATE TABLE agents.notes (user_id uuid, body text);` }));
        await expect(server.keep()).rejects.toThrow(
            /tables with the column user_id that no policy guards: agents\.notes/,
        );
        expect(state()).toBe(before);
        server.mount(await mounted());
        await server.keep();
    });

    it("let set_config be called where the users' setting is set by it", async () => {
        const set = "SELECT set_config('app.user_id', '00000000-0000-4000-8000-000000000001', true)";
        expect(await ask("agent_service", set)).toMatch(/permission denied for function set_config/);
        server.mount(await mounted({ tenants: { ...database.tenants!, set: "function" } }));
        await server.keep();
        expect(await ask("agent_service", set)).toHaveLength(1);
        server.mount(await mounted());
        await server.keep();
        expect(await ask("agent_service", set)).toMatch(/permission denied for function set_config/);
    });

    it.each(["clients", "tables"])(
        "are refused for a name that SQL would have to quote, among the %s",
        async (where) => {
            const change = {
                clients: { clients: [{ ...database.clients[0], rights: { schema: "x; DROP SCHEMA oauth" } }] },
                tables: { tenants: { ...database.tenants!, tables: [...TABLES, "oauth.tokens; --"] } },
            }[where]!;
            await expect(mounted(change)).rejects.toThrow(/is no name for PostgreSQL/);
        },
    );
});

describe("the exporter", () => {
    const nobody = { uid: 65534, gid: 65534 };
    const asRoot = process.getuid?.() === 0 ? it : it.skip; // another user of the machine is needed

    asRoot("is known by its system user, and reads statistics alone", () => {
        const read = (text: string) => server.sql("agents", text, { user: nobody, as: "metrics", check: false });
        expect(read("SELECT count(*) > 0 FROM pg_stat_activity")).toBe("t");
        expect(read("SELECT * FROM oauth.tokens")).toMatch(/permission denied/);
    });

    asRoot("is not let in as the administrator", () => {
        const answer = server.sql("agents", "SELECT 1", { user: nobody, check: false });
        expect(answer).toMatch(/Peer authentication failed for user "postgres"/);
    });
});

describe("the server", () => {
    it("takes a renewed certificate while it runs", async () => {
        const served = () =>
            new Promise<string>((done, fail) => {
                void server.connect("127.0.0.11", "fastapi_backend").then(async (client) => {
                    const { stream } = (client as unknown as { connection: { stream: ReturnType<typeof connectTls> } })
                        .connection;
                    const certificate = stream.getPeerCertificate() as DetailedPeerCertificate;
                    await client.end();
                    done(String(certificate.subject.CN));
                }, fail);
            });
        expect(await served()).toBe("first");
        server.issue("renewed");
        await eventually(async () => expect(await served()).toBe("renewed"));
    });

    it("writes no query, no value and no password in its log", async () => {
        await ask("fastapi_backend", "SELECT 'a-private-word' FROM nowhere");
        await ask("fastapi_backend", "SELECT 'another-private-word'::int");
        const log = server.log();
        expect(log).toContain('relation "nowhere" does not exist');
        expect(log).not.toContain("a-private-word");
        expect(log).not.toMatch(/PASSWORD|<postgresql-/);
        // The sidecar says what it did, nothing more.
        const keeper = await server.keep();
        expect(keeper.output()).not.toMatch(/<postgresql-/);
    });

    it("is not declared ready while a password is missing", async () => {
        writeFileSync(join(folder, "passwords", "agent_service"), "");
        await expect(server.keep()).rejects.toThrow(/agent_service/);
        server.mount(await mounted());
        await server.keep();
    });
});
