import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Backup, type DumpFormat } from "../../../components/backups/backup";
import { RestoreDrill } from "../../../components/backups/restore-drill";
import { pgDump, scratchPostgreSQL } from "../../../components/postgresql/programs";
import { jobBundle } from "../../../components/scheduled/scripts";
import { dumpFormats } from "../../../jobs/dump-reader";
import { object, objects, render } from "../render";
import { jobsMatrix } from "./jobs-matrix";

const matrix = jobsMatrix();
const schedule = { cron: "0 2 * * *", timeZone: "Europe/Paris", deadlineSeconds: 7200 };
const runner = () => ({
    image: "node:24",
    bundle: jobBundle("jobs", matrix.role("Backup"), join(__dirname, "../fixtures/jobs.js"), {}),
    access: {
        endpoint: "https://s3.example.org",
        region: "gra",
        bucket: "shop-backups",
        accessKey: "key",
        secretKey: pulumi.secret("hidden"),
    },
});
const backup = (databases: readonly string[] = ["shop", "stock"]) =>
    new Backup("backup", {
        role: matrix.role("Backup"),
        runner: runner(),
        format: "postgresql",
        dump: pgDump({
            image: "postgres:18",
            connection: {
                environment: { PGHOST: "db", PGUSER: "backup", PGSSLROOTCERT: "/run/secrets/authority/ca.crt" },
                password: pulumi.secret("database-hidden"),
                authority: "postgresql-tls",
            },
            databases,
        }),
        recipients: ["age1one", "age1two"],
        schedule,
    });
const drill = () =>
    new RestoreDrill("drill", {
        role: matrix.role("Drill"),
        runner: runner(),
        identity: pulumi.secret("AGE-SECRET-KEY-1"),
        database: "shop",
        scratch: scratchPostgreSQL({ image: "postgres:18", database: "shop", size: "20Gi" }),
        archiveSize: "10Gi",
        schedule,
    });

interface Container {
    name: string;
    command: string[];
    env: { name: string; value: string }[];
    volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

async function podOf(program: () => unknown) {
    const all = objects((await render(program)).resources);
    const pod = all.find(({ kind }) => kind === "CronJob")!.spec.jobTemplate.spec.template.spec;
    const [job, partner] = pod.containers as Container[];
    return { all, pod, job, partner };
}
const variables = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value]));

it("the formats that a backup may have are those that the job reads", () => {
    const formats: readonly DumpFormat[] = dumpFormats;
    expect(formats).toEqual(["mongodump", "postgresql"]);
});

describe("a backup of PostgreSQL", () => {
    it("is dumped in the database's image by the user of backups, over TLS, and proved whole by the job", async () => {
        const { job, partner } = await podOf(() => backup());
        expect(variables(job)).toMatchObject({ DUMP_FORMAT: "postgresql", AGE_RECIPIENTS: "age1one,age1two" });
        expect(partner.command.slice(-4)).toEqual(["/opt/exchange/serve.sh", "dump", "bash", "/opt/exchange/dump.sh"]);
        expect(variables(partner)).toMatchObject({
            PGHOST: "db",
            PGUSER: "backup",
            DATABASES: "shop stock",
            PASSWORD_FILE: "/run/secrets/database/password",
            SPOOL: "/spool",
        });
    });

    it("sees of the certificate's Secret the authority alone", async () => {
        const { pod, job, partner } = await podOf(() => backup());
        const volume = pod.volumes.find(({ name }: { name: string }) => name === "authority");
        expect(volume.secret).toMatchObject({
            secretName: "postgresql-tls",
            items: [{ key: "ca.crt", path: "ca.crt" }],
        });
        const mount = { name: "authority", mountPath: "/run/secrets/authority", readOnly: true };
        expect(partner.volumeMounts).toContainEqual(mount);
        expect(job.volumeMounts).not.toContainEqual(mount);
    });

    it("keeps the password in a file", async () => {
        const { all } = await podOf(() => backup());
        const others = all.filter(({ kind }) => kind !== "Secret");
        expect(JSON.stringify(others)).not.toContain("database-hidden");
        expect(object(all, "Secret", "backup-database").stringData).toMatchObject({ password: "database-hidden" });
    });

    it("refuses a database's name that the script would split", async () => {
        await expect(podOf(() => backup(["shop stock"]))).rejects.toThrow('"shop stock" is no name for PostgreSQL');
    });
});

it("a drill restores into an empty server of its own, by scripts beside it", async () => {
    const { all, partner } = await podOf(drill);
    expect(partner.command).toEqual(["bash", "/opt/exchange/scratch.sh"]);
    expect(variables(partner)).toMatchObject({ SCRATCH: "/scratch", DATABASE: "shop" });
    const files = Object.keys(object(all, "ConfigMap", "drill-scripts").data as object);
    expect(files).toEqual(expect.arrayContaining(["scratch.sh", "restore.sh", "counts.sh", "serve.sh"]));
});
