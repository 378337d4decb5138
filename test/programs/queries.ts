import * as fc from "fast-check";

/** Users of the application; the first is the one on whose behalf queries are asked. */
export const USERS = {
    A: "00000000-0000-4000-8000-00000000000a",
    B: "00000000-0000-4000-8000-00000000000b",
    C: "00000000-0000-4000-8000-00000000000c",
};

interface Table {
    readonly name: string;
    readonly text: string;
}
const tables: readonly Table[] = [
    { name: "backend.conversations", text: "title" },
    { name: "backend.messages", text: "body" },
];
const table = fc.constantFrom(...tables);
const user = fc.constantFrom(...Object.values(USERS).map((id) => `'${id}'::uuid`));

const { select, write } = fc.letrec<{ predicate: string; select: string; write: string }>((tie) => ({
    predicate: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("true", "id IS NOT NULL", "user_id <> user_id", "user_id IS DISTINCT FROM NULL"),
        user.map((id) => `user_id = ${id}`),
        user.map((id) => `user_id <> ${id}`),
        // Errors that would show what they stumbled over.
        fc.constantFrom("TEXT::int = 0", "1 / (length(TEXT) - length(TEXT)) = 0", "TEXT::jsonb IS NOT NULL"),
        fc.constantFrom("TEXT LIKE '%B%'", "TEXT ~ 'private of [BC]'", "length(TEXT) > 3"),
        tie("select").map((query) => `EXISTS (${query})`),
        tie("select").map((query) => `(SELECT count(*) FROM (${query}) counted) > 0`),
        fc.tuple(tie("predicate"), tie("predicate")).map(([a, b]) => `(${a} OR NOT ${b})`),
    ),
    select: fc.oneof(
        { depthSize: "small" },
        fc
            .tuple(table, tie("predicate"))
            .map(([t, p]) => `SELECT ${t.text}::text AS seen FROM ${t.name} WHERE ${on(t, p)}`),
        fc
            .tuple(table, table)
            .map(([t, u]) => `SELECT to_jsonb(a)::text || to_jsonb(b)::text FROM ${t.name} a, ${u.name} b`),
        table.map((t) => `SELECT (SELECT string_agg(${t.text}, ',') FROM ${t.name})`),
        table.map((t) => `SELECT max(${t.text}) FROM ${t.name} GROUP BY ROLLUP (user_id)`),
        table.map((t) => `SELECT first_value(${t.text}) OVER (ORDER BY user_id DESC) FROM ${t.name}`),
        table.map((t) => `SELECT query_to_xml('SELECT * FROM ${t.name}', true, false, '')::text`),
        table.map((t) => `SELECT table_to_xml('${t.name}', true, false, '')::text`),
        table.map((t) => `SELECT l.seen FROM ${t.name} o, LATERAL (SELECT i.${t.text} AS seen FROM ${t.name} i) l`),
        fc.constant(
            "SELECT most_common_vals::text || histogram_bounds::text FROM pg_stats WHERE schemaname = 'backend'",
        ),
        fc.constant("SELECT schema_to_xml('backend', true, false, '')::text"),
        fc
            .tuple(tie("select"), fc.constantFrom("UNION ALL", "UNION", "INTERSECT", "EXCEPT"), tie("select"))
            .map(([a, how, b]) => `(${a}) ${how} (${b})`),
        fc
            .tuple(tie("select"), tie("select"))
            .map(([a, b]) => `WITH w AS MATERIALIZED (${a}) SELECT * FROM w WHERE EXISTS (${b})`),
    ),
    write: fc.oneof(
        fc
            .tuple(user, table)
            .map(([id, t]) => `INSERT INTO ${t.name} (${columns(t)}) VALUES (${values(t, id)}) RETURNING *`),
        table.map((t) => `INSERT INTO ${t.name} SELECT * FROM ${t.name} ON CONFLICT DO NOTHING RETURNING *`),
        fc
            .tuple(user, table)
            .map(
                ([id, t]) =>
                    `INSERT INTO ${t.name} (id, ${columns(t)}) SELECT id, ${values(t, id)} FROM ${t.name} ` +
                    `ON CONFLICT (user_id, id) DO UPDATE SET ${t.text} = 'overwritten', user_id = ${id} RETURNING *`,
            ),
        fc
            .tuple(table, tie("predicate"))
            .map(([t, p]) => `UPDATE ${t.name} SET ${t.text} = 'overwritten' WHERE ${on(t, p)} RETURNING *`),
        fc.tuple(table, user).map(([t, id]) => `UPDATE ${t.name} SET user_id = ${id} RETURNING *`),
        fc.tuple(table, tie("predicate")).map(([t, p]) => `DELETE FROM ${t.name} WHERE ${on(t, p)} RETURNING *`),
        fc
            .tuple(table, user)
            .map(
                ([t, id]) =>
                    `MERGE INTO ${t.name} m USING (SELECT * FROM ${t.name}) s ON m.user_id = ${id} ` +
                    `WHEN MATCHED THEN UPDATE SET ${t.text} = 'overwritten'`,
            ),
    ),
}));

