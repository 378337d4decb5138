import { identifier, literal, qualified } from "./names";

/** Tables whose rows belong to users, and how the service says on whose behalf it asks. */
export interface Tenants {
    /** The column that holds the owner of a row. */
    readonly column: string;
    readonly type: "uuid" | "text" | "bigint";
    /** `schema.table` of each. */
    readonly tables: readonly string[];
    /** The setting that holds the user of a transaction. Defaults to app.user_id. */
    readonly setting?: string;
    /**
     * How a service sets it. `statement`: by `SET LOCAL`, which no query can hold, and set_config is closed to services,
     * so that a query that was tampered with stays with its user. `function`: set_config is left open, and such a query
     * can take another user. Defaults to statement.
     */
    readonly set?: "statement" | "function";
}

/**
 * Row-level security for the tables: a row is seen and written by its own user alone, whatever the query, and by nobody
 * while no user is set. Forced, so that it holds for the tables' owner; and said twice, as what lets a row through and
 * as what every other policy is held to.
 * https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */
export function tenantPolicies(tenants: Tenants): string {
    const condition = `${identifier(tenants.column)} = ${currentUser(tenants)}`;
    const check = `USING (${condition}) WITH CHECK (${condition})`;
    return tenants.tables
        .map(qualified)
        .flatMap((table) => [
            `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;`,
            `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;`,
            `DROP POLICY IF EXISTS tenant ON ${table};`,
            `CREATE POLICY tenant ON ${table} AS PERMISSIVE FOR ALL TO PUBLIC ${check};`,
            `DROP POLICY IF EXISTS tenant_only ON ${table};`,
            `CREATE POLICY tenant_only ON ${table} AS RESTRICTIVE FOR ALL TO PUBLIC ${check};`,
        ])
        .join("\n");
}

/** The user of the transaction; null when none is set: after a transaction that set it, the setting is empty. */
function currentUser({ type, setting = "app.user_id" }: Tenants): string {
    return `nullif(current_setting(${literal(qualified(setting))}, true), '')::${type}`;
}

/** Fails when a table of the schemas has the tenants' column and is not among the tables: it would be open to all. */
export function forgottenTables({ column, tables }: Tenants, schemas: readonly string[]): string {
    const listed = tables.map((table) => literal(qualified(table))).join(", ");
    return [
        "DO $check$",
        "DECLARE forgotten text;",
        "BEGIN",
        "    SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') INTO forgotten",
        "    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace",
        `    WHERE a.attname = ${literal(identifier(column))} AND NOT a.attisdropped AND c.relkind IN ('r', 'p')`,
        `    AND n.nspname IN (${schemas.map((schema) => literal(identifier(schema))).join(", ")})`,
        `    AND n.nspname || '.' || c.relname <> ALL (ARRAY[${listed}]::text[]);`,
        "    IF forgotten IS NOT NULL THEN",
        `        RAISE EXCEPTION 'tables with the column ${column} that no policy guards: %', forgotten;`,
        "    END IF;",
        "END",
        "$check$;",
    ].join("\n");
}
