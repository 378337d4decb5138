import * as fc from "fast-check";
import type { Client } from "pg";
import { scratch } from "./nginx";
import { mounted, PostgreSQLServer } from "./postgresql";
import { queries, USERS } from "./queries";

jest.setTimeout(120_000);

const RUNS = 250;
const { folder, remove } = scratch();
let server: PostgreSQLServer;
let service: Client;
let admin: Client;
const heard: string[] = [];

/** Two conversations a user with two messages each, whose texts say whose they are. */
const FIXTURE = `
    TRUNCATE backend.conversations CASCADE;
    INSERT INTO backend.conversations (user_id, id, title)
        SELECT u.id::uuid, md5(u.name || n)::uuid, 'private of ' || u.name || ' ' || n
        FROM (VALUES ${Object.entries(USERS)
            .map(([name, id]) => `('${name}', '${id}')`)
            .join(", ")}) u(name, id), generate_series(1, 2) n;
    INSERT INTO backend.messages (user_id, id, conversation_id, body)
        SELECT user_id, md5(id::text || n)::uuid, id, title || '.' || n
        FROM backend.conversations, generate_series(1, 2) n;
    ANALYZE backend.conversations, backend.messages;`;
/** A digest of every row that is not a user's. */
const othersOf = (user: string) => `
    SELECT md5(string_agg(row::text, ',' ORDER BY row::text)) FROM (
        SELECT to_jsonb(c) - 'created_at' AS row FROM backend.conversations c WHERE user_id <> '${user}'
        UNION ALL SELECT to_jsonb(m) - 'created_at' FROM backend.messages m WHERE user_id <> '${user}') rows;`;
/** What the first statement of a text gives, as the administrator. */
async function administrator(text: string): Promise<string> {
    const [first] = [await admin.query<{ md5: string }>(text)].flat();
    return first.rows[0]?.md5;
}

beforeAll(async () => {
    server = await PostgreSQLServer.start(folder, await mounted());
    server.name("127.0.0.11", "fastapi-backend.agents.svc.cluster.local");
    await server.keep();
    service = await server.connect("127.0.0.11", "fastapi_backend");
    service.on("notice", ({ message }) => heard.push(String(message)));
    const { connection } = service as unknown as { connection: NodeJS.EventEmitter };
    connection.on("copyData", ({ chunk }: { chunk: Buffer }) => heard.push(chunk.toString()));
    admin = await server.administer();
    await administrator(FIXTURE);
});
afterAll(async () => {
    await service?.end();
    await admin?.end();
    await server?.stop();
    remove();
});

/** Sends a query on behalf of a user, as a service does, and gives all that the server answers: rows, data and errors. */
async function answer(query: string, user: string | undefined): Promise<string> {
    heard.length = 0;
    await service.query("BEGIN");
    // A single statement can't hold SET, and set_config is closed to services.
    if (user !== undefined) await service.query(`SET LOCAL app.user_id = '${user}'`);
    let text: string;
    try {
        const results = [await service.query(query)].flat();
        text = JSON.stringify(results.map(({ rows }) => rows as unknown));
        await service.query("COMMIT");
    } catch (error) {
        const { message, detail, hint, where } = error as Error & Record<"detail" | "hint" | "where", string>;
        text = [message, detail, hint, where].join("\n");
        await service.query("ROLLBACK");
    }
    return [text, ...heard].join("\n");
}

describe("a user's rows", () => {
    it("are read and written by the user's own queries", async () => {
        const seen = await answer("SELECT body FROM backend.messages ORDER BY body", USERS.A);
        expect(JSON.parse(seen)[0].map(({ body }: { body: string }) => body)).toEqual(
            ["1.1", "1.2", "2.1", "2.2"].map((number) => `private of A ${number}`),
        );
        expect(await answer("UPDATE backend.messages SET body = 'mine' RETURNING 1", USERS.A)).toBe(
            JSON.stringify([Array(4).fill({ "?column?": 1 })]),
        );
        await administrator(FIXTURE);
    });

    it("are neither read nor written on behalf of another, whatever the query", async () => {
        const others = await administrator(othersOf(USERS.A));
        let own = 0;
        await fc.assert(
            fc.asyncProperty(queries, async (query) => {
                const seen = await answer(query, USERS.A);
                if (/private of A/.test(seen)) own++;
                expect(seen).not.toMatch(/private of [BC]/);
                const after = await administrator(`${othersOf(USERS.A)}${FIXTURE}`);
                expect(after).toBe(others);
            }),
            { numRuns: RUNS },
        );
        // Enough queries find what they may find.
        expect(own).toBeGreaterThan(RUNS / 5);
    });

    it("are neither read nor written on behalf of nobody, in a connection that somebody had before", async () => {
        const everybody = "00000000-0000-0000-0000-000000000000";
        const all = await administrator(othersOf(everybody));
        await fc.assert(
            fc.asyncProperty(queries, fc.constantFrom(undefined, ""), async (query, user) => {
                await answer("SELECT 1", USERS.B);
                expect(await answer(query, user)).not.toMatch(/private of/);
                expect(await administrator(`${othersOf(everybody)}${FIXTURE}`)).toBe(all);
            }),
            { numRuns: RUNS / 2 },
        );
    });

    it("are let out by a table without its policies, which these checks find", async () => {
        await administrator("ALTER TABLE backend.messages DISABLE ROW LEVEL SECURITY");
        const others = await administrator(othersOf(USERS.A));
        const found = fc.check(
            fc.asyncProperty(queries, async (query) => {
                const leak = /private of [BC]/.test(await answer(query, USERS.A));
                return !leak && (await administrator(`${othersOf(USERS.A)}${FIXTURE}`)) === others;
            }),
            { numRuns: RUNS },
        );
        expect((await found).failed).toBe(true);
        await server.keep();
        expect(await answer("SELECT * FROM backend.messages", USERS.A)).not.toMatch(/private of [BC]/);
    });
});