/** A predicate on a table: the column of its text stands for TEXT. */
function on({ text }: Table, predicate: string): string {
    return predicate.replaceAll("TEXT", text);
}

function columns({ name, text }: Table): string {
    return name === "backend.messages" ? `user_id, conversation_id, ${text}` : `user_id, ${text}`;
}

function values({ name }: Table, id: string): string {
    const conversation = `(SELECT min(id::text)::uuid FROM backend.conversations)`;
    return name === "backend.messages" ? `${id}, ${conversation}, 'written'` : `${id}, 'written'`;
}

/** Ways to another user or past the policies that one statement may try: within a query, or in place of it. */
const attempts = fc.oneof(
    user.map(
        (id) =>
            `SELECT set_config('app.user_id', (${id})::text, true), (SELECT string_agg(title, ',') FROM backend.conversations)`,
    ),
    user.map(
        (id) =>
            `SELECT query_to_xml($q$SELECT set_config('app.user_id', (${id})::text, true)$q$, true, false, '')::text`,
    ),
    user.map((id) => `SELECT query_to_xml($q$SET LOCAL app.user_id = ${id.slice(0, 38)}$q$, true, false, '')::text`),
    user.map(
        (id) =>
            `DO $do$ BEGIN SET LOCAL app.user_id = ${id.slice(0, 38)}; UPDATE backend.messages SET body = 'overwritten'; END $do$`,
    ),
    fc.constantFrom(
        "CREATE TEMP TABLE copied AS SELECT * FROM backend.messages",
        "CREATE VIEW backend.all_messages AS SELECT * FROM backend.messages",
        "LOCK TABLE backend.messages IN ACCESS EXCLUSIVE MODE",
        "TRUNCATE backend.conversations CASCADE",
        "COPY backend.messages FROM STDIN",
        "ALTER TABLE backend.messages NO FORCE ROW LEVEL SECURITY",
    ),
    select.map((query) => `SET ROLE agents_owner; ${query}`),
    select.map((query) => `SET LOCAL row_security = off; ${query}`),
);

/** What a service may come to send on behalf of a user, whoever wrote it: anything but the statement that sets the user. */
export const queries: fc.Arbitrary<string> = fc.oneof(
    { arbitrary: select, weight: 4 },
    { arbitrary: write, weight: 3 },
    { arbitrary: attempts, weight: 2 },
    { arbitrary: write.map((query) => `WITH w AS (${query}) SELECT * FROM w`), weight: 1 },
    { arbitrary: select.map((query) => `COPY (${query}) TO STDOUT`), weight: 1 },
    { arbitrary: table.map(({ name }) => `COPY ${name} TO STDOUT`), weight: 1 },
    { arbitrary: select.map((query) => `DECLARE c CURSOR FOR ${query}; FETCH ALL FROM c; CLOSE c`), weight: 1 },
    { arbitrary: select.map((query) => `PREPARE p AS ${query}; EXECUTE p; DEALLOCATE p`), weight: 1 },
    { arbitrary: select.map((query) => `EXPLAIN (VERBOSE) ${query}`), weight: 1 },
    { arbitrary: select.map((query) => `SELECT * FROM (${query}) locked FOR UPDATE`), weight: 1 },
);
