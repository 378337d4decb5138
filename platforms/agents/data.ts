import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgreSQL, PostgreSQLArgs } from "../../components/postgresql/postgresql";
import type { Redis } from "../../components/redis";
import { AUTHORITY_FOLDER } from "../../components/secrets";
import { SECRETS_FOLDER, type WebAppArgs } from "../../components/web-app";
import { hostOf } from "../../components/workload";
import type { Matrix, Role } from "../../matrix";

/** The schema of the database that is a service's own, by the service's name in the matrix. */
const SCHEMAS: Readonly<Record<string, string>> = {
    "FastAPI Backend": "backend",
    "Agent Service": "agents",
    "OAuth Manager": "oauth",
};

export const DATABASE = "agents";

/** What the database holds beside its rows: the tables, and the policies that keep each user's rows from the others. */
export function databaseContents(): Pick<PostgreSQLArgs, "database" | "schemas" | "schema" | "tenants"> {
    return {
        database: DATABASE,
        schemas: Object.values(SCHEMAS),
        schema: readFileSync(join(__dirname, "schema.sql"), "utf8"),
        tenants: {
            column: "user_id",
            type: "uuid",
            tables: ["backend.conversations", "backend.messages", "agents.runs", "oauth.integrations", "oauth.tokens"],
        },
    };
}

/** The services with a row to the database, each with its own schema, and the backup, which reads them all. */
export function databaseClients(matrix: Matrix): PostgreSQLArgs["clients"] {
    const services = Object.entries(SCHEMAS).map(([name, schema]) => ({ role: matrix.role(name), rights: { schema } }));
    const backup = { role: matrix.role("Job de backup"), rights: "backup" as const };
    return [...services, backup].filter(({ role }) => opens(matrix, role, matrix.role("PostgreSQL")));
}

/** The services with a row to the cache. */
export function cacheClients(matrix: Matrix): Role[] {
    return Object.keys(SCHEMAS)
        .map((name) => matrix.role(name))
        .filter((role) => opens(matrix, role, matrix.role("Redis")));
}

type Told = Pick<WebAppArgs, "environment" | "files" | "authority">;

/** What a service is told of its database, its cache and the service that it asks, as its rows say. */
export function told(matrix: Matrix, name: string, data: { postgresql: PostgreSQL; redis: Redis }): Told {
    const role = matrix.role(name);
    const oauth = matrix.role("OAuth Manager");
    const connection = opens(matrix, role, matrix.role("PostgreSQL"))
        ? data.postgresql.connection(role, AUTHORITY_FOLDER)
        : undefined;
    const cache = data.redis.urls.get(role);
    return {
        environment: {
            ...connection?.environment,
            ...(connection && { PGPASSWORD_FILE: `${SECRETS_FOLDER}/database-password` }),
            ...(cache && { REDIS_URL_FILE: `${SECRETS_FOLDER}/redis-url`, REDIS_PREFIX: `${role.workload!.name}:` }),
            ...(opens(matrix, role, oauth) && {
                OAUTH_MANAGER_URL: `http://${hostOf(oauth)}:${matrix.port(name, oauth.name)}`,
            }),
        },
        files: {
            ...(connection && { "database-password": connection.password }),
            ...(cache && { "redis-url": cache }),
        },
        authority: connection?.authority,
    };
}

function opens(matrix: Matrix, from: Role, to: Role): boolean {
    return matrix.flowsFrom(from).some((flow) => flow.to === to);
}
