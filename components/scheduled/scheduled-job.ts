import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { podTemplate, type PodArgs } from "../pod";
import { labels, metadata, serviceAccount } from "../workload";

/** When a job runs, and how long it may take. */
export interface Schedule {
    /** In cron's five fields: "0 2 * * *". */
    readonly cron: string;
    /** A name of the IANA database: "Europe/Paris". */
    readonly timeZone: string;
    /** How late it may still start, for instance after the control plane was away. Defaults to an hour. */
    readonly latestStartSeconds?: number;
    /** After this it is stopped, all its attempts together. */
    readonly deadlineSeconds: number;
    /** Attempts after the first. Defaults to 2. */
    readonly retries?: number;
}

export interface ScheduledJobArgs extends Omit<PodArgs, "restartPolicy"> {
    readonly schedule: Schedule;
}

/**
 * Creates a role's CronJob with the identity of its pods. Two runs are never there at once, and an attempt starts only
 * when the pods of the one before it have ended; what the last few left can be looked at.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export function scheduledJob(
    name: string,
    { schedule, ...pod }: ScheduledJobArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.batch.v1.CronJob {
    const { role } = pod;
    const account = serviceAccount(name, role, { parent: opts.parent });
    return new k8s.batch.v1.CronJob(
        name,
        {
            metadata: metadata(role),
            spec: {
                schedule: schedule.cron,
                timeZone: schedule.timeZone,
                concurrencyPolicy: "Forbid",
                startingDeadlineSeconds: schedule.latestStartSeconds ?? 3600,
                successfulJobsHistoryLimit: 3,
                failedJobsHistoryLimit: 3,
                jobTemplate: {
                    metadata: { labels: labels(role) },
                    spec: {
                        activeDeadlineSeconds: schedule.deadlineSeconds,
                        backoffLimit: schedule.retries ?? 2,
                        podReplacementPolicy: "Failed",
                        // A new pod for each attempt: a container that starts again would find what the last one left.
                        template: podTemplate({ ...pod, restartPolicy: "Never" }),
                    },
                },
            },
        },
        pulumi.mergeOptions(opts, { dependsOn: account }),
    );
}
