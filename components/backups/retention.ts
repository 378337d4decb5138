import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { jobPod, type JobRunner } from "../scheduled/job-pod";
import { scheduledJob, type Schedule } from "../scheduled/scheduled-job";

export interface RetentionArgs {
    readonly role: Role;
    /** With the key that lists and removes backups, and cannot read an archive. */
    readonly runner: JobRunner;
    /** Days that every backup is kept. Defaults to 15. */
    readonly dailyDays?: number;
    /** Months that the first backup of each month is kept. Defaults to 24. */
    readonly monthlyMonths?: number;
    readonly schedule: Schedule;
}

/** Removes the backups whose time is over, never the last good ones (jobs/retention). */
export class Retention extends pulumi.ComponentResource {
    constructor(name: string, args: RetentionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Retention", name, {}, opts);
        const child = { parent: this };
        const { dailyDays = 15, monthlyMonths = 24 } = args;
        const pod = jobPod(
            name,
            {
                role: args.role,
                runner: args.runner,
                command: ["retention"],
                environment: {
                    RETENTION_DAILY_DAYS: String(dailyDays),
                    RETENTION_MONTHLY_MONTHS: String(monthlyMonths),
                },
                resources: { cpu: ["50m", "500m"], memory: ["96Mi", "256Mi"] },
            },
            child,
        );
        scheduledJob(name, { ...pod, schedule: args.schedule }, child);
        this.registerOutputs();
    }
}
