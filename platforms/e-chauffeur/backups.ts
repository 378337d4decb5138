import * as pulumi from "@pulumi/pulumi";
import { Backup } from "../../components/backups/backup";
import { BackupStatus } from "../../components/backups/backup-status";
import { Bucket } from "../../components/backups/bucket";
import { RestoreDrill } from "../../components/backups/restore-drill";
import { Retention } from "../../components/backups/retention";
import type { Client, MongoDB } from "../../components/mongodb/mongodb";
import { mongodump, mongosh, scratchMongoDB } from "../../components/mongodb/programs";
import type { JobRunner } from "../../components/scheduled/job-pod";
import { ReportedJob } from "../../components/scheduled/reported-job";
import type { Schedule } from "../../components/scheduled/scheduled-job";
import { jobBundle } from "../../components/scheduled/scripts";
import type { Matrix } from "../../matrix";
import { objectStorage, type User } from "./backup-settings";
import type { Settings } from "./settings";

const DATABASE = "e-chauffeur";
const STORE = "ObjectStorage OVH";
const HOUR = 3600;

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

/** The clean-up, and the backups with what keeps them few, proves that they restore and tells how they are. */
export function backUp(
    matrix: Matrix,
    settings: Settings,
    mongodb: MongoDB,
    opts: pulumi.ComponentResourceOptions,
): void {
    const { backups, images, jobsBundle } = settings;
    const storage = objectStorage(settings);
    const roles = {
        cleanup: matrix.role("Job de cleanup"),
        backup: matrix.role("Job de backup"),
        retention: matrix.role("Job de retention"),
        drill: matrix.role("Job de drill"),
        status: matrix.role("Backup status"),
    };
    const bucket = new Bucket("backups", {
        bucket: backups.bucket,
        endpoint: storage.endpoint ?? endpointOf(matrix, roles.backup.name),
        region: storage.region,
        lockDays: backups.lockDays,
        owner: storage.keys.owner,
        principals: storage.principals,
        bundle: jobsBundle,
    });
    const after = pulumi.mergeOptions(opts, { dependsOn: bucket });
    const bundle = jobBundle("jobs", roles.backup, jobsBundle, opts);
    const runner = (role: string, user: User): JobRunner => ({
        image: images.node,
        bundle,
        access: {
            endpoint: endpointOf(matrix, role),
            region: storage.region,
            bucket: backups.bucket,
            ...storage.keys[user],
        },
    });
    const at = (cron: string, hours: number): Schedule => ({
        cron,
        timeZone: settings.timezone,
        deadlineSeconds: hours * HOUR,
    });

    if (listed(matrix, roles.cleanup.name, "MongoDB")) {
        new ReportedJob(
            "cleanup",
            {
                role: roles.cleanup,
                runner: runner(roles.cleanup.name, "cleanup"),
                report: "cleanup",
                work: mongosh({
                    image: images.mongodb,
                    uri: mongodb.uriOf("cleanup"),
                    script: "cleanup/cleanup.js",
                    environment: { DRY_RUN: String(backups.cleanupDryRun) },
                }),
                schedule: at("0 1 * * *", 2),
            },
            after,
        );
    }
    if (listed(matrix, roles.backup.name, "MongoDB")) {
        new Backup(
            "backup",
            {
                role: roles.backup,
                runner: runner(roles.backup.name, "writer"),
                dump: mongodump({ image: images.mongodb, uri: mongodb.uriOf("backup") }),
                recipients: storage.recipients,
                schedule: at("0 2 * * *", 4),
            },
            after,
        );
    }
    new Retention(
        "retention",
        { role: roles.retention, runner: runner(roles.retention.name, "retention"), schedule: at("0 3 * * *", 1) },
        after,
    );
    new RestoreDrill(
        "restore-drill",
        {
            role: roles.drill,
            runner: runner(roles.drill.name, "drill"),
            identity: storage.drillIdentity,
            database: DATABASE,
            scratch: scratchMongoDB({ image: images.mongodb, database: DATABASE, size: backups.drillSize }),
            archiveSize: backups.drillSize,
            schedule: at("0 5 1 * *", 6),
        },
        after,
    );
    new BackupStatus("backup-status", { role: roles.status, runner: runner(roles.status.name, "status") }, after);
}

/** Where a job reaches the object storage: the host of its role, on the port of its row. */
function endpointOf(matrix: Matrix, from: string): string {
    const [host] = matrix.role(STORE).hosts;
    return new URL(`https://${host}:${matrix.port(from, STORE)}`).origin;
}

/** Whether a row lets one role reach the other: without it there is no job, rather than one that fails every night. */
function listed(matrix: Matrix, from: string, to: string): boolean {
    const found = matrix.flowsFrom(matrix.role(from)).some((flow) => flow.to.name === to);
    if (!found) void pulumi.log.warn(`${from} is left out: no row lets it reach ${to}.`);
    return found;
}
