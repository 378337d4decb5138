import { identifier, literal } from "./names";
import { forgottenTables, tenantPolicies, type Tenants } from "./tenants";
import { membersOf, ownerOf, type DatabaseUser, type Rights } from "./users";

export interface DatabaseSettings {
    readonly database: string;
    readonly users: readonly DatabaseUser[];
    /** Schemas that stand whoever connects. Defaults to those of the users. */
    readonly schemas?: readonly string[];
    /** SQL that makes the tables, run as their owner; it may be run any number of times. */
    readonly schema?: string;
    readonly tenants?: Tenants;
}

/** Makes the database, outside any transaction. psql's \gexec runs what the query gives. */
export function databaseScript({ database }: DatabaseSettings): string {
    const name = identifier(database);
    return script([
        `SELECT 'CREATE DATABASE ${name}' WHERE NOT EXISTS ${exists("pg_database", "datname", name)} \\gexec`,
    ]);
}

/**
 * What the database is to hold beside its data: owner, users and their rights, tables, row-level security. It is run as
 * the administrator in one transaction at every start, finds what is there, and takes away what the settings do not
 * give. Passwords are read from files of the folder that the variable PASSWORDS names; no log and no list of running
 * queries shows them.
 */
export function rightsScript(settings: DatabaseSettings): string {
    const { database, users, schema = "", tenants } = settings;
    const schemas = schemasOf(users, settings.schemas);
    const owner = ownerOf(database);
    const members = membersOf(database);
    return script([
        "SET LOCAL track_activities = off;",
        "SET LOCAL client_min_messages = warning;",
        "",
        "-- Nobody connects as the administrator but over the pod's socket, which asks no password.",
        "ALTER ROLE postgres PASSWORD NULL;",
        ...[owner, members].flatMap((name) => [created(name), `ALTER ROLE ${name} NOLOGIN ${POWERLESS};`]),
        ...users.flatMap((user) => login(user, members)),
        "-- Users that the settings name no more.",
        generated(
            `SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', m.rolname) ${MEMBERSHIPS}`,
            `WHERE g.rolname = ${literal(members)} AND m.rolname <> ALL (ARRAY[${users.map(({ name }) => literal(name)).join(", ")}]::text[])`,
        ),
        "",
        `REVOKE ALL ON DATABASE ${identifier(database)} FROM PUBLIC;`,
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
        "-- A block of code can set whom it acts for, so services run none.",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;",
        setConfig(tenants, "PUBLIC"),
        ...schemas.flatMap((name) => [
            `CREATE SCHEMA IF NOT EXISTS ${name} AUTHORIZATION ${owner};`,
            `ALTER SCHEMA ${name} OWNER TO ${owner};`,
            `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${name} REVOKE ALL ON TABLES FROM PUBLIC;`,
        ]),
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;`,
        "",
        `SET LOCAL ROLE ${owner};`,
        schema.trim(),
        "RESET ROLE;",
        "",
        ...users.flatMap((user) => grants(user, database, schemas, tenants)),
        ...(tenants === undefined ? [] : [tenantPolicies(tenants), forgottenTables(tenants, schemas)]),
    ]);
}

/** What no user of the database is. */
const POWERLESS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION";
const MEMBERSHIPS = "FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member";

/** A user with its password and nothing that somebody gave it by hand. */
function login({ name, rights, client }: DatabaseUser, members: string): string[] {
    const user = identifier(name);
    // A dump reads every row; row-level security would make it fail rather than be partial.
    const bypass = rights === "backup" ? "BYPASSRLS" : "NOBYPASSRLS";
    return [
        created(user),
        `ALTER ROLE ${user} LOGIN INHERIT ${POWERLESS} ${bypass} CONNECTION LIMIT 40;`,
        `ALTER ROLE ${user} RESET ALL;`,
        generated(
            `SELECT format('REVOKE %I FROM %I', g.rolname, m.rolname) ${MEMBERSHIPS} WHERE m.rolname = ${literal(user)}`,
        ),
        `GRANT ${members} TO ${user};`,
        ...(client === undefined
            ? [`ALTER ROLE ${user} PASSWORD NULL;`]
            : [
                  `\\set password \`cat "$PASSWORDS/${user}"\``,
                  `ALTER ROLE ${user} PASSWORD :'password';`,
                  "\\unset password",
              ]),
    ];
}

function grants(
    user: DatabaseUser,
    database: string,
    schemas: readonly string[],
    tenants: Tenants | undefined,
): string[] {
    const { name, rights } = user;
    const everywhere = schemas.flatMap((schema) => [
        ...["TABLES", "SEQUENCES", "FUNCTIONS"].map(
            (kind) => `REVOKE ALL ON ALL ${kind} IN SCHEMA ${schema} FROM ${name};`,
        ),
        `REVOKE ALL ON SCHEMA ${schema} FROM ${name};`,
    ]);
    return [
        ...everywhere,
        `REVOKE ALL ON DATABASE ${database} FROM ${name};`,
        `GRANT CONNECT ON DATABASE ${database} TO ${name};`,
        ...given(name, rights, schemas, tenants),
    ];
}

function given(name: string, rights: Rights, schemas: readonly string[], tenants: Tenants | undefined): string[] {
    if (rights === "metrics") return [`GRANT pg_monitor TO ${name};`];
    if (rights === "backup") {
        return [
            // Not pg_read_all_data, which reads what the server keeps of passwords too.
            ...schemas.flatMap((schema) => [
                `GRANT USAGE ON SCHEMA ${schema} TO ${name};`,
                `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${name};`,
                `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${name};`,
            ]),
            // pg_dump begins with set_config, to look names up in no schema.
            setConfig({ set: "function" }, name),
        ];
    }
    const { schema } = rights;
    return [
        `GRANT USAGE ON SCHEMA ${schema} TO ${name};`,
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${name};`,
        `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${name};`,
        setConfig(tenants, name),
    ];
}

/** Who may call set_config: services only where the tenants' setting is set by it. */
function setConfig(tenants: Pick<Tenants, "set"> | undefined, who: string): string {
    const open = who !== "PUBLIC" && (tenants === undefined || tenants.set === "function");
    return `${open ? "GRANT" : "REVOKE"} EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) ${open ? "TO" : "FROM"} ${who};`;
}

/** The schemas of the users and others, each once. */
export function schemasOf(users: readonly DatabaseUser[], others: readonly string[] = []): string[] {
    const names = users.flatMap(({ rights }) => (typeof rights === "string" ? [] : [identifier(rights.schema)]));
    return [...new Set([...others.map(identifier), ...names])];
}

function created(role: string): string {
    return `SELECT 'CREATE ROLE ${role}' WHERE NOT EXISTS ${exists("pg_roles", "rolname", role)} \\gexec`;
}

function exists(catalogue: string, column: string, name: string): string {
    return `(SELECT FROM ${catalogue} WHERE ${column} = ${literal(name)})`;
}

/** Statements that a query writes, run one by one. */
function generated(...query: string[]): string {
    return `${query.join(" ")} \\gexec`;
}

function script(statements: readonly string[]): string {
    return `\\set ON_ERROR_STOP on\n${statements.join("\n")}\n`;
}
