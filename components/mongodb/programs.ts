import * as pulumi from "@pulumi/pulumi";
import { PARTNER_SECRETS, script, served, type Partner } from "../scheduled/job-pod";
import type { JobScript } from "../scheduled/scripts";
import { MONGODB_USER } from "./member";

export interface MongoDBProgramArgs {
    /** The image of the database, whose tools are of its own version. */
    readonly image: pulumi.Input<string>;
    /** The connection string with its user and password. */
    readonly uri: pulumi.Input<string>;
}

/**
 * Dumps the whole deployment at one point of its log, for a Backup. The connection string is in a file, which
 * mongodump reads as its settings. https://www.mongodb.com/docs/database-tools/mongodump/#std-option-mongodump.--config
 */
export function mongodump({ image, uri }: MongoDBProgramArgs): Partner {
    return {
        name: "mongodump",
        image,
        command: served(
            "dump",
            "mongodump",
            `--config=${PARTNER_SECRETS}/mongodump.yaml`,
            "--archive",
            "--gzip",
            "--oplog",
        ),
        // In JSON, which is YAML: a password may hold what YAML gives a meaning.
        secrets: { "mongodump.yaml": pulumi.output(uri).apply((text) => `${JSON.stringify({ uri: text })}\n`) },
        resources: { cpu: ["100m", "1"], memory: ["128Mi", "512Mi"] },
        user: MONGODB_USER,
    };
}

export interface MongoshArgs extends MongoDBProgramArgs {
    readonly script: JobScript;
    readonly environment?: Record<string, string>;
}

/** Runs one of our scripts in mongosh, for a ReportedJob; it finds the connection string in MONGODB_URI_FILE. */
export function mongosh(args: MongoshArgs): Partner {
    return {
        name: "mongosh",
        image: args.image,
        command: served("work", "mongosh", "--nodb", "--quiet", script(args.script)),
        environment: { MONGODB_URI_FILE: `${PARTNER_SECRETS}/uri`, ...args.environment },
        scripts: [args.script],
        secrets: { uri: args.uri },
        resources: { cpu: ["50m", "500m"], memory: ["128Mi", "384Mi"] },
        user: MONGODB_USER,
    };
}

export interface ScratchMongoDBArgs {
    readonly image: pulumi.Input<string>;
    /** The database that is restored and counted. */
    readonly database: string;
    /** Room for it, as a Kubernetes quantity. */
    readonly size: string;
}

const SCRATCH = "/scratch";

/** An empty MongoDB of a drill's own, on a socket file in its pod, for a RestoreDrill (jobs/drill/database.sh). */
export function scratchMongoDB({ image, database, size }: ScratchMongoDBArgs): Partner {
    return {
        name: "mongodb",
        image,
        command: ["sh", script("drill/database.sh")],
        environment: { SCRATCH, DATABASE: database },
        scripts: ["drill/database.sh", "drill/counts.js"],
        folders: { [SCRATCH]: size },
        resources: { cpu: ["250m", "2"], memory: ["1Gi", "2Gi"], storage: [size, size] },
        user: MONGODB_USER,
    };
}
