import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Backup } from "../../../components/backups/backup";
import { BackupStatus } from "../../../components/backups/backup-status";
import { Bucket } from "../../../components/backups/bucket";
import { RestoreDrill } from "../../../components/backups/restore-drill";
import { Retention } from "../../../components/backups/retention";
import { mongodump, mongosh, scratchMongoDB } from "../../../components/mongodb/programs";
import type { JobRunner } from "../../../components/scheduled/job-pod";
import { ReportedJob } from "../../../components/scheduled/reported-job";
import { jobBundle } from "../../../components/scheduled/scripts";
import type { KubernetesObject } from "../../../network";
import { object, objects, render, type Registered } from "../render";
import { jobsMatrix } from "./jobs-matrix";

const fixture = join(__dirname, "../fixtures/jobs.js");
const matrix = jobsMatrix();
const schedule = { cron: "0 2 * * *", timeZone: "Europe/Paris", deadlineSeconds: 7200 };

function runnerOf(user: string): JobRunner {
    return {
        image: "node:24",
        bundle: jobBundle("jobs", matrix.role("Backup"), fixture, {}),
        access: {
            endpoint: "https://s3.example.org",
            region: "gra",
            bucket: "shop-backups",
            accessKey: `${user}-key`,
            secretKey: pulumi.secret(`${user}-hidden`),
        },
    };
}

const programs = {
    backup: () =>
        new Backup("backup", {
            role: matrix.role("Backup"),
            runner: runnerOf("writer"),
            dump: mongodump({ image: "mongo:8", uri: pulumi.secret("mongodb://backup:pw@db/?authSource=admin") }),
            recipients: ["age1one", "age1two"],
            schedule,
        }),
    retention: () =>
        new Retention("retention", { role: matrix.role("Retention"), runner: runnerOf("retention"), schedule }),
    drill: () =>
        new RestoreDrill("drill", {
            role: matrix.role("Drill"),
            runner: runnerOf("drill"),
            identity: pulumi.secret("AGE-SECRET-KEY-1"),
            database: "shop",
            scratch: scratchMongoDB({ image: "mongo:8", database: "shop", size: "20Gi" }),
            archiveSize: "10Gi",
            schedule,
        }),
    cleanup: () =>
        new ReportedJob("cleanup", {
            role: matrix.role("Clean-up"),
            runner: runnerOf("cleanup"),
            report: "cleanup",
            work: mongosh({
                image: "mongo:8",
                uri: pulumi.secret("mongodb://cleanup:pw@db/shop"),
                script: "cleanup/cleanup.js",
                environment: { DRY_RUN: "true" },
            }),
            schedule,
        }),
};

interface Container {
    name: string;
    image: string;
    command: string[];
    env: { name: string; value: string }[];
    volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

async function rendered(program: keyof typeof programs) {
    const { resources } = await render(programs[program] as () => unknown);
    const all = objects(resources);
    const [job] = all.filter(({ kind }) => kind === "CronJob");
    const pod = job.spec.jobTemplate.spec.template.spec;
    return { resources, all, job, pod, containers: pod.containers as Container[] };
}

const variables = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value]));

/** The values that a container can read, of the Secrets that it mounts. */
function secretsOf(all: readonly KubernetesObject[], pod: { volumes: Volume[] }, container: Container): string[] {
    const mounted = container.volumeMounts.map(({ name }) => pod.volumes.find((volume) => volume.name === name));
    const names = mounted.flatMap((volume) => volume?.secret?.secretName ?? []);
    return names.flatMap((name) => Object.values(object(all, "Secret", name).stringData as Record<string, string>));
}
interface Volume {
    name: string;
    secret?: { secretName: string; defaultMode: number };
    configMap?: { name: string };
}

