import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { deployment } from "../deployment";
import { jobPod, type JobRunner } from "../scheduled/job-pod";
import { metricsService } from "../service";
import { portOf } from "../workload";

export interface BackupStatusArgs {
    readonly role: Role;
    /** With the key that lists the bucket and reads manifests and results. */
    readonly runner: JobRunner;
}

/**
 * Serves what the bucket tells of backups, drills and clean-ups as metrics (jobs/status). Where no row lets them be
 * read there is nothing.
 */
export class BackupStatus extends pulumi.ComponentResource {
    constructor(name: string, args: BackupStatusArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:BackupStatus", name, {}, opts);
        const { role, runner } = args;
        const child = { parent: this };
        const port = portOf(role, "metrics");
        if (port !== undefined) {
            const httpGet = { path: "/metrics", port, scheme: "HTTP" };
            const pod = jobPod(
                name,
                {
                    role,
                    runner,
                    command: ["status"],
                    environment: { METRICS_PORT: String(port) },
                    resources: { cpu: ["20m", "200m"], memory: ["96Mi", "256Mi"] },
                    container: {
                        ports: [{ name: "metrics", containerPort: port, protocol: "TCP" }],
                        readinessProbe: { httpGet, periodSeconds: 10, failureThreshold: 3 },
                        livenessProbe: { httpGet, periodSeconds: 30, failureThreshold: 3 },
                    },
                },
                child,
            );
            deployment(name, { ...pod, replicas: 1 }, child);
            metricsService(name, role, child);
        }
        this.registerOutputs();
    }
}
