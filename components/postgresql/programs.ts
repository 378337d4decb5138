import type * as pulumi from "@pulumi/pulumi";
import { PARTNER_SECRETS, script, served, type Partner } from "../scheduled/job-pod";
import { identifier } from "./names";
import { POSTGRESQL_USER } from "./pod";
import type { Connection } from "./postgresql";

export interface DumpArgs {
    /** The image of the database, whose programs are of its own version. */
    readonly image: pulumi.Input<string>;
    /** How the user of backups connects, with the authority in AUTHORITY_FOLDER. */
    readonly connection: Connection;
    readonly databases: readonly string[];
}

const SPOOL = "/spool";

/** Dumps roles and databases, for a Backup of the format `postgresql` (jobs/postgresql/dump.sh). */
export function pgDump({ image, connection, databases }: DumpArgs): Partner {
    return {
        name: "pg-dump",
        image,
        command: served("dump", "bash", script("postgresql/dump.sh")),
        environment: {
            ...connection.environment,
            PASSWORD_FILE: `${PARTNER_SECRETS}/password`,
            DATABASES: databases.map(identifier).join(" "),
            SPOOL,
        },
        scripts: ["postgresql/dump.sh"],
        secrets: { password: connection.password },
        authority: connection.authority,
        // Two parts of 8 MiB, and the roles.
        folders: { [SPOOL]: "32Mi" },
        resources: { cpu: ["100m", "1"], memory: ["64Mi", "256Mi"] },
        user: POSTGRESQL_USER,
    };
}

export interface ScratchPostgreSQLArgs {
    readonly image: pulumi.Input<string>;
    /** The database that is counted. */
    readonly database: string;
    /** Room for the restored database and the uncompressed dump, as a Kubernetes quantity. */
    readonly size: string;
}

const SCRATCH = "/scratch";

/** An empty PostgreSQL of a drill's own, on a socket file in its pod, for a RestoreDrill (jobs/postgresql/scratch.sh). */
export function scratchPostgreSQL({ image, database, size }: ScratchPostgreSQLArgs): Partner {
    return {
        name: "postgresql",
        image,
        command: ["bash", script("postgresql/scratch.sh")],
        environment: { SCRATCH, DATABASE: identifier(database) },
        scripts: ["postgresql/scratch.sh", "postgresql/restore.sh", "postgresql/counts.sh"],
        folders: { [SCRATCH]: size },
        resources: { cpu: ["250m", "2"], memory: ["512Mi", "1Gi"], storage: [size, size] },
        user: POSTGRESQL_USER,
    };
}