describe.each(["backup", "retention", "drill", "cleanup"] as const)("the CronJob of the %s", (name) => {
    it("runs at its time in its time zone, one at a time, within its deadlines", async () => {
        const { job } = await rendered(name);
        expect(job.spec).toMatchObject({
            schedule: "0 2 * * *",
            timeZone: "Europe/Paris",
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 3600,
            successfulJobsHistoryLimit: 3,
            failedJobsHistoryLimit: 3,
            jobTemplate: { spec: { activeDeadlineSeconds: 7200, backoffLimit: 2, podReplacementPolicy: "Failed" } },
        });
        expect(job.spec.jobTemplate.spec.template.spec.restartPolicy).toBe("Never");
    });

    it("has its secrets in files that no variable, argument or ConfigMap repeats", async () => {
        const { all, containers, resources } = await rendered(name);
        const secrets = all.filter(({ kind }) => kind === "Secret");
        const values = secrets.flatMap(({ stringData }) => Object.values(stringData as Record<string, string>));
        const others = JSON.stringify(all.filter(({ kind }) => kind !== "Secret"));
        const hidden = values.filter((text) => /hidden|pw@|AGE-SECRET/.test(text));
        expect(hidden).not.toEqual([]);
        expect(hidden.filter((text) => others.includes(text))).toEqual([]);
        expect(containers.flatMap(({ env }) => env).filter((entry) => "valueFrom" in entry)).toEqual([]);
        const inTheState = (resource: Registered) => resource.type.endsWith(":Secret") && resource.secrets.length === 0;
        expect(resources.filter(inTheState)).toEqual([]);
    });

    it("finds the bucket by variables, and its keys in files", async () => {
        const { containers } = await rendered(name);
        expect(variables(containers[0])).toMatchObject({
            S3_ENDPOINT: "https://s3.example.org",
            S3_REGION: "gra",
            S3_BUCKET: "shop-backups",
            S3_ACCESS_KEY_FILE: "/run/secrets/object-storage/access-key",
            S3_SECRET_KEY_FILE: "/run/secrets/object-storage/secret-key",
        });
    });
});

describe.each(["backup", "drill", "cleanup"] as const)("the two containers of the %s", (name) => {
    it("share a folder and one user, and no secret", async () => {
        const { all, pod, containers } = await rendered(name);
        const [job, partner] = containers;
        for (const container of containers) {
            expect(container.volumeMounts).toContainEqual({ name: "exchange", mountPath: "/run/exchange" });
            expect(variables(container).EXCHANGE).toBe("/run/exchange");
        }
        expect(pod.securityContext).toMatchObject({ runAsUser: 999, fsGroup: 999 });
        const [own, other] = [secretsOf(all, pod, job), secretsOf(all, pod, partner)];
        expect(own).not.toEqual([]);
        expect(own.filter((value) => other.includes(value))).toEqual([]);
    });

    it("mount every script that their commands name", async () => {
        const { all, pod, containers } = await rendered(name);
        const { configMap } = (pod.volumes as Volume[]).find((volume) => volume.name === "scripts")!;
        const files = Object.keys(object(all, "ConfigMap", configMap!.name).data);
        const named = containers.flatMap(({ command }) => command.filter((word) => word.startsWith("/opt/exchange/")));
        expect(named.length).toBeGreaterThan(2);
        expect(
            named.map((word) => word.slice("/opt/exchange/".length)).filter((file) => !files.includes(file)),
        ).toEqual([]);
    });
});

describe("a backup", () => {
    it("gives the job the dump that the database's own image makes", async () => {
        const { containers } = await rendered("backup");
        const [job, dump] = containers;
        expect(job).toMatchObject({
            image: "node:24",
            command: [
                ...["sh", "/opt/exchange/job.sh", "node", "/opt/jobs/jobs.js", "backup"],
                ...["--", "sh", "/opt/exchange/call.sh", "dump"],
            ],
        });
        expect(dump).toMatchObject({
            image: "mongo:8",
            command: [
                ...["sh", "/opt/exchange/serve.sh", "dump", "mongodump"],
                ...["--config=/run/secrets/database/mongodump.yaml", "--archive", "--gzip", "--oplog"],
            ],
        });
        expect(variables(job).AGE_RECIPIENTS).toBe("age1one,age1two");
    });

    it("gives mongodump its connection string in a file, as JSON, which is YAML", async () => {
        const { all, pod, containers } = await rendered("backup");
        const [file] = secretsOf(all, pod, containers[1]);
        expect(JSON.parse(file)).toEqual({ uri: "mongodb://backup:pw@db/?authSource=admin" });
    });
});

describe("a drill", () => {
    it("has no key to the platform's database, and opens backups with an identity that its database does not see", async () => {
        const { all, pod, containers } = await rendered("drill");
        expect(secretsOf(all, pod, containers[0])).toContain("AGE-SECRET-KEY-1");
        expect(secretsOf(all, pod, containers[1])).toEqual([]);
        const secrets = all.filter(({ kind }) => kind === "Secret");
        expect(secrets.filter(({ stringData }) => JSON.stringify(stringData).includes("mongodb://"))).toEqual([]);
    });

    it("has room for the archive and for the restored database, which the node knows of", async () => {
        const { pod, containers } = await rendered("drill");
        const limits = (pod.containers as { resources: { limits: object } }[]).map(({ resources }) => resources.limits);
        expect(limits).toMatchObject([{ "ephemeral-storage": "10Gi" }, { "ephemeral-storage": "20Gi" }]);
        expect(variables(containers[1])).toMatchObject({ SCRATCH: "/scratch", DATABASE: "shop" });
        expect(pod.volumes).toContainEqual({ name: "mongodb-scratch", emptyDir: { sizeLimit: "20Gi" } });
    });
});

