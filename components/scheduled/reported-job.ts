import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { called, jobPod, type JobRunner, type Partner } from "./job-pod";
import { scheduledJob, type Schedule } from "./scheduled-job";

export interface ReportedJobArgs {
    readonly role: Role;
    /** With the key that puts this job's results and nothing else. */
    readonly runner: JobRunner;
    /** What the results are named after: `cleanup`. */
    readonly report: string;
    /** Serves the step `work`. */
    readonly work: Partner;
    readonly schedule: Schedule;
}

/**
 * Runs a program on a schedule and publishes how it ended beside the backups, since nothing can ask a pod that is gone
 * (jobs/report).
 */
export class ReportedJob extends pulumi.ComponentResource {
    constructor(name: string, args: ReportedJobArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:ReportedJob", name, {}, opts);
        const child = { parent: this };
        const pod = jobPod(
            name,
            {
                role: args.role,
                runner: args.runner,
                command: ["report", ...called("work")],
                environment: { REPORT_NAME: args.report },
                resources: { cpu: ["50m", "500m"], memory: ["96Mi", "256Mi"] },
                partner: args.work,
            },
            child,
        );
        scheduledJob(name, { ...pod, schedule: args.schedule }, child);
        this.registerOutputs();
    }
}
