import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { called, JOB_SECRETS, jobPod, type JobRunner, type Partner } from "../scheduled/job-pod";
import { scheduledJob, type Schedule } from "../scheduled/scheduled-job";

export interface RestoreDrillArgs {
    readonly role: Role;
    /** With the key that reads backups and puts the drill's results. */
    readonly runner: JobRunner;
    /** The age identity of the drill's own, which opens the backups. */
    readonly identity: pulumi.Input<string>;
    /** The database whose collections are compared. */
    readonly database: string;
    /** Serves the steps `restore`, into an empty database of its own, and `counts`. */
    readonly scratch: Partner;
    /** Room for one encrypted archive, as a Kubernetes quantity. */
    readonly archiveSize: string;
    readonly schedule: Schedule;
}

const WORK_FOLDER = "/work";

/**
 * Restores the newest backup on a schedule into an empty database that lives and ends with its pod, compares what is
 * there with what was saved, and publishes the result with the time it took (jobs/drill).
 */
export class RestoreDrill extends pulumi.ComponentResource {
    constructor(name: string, args: RestoreDrillArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:RestoreDrill", name, {}, opts);
        const child = { parent: this };
        const pod = jobPod(
            name,
            {
                role: args.role,
                runner: args.runner,
                command: ["drill", ...called("restore"), ...called("counts")],
                environment: {
                    AGE_IDENTITY_FILE: `${JOB_SECRETS}/identity`,
                    DRILL_DATABASE: args.database,
                    WORK_FOLDER,
                },
                secrets: { identity: args.identity },
                folders: { [WORK_FOLDER]: args.archiveSize },
                resources: {
                    cpu: ["100m", "1"],
                    memory: ["192Mi", "384Mi"],
                    storage: [args.archiveSize, args.archiveSize],
                },
                partner: args.scratch,
            },
            child,
        );
        scheduledJob(name, { ...pod, schedule: args.schedule }, child);
        this.registerOutputs();
    }
}