it("a retention keeps 15 days and 24 months unless it is told", async () => {
    const { containers } = await rendered("retention");
    expect(containers).toHaveLength(1);
    expect(variables(containers[0])).toMatchObject({ RETENTION_DAILY_DAYS: "15", RETENTION_MONTHLY_MONTHS: "24" });
});

it("a clean-up passes its settings to the script", async () => {
    const { containers } = await rendered("cleanup");
    expect(variables(containers[0]).REPORT_NAME).toBe("cleanup");
    expect(variables(containers[1])).toMatchObject({
        DRY_RUN: "true",
        MONGODB_URI_FILE: "/run/secrets/database/uri",
    });
});

describe("the backup-status exporter", () => {
    const renderedOn = async (on = matrix) => {
        const { resources } = await render(
            () => new BackupStatus("backup-status", { role: on.role("Status"), runner: runnerOf("status") }),
        );
        return objects(resources);
    };

    it("listens on the port of its row, where Prometheus finds it", async () => {
        const all = await renderedOn();
        const [container] = object(all, "Deployment", "backup-status").spec.template.spec.containers;
        expect(variables(container).METRICS_PORT).toBe("9200");
        expect(container.ports).toEqual([{ name: "metrics", containerPort: 9200, protocol: "TCP" }]);
        expect(container.readinessProbe.httpGet).toMatchObject({ path: "/metrics", port: 9200 });
        expect(object(all, "Service", "backup-status-metrics").spec.ports[0]).toMatchObject({ port: 9200 });
    });

    it("is not there without a row that reads it", async () => {
        const all = await renderedOn(jobsMatrix("|Prometheus|Status|"));
        expect(all.filter(({ kind }) => kind !== "ConfigMap")).toEqual([]);
    });
});

describe("the bucket", () => {
    const command = async () => {
        const { resources } = await render(
            () =>
                new Bucket("bucket", {
                    bucket: "shop-backups",
                    endpoint: "https://s3.example.org",
                    region: "gra",
                    lockDays: 14,
                    owner: { accessKey: "owner-key", secretKey: pulumi.secret("owner-secret") },
                    principals: { writer: "w", retention: "r", drill: "d", status: "s", cleanup: "c" },
                    bundle: "dist/jobs.js",
                }),
        );
        return resources.find(({ type }) => type === "command:local:Command")!;
    };

    it("is made and made stricter by one script, told everything by variables but the owner's keys", async () => {
        const { inputs, secrets } = await command();
        expect(inputs.create).toBe(inputs.update);
        expect(inputs.environment).toEqual({
            JOBS_BUNDLE: "dist/jobs.js",
            S3_ENDPOINT: "https://s3.example.org",
            S3_REGION: "gra",
            S3_BUCKET: "shop-backups",
            LOCK_DAYS: "14",
            WRITER_PRINCIPAL: "w",
            RETENTION_PRINCIPAL: "r",
            DRILL_PRINCIPAL: "d",
            STATUS_PRINCIPAL: "s",
            CLEANUP_PRINCIPAL: "c",
        });
        expect(inputs.stdin).toBe("owner-key\nowner-secret\n");
        expect(secrets).toEqual(["stdin"]);
    });

    it("is kept, and said to be, when the stack goes", async () => {
        expect((await command()).inputs.delete).toMatch(/^echo "Bucket shop-backups is kept/);
    });
});

describe("the bundle of the jobs", () => {
    const bundle = (file: string) => render(() => jobBundle("jobs", matrix.role("Backup"), file, {}));

    it("that is not there is said with the command that makes it", async () => {
        await expect(bundle("nowhere/jobs.js")).rejects.toThrow("Run: node toolchain/bundle.js jobs");
    });

    it("that a ConfigMap can't hold is refused", async () => {
        await expect(bundle(join(__dirname, "../../../node_modules/typescript/lib/typescript.js"))).rejects.toThrow(
            "larger than the 1 MiB that a ConfigMap holds",
        );
    });
});
