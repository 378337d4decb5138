import { Backup, type BackupArgs } from "../../components/backups/backup";
import { BackupStatus } from "../../components/backups/backup-status";
import type { Principals } from "../../components/backups/bucket";
import { RestoreDrill } from "../../components/backups/restore-drill";
import { Retention } from "../../components/backups/retention";
import type { Task } from "../../components/observability/prometheus-rules";
import type { Partner } from "../../components/scheduled/job-pod";
import type { Matrix, Role } from "../../matrix";
import type { Jobs } from "./jobs";

/** A database that is backed up. */
export interface Database {
    readonly role: Role;
    /** What the drill compares. */
    readonly name: string;
    readonly format?: BackupArgs["format"];
    /** Dumps it for the role of the backup; asked for where a row lets that reach it. */
    readonly dump: (backup: Role) => Partner;
    /** An empty database of the drill's own. */
    readonly scratch: Partner;
    /** Room for one archive, and again for what is restored from it. */
    readonly drillSize: string;
}

/** What the roles of backups do on a schedule. */
export const backupTasks: Readonly<Record<string, Task>> = {
    "Job de backup": "backup",
    "Job de retention": "retention",
    "Job de drill": "drill",
};

/**
 * The backups of a platform's database, with what keeps them few, proves that they restore and tells how they are, under
 * role names that are the same in every platform.
 */
export function backUp<Other extends keyof Principals>(matrix: Matrix, jobs: Jobs<Other>, database: Database): void {
    const { after } = jobs;
    const backup = matrix.role("Job de backup");
    const retention = matrix.role("Job de retention");
    const drill = matrix.role("Job de drill");
    const status = matrix.role("Backup status");
    if (jobs.listed(backup, database.role)) {
        new Backup(
            "backup",
            {
                role: backup,
                runner: jobs.runner(backup, "writer"),
                dump: database.dump(backup),
                format: database.format,
                recipients: jobs.storage.recipients,
                schedule: jobs.at("0 2 * * *", 4),
            },
            after,
        );
    }
    new Retention(
        "retention",
        { role: retention, runner: jobs.runner(retention, "retention"), schedule: jobs.at("0 3 * * *", 1) },
        after,
    );
    new RestoreDrill(
        "restore-drill",
        {
            role: drill,
            runner: jobs.runner(drill, "drill"),
            identity: jobs.storage.drillIdentity,
            database: database.name,
            scratch: database.scratch,
            archiveSize: database.drillSize,
            schedule: jobs.at("0 5 1 * *", 6),
        },
        after,
    );
    new BackupStatus("backup-status", { role: status, runner: jobs.runner(status, "status") }, after);
}
