import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { called, jobPod, type JobRunner, type Partner } from "../scheduled/job-pod";
import { scheduledJob, type Schedule } from "../scheduled/scheduled-job";

/** The formats that jobs/dump-reader.ts reads. */
export type DumpFormat = "mongodump" | "postgresql";

export interface BackupArgs {
    readonly role: Role;
    /** With the key that can put backups and nothing else. */
    readonly runner: JobRunner;
    /** Serves the step `dump`: what writes the dump to its standard output. */
    readonly dump: Partner;
    /** What the dump is proved whole by. Defaults to mongodump. */
    readonly format?: DumpFormat;
    /** Public keys of age, two or more: the loss of one identity is not the loss of all backups. */
    readonly recipients: readonly string[];
    readonly schedule: Schedule;
}

/**
 * Dumps a database on a schedule, encrypts it for its recipients as it streams by and uploads it; the manifest that
 * commits it comes last. Nothing that failed, or was cut off, is ever committed (jobs/backup).
 */
export class Backup extends pulumi.ComponentResource {
    constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Backup", name, {}, opts);
        const child = { parent: this };
        const pod = jobPod(
            name,
            {
                role: args.role,
                runner: args.runner,
                command: ["backup", ...called("dump")],
                environment: {
                    AGE_RECIPIENTS: args.recipients.join(","),
                    ...(args.format && { DUMP_FORMAT: args.format }),
                },
                // Measured with a dump of 1 GiB: 168 MB.
                resources: { cpu: ["100m", "1"], memory: ["192Mi", "384Mi"] },
                partner: args.dump,
            },
            child,
        );
        scheduledJob(name, { ...pod, schedule: args.schedule }, child);
        this.registerOutputs();
    }
}
