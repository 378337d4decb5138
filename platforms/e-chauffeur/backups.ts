import type * as pulumi from "@pulumi/pulumi";
import type { Client, MongoDB } from "../../components/mongodb/mongodb";
import { mongodump, mongosh, scratchMongoDB } from "../../components/mongodb/programs";
import { ReportedJob } from "../../components/scheduled/reported-job";
import type { Matrix } from "../../matrix";
import { backUp } from "../backups/backups";
import { Jobs } from "../backups/jobs";
import type { Settings } from "./settings";

const DATABASE = "e-chauffeur";

/** What the jobs may do in the database. */
export const databaseClients: readonly Client[] = [
    {
        user: "backup",
        database: "admin",
        roles: [{ role: "backup", db: "admin" }],
        // Where there is a choice, the dump does not slow the one that writes.
        readPreference: "secondaryPreferred",
    },
    { user: "cleanup", database: DATABASE, roles: [{ role: "readWrite", db: DATABASE }], opens: DATABASE },
];

/** The clean-up, and the backups. */
export function runJobs(
    matrix: Matrix,
    settings: Settings,
    mongodb: MongoDB,
    opts: pulumi.ComponentResourceOptions,
): void {
    const { backups, images } = settings;
    const jobs = new Jobs({ matrix, settings, others: ["cleanup"] }, opts);
    const role = matrix.role("MongoDB");
    const cleanup = matrix.role("Job de cleanup");
    if (jobs.listed(cleanup, role)) {
        new ReportedJob(
            "cleanup",
            {
                role: cleanup,
                runner: jobs.runner(cleanup, "cleanup"),
                report: "cleanup",
                work: mongosh({
                    image: images.mongodb,
                    uri: mongodb.uriOf("cleanup"),
                    script: "cleanup/cleanup.js",
                    environment: { DRY_RUN: String(backups.cleanupDryRun) },
                }),
                schedule: jobs.at("0 1 * * *", 2),
            },
            jobs.after,
        );
    }
    backUp(matrix, jobs, {
        role,
        name: DATABASE,
        dump: () => mongodump({ image: images.mongodb, uri: mongodb.uriOf("backup") }),
        scratch: scratchMongoDB({ image: images.mongodb, database: DATABASE, size: backups.drillSize }),
        drillSize: backups.drillSize,
    });
}
