import * as pulumi from "@pulumi/pulumi";
import { MongoDB, type MongoDBArgs } from "../../components/mongodb/mongodb";
import type { Matrix } from "../../matrix";
import { object, objects, render } from "./render";
import { smallMatrix } from "./small-matrix";

async function rendered(args: Partial<MongoDBArgs> = {}, matrix: Matrix = smallMatrix()) {
    const { resources, result } = await render(
        () =>
            new MongoDB("mongodb", {
                role: matrix.role("MongoDB"),
                initRole: matrix.role("MongoDB init"),
                image: "mongo:8",
                exporterImage: "exporter:1",
                database: "shop",
                storage: { size: "2Gi" },
                ...args,
            }),
    );
    const all = objects(resources);
    const set = object(all, "StatefulSet", "mongodb");
    const [job] = all.filter(({ kind }) => kind === "Job");
    return { resources, all, set, job, pod: set.spec.template.spec, mongodb: result };
}
const value = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => output.apply(done));
const variable = (container: { env: { name: string; value?: string }[] }, name: string) =>
    container.env.find((one) => one.name === name)?.value;

describe("MongoDB", () => {
    it("listens on the port of its row, which the URI, the members and the Service have alike", async () => {
        const { all, pod, job, mongodb } = await rendered();
        const [mongod] = pod.containers;
        expect(mongod.args.slice(-2)).toEqual(["--port", "27018"]);
        expect(object(all, "Service", "mongodb").spec.ports[0]).toMatchObject({ port: 27018, targetPort: 27018 });
        const hosts = [0, 1, 2].map((ordinal) => `mongodb-${ordinal}.mongodb.shop.svc.cluster.local:27018`).join(",");
        expect(variable(job.spec.template.spec.containers[0], "MONGODB_MEMBERS")).toBe(hosts);
        expect(await value(mongodb.uri)).toBe(
            `mongodb://shop:<mongodb-application-password>@${hosts}/shop?replicaSet=rs0`,
        );
        expect(await pulumi.isSecret(mongodb.uri)).toBe(true);
    });

    it("names its members before they are ready, since they form the set by these names", async () => {
        const { all, set } = await rendered();
        const headless = object(all, "Service", "mongodb");
        expect(headless.spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
        expect(set.spec.serviceName).toBe(headless.metadata.name);
        expect(set.spec.podManagementPolicy).toBe("Parallel");
    });

    it("gives mongod a copy of the key that mongod's user alone can read", async () => {
        const { pod } = await rendered();
        const [copy] = pod.initContainers;
        const [mongod] = pod.containers;
        const at = mongod.args.indexOf("--keyFile");
        expect(mongod.args[at + 1]).toBe(variable(copy, "KEYFILE_TARGET"));
        expect(variable(copy, "KEYFILE_OWNER")).toBe(String(pod.securityContext.runAsUser));
        const folder = "/run/mongodb-key";
        expect(copy.volumeMounts).toContainEqual({ name: "key", mountPath: folder });
        expect(mongod.volumeMounts).toContainEqual({ name: "key", mountPath: folder, readOnly: true });
        expect(pod.volumes).toContainEqual({ name: "key", emptyDir: { sizeLimit: "1Mi", medium: "Memory" } });
    });

    it("gives each reader its own passwords alone", async () => {
        const { all } = await rendered();
        const secrets = all.filter(({ kind }) => kind === "Secret");
        const passwords = Object.fromEntries(
            secrets.map(({ metadata, stringData }) => [
                metadata.name!.replace(/-[0-9a-f]{8}$/, ""),
                [...new Set(JSON.stringify(stringData).match(/<[a-z-]+>/g))].sort(),
            ]),
        );
        expect(passwords).toEqual({
            "mongodb-root": ["<mongodb-root-password>"],
            "mongodb-metrics": ["<mongodb-metrics-password>"],
            "mongodb-key": ["<mongodb-key>"],
            "mongodb-init-accounts": [
                "<mongodb-application-password>",
                "<mongodb-metrics-password>",
                "<mongodb-root-password>",
            ],
        });
    });

    it("gives the init Job the administrator's password of the generation before, and all else the new ones", async () => {
        const { all, job } = await rendered({ passwordGeneration: 3 });
        const init = all.find(({ metadata }) => metadata.name?.startsWith("mongodb-init-accounts"));
        expect(init?.stringData).toMatchObject({
            root: "<mongodb-root-password-3>",
            "root-before": "<mongodb-root-password-2>",
            "password-shop": "<mongodb-application-password-3>",
        });
        expect(variable(job.spec.template.spec.containers[0], "MONGODB_ROOT_PASSWORD_BEFORE_FILE")).toBe(
            "/run/secrets/mongodb/root-before",
        );
        const others = all.filter((one) => one !== init && one.kind === "Secret");
        expect(JSON.stringify(others)).not.toMatch(/password(-2)?>/);
    });

    it("makes the application's user in its own database and the exporter's with nothing to write", async () => {
        const { all } = await rendered();
        const { stringData } = object(all, "Secret", "mongodb-init-accounts");
        expect(JSON.parse(stringData["users.json"])).toEqual([
            {
                user: "shop",
                database: "shop",
                passwordFile: "/run/secrets/mongodb/password-shop",
                roles: [{ role: "readWrite", db: "shop" }],
            },
            {
                user: "metrics",
                database: "admin",
                passwordFile: "/run/secrets/mongodb/password-metrics",
                roles: [
                    { role: "clusterMonitor", db: "admin" },
                    { role: "read", db: "local" },
                ],
            },
        ]);
        for (const file of ["password-shop", "password-metrics", "root"]) expect(stringData).toHaveProperty(file);
    });

    it("makes each client its own user, whose URI opens what it is for", async () => {
        const { all, mongodb } = await rendered({
            clients: [
                {
                    user: "dump",
                    database: "admin",
                    roles: [{ role: "backup", db: "admin" }],
                    readPreference: "secondaryPreferred",
                },
            ],
        });
        const { stringData } = object(all, "Secret", "mongodb-init-accounts");
        expect(JSON.parse(stringData["users.json"])[2]).toEqual({
            user: "dump",
            database: "admin",
            passwordFile: "/run/secrets/mongodb/password-dump",
            roles: [{ role: "backup", db: "admin" }],
        });
        expect(await value(mongodb.uriOf("dump"))).toMatch(
            /^mongodb:\/\/dump:<mongodb-dump-password>@.*:27018\/\?replicaSet=rs0&authSource=admin&readPreference=secondaryPreferred$/,
        );
        expect(await pulumi.isSecret(mongodb.uriOf("dump"))).toBe(true);
        expect(() => mongodb.uriOf("other")).toThrow("MongoDB has no client other: it has dump.");
    });

    it("initialises by pods of a role of their own", async () => {
        const { job } = await rendered();
        expect(job.spec.template.metadata.labels["app.kubernetes.io/name"]).toBe("mongodb-init");
        expect(job.spec.template.spec.serviceAccountName).toBe("mongodb-init");
    });

    it("runs its exporter beside each member on the port of the row", async () => {
        const { all, pod } = await rendered();
        expect(pod.containers[1].args).toEqual(
            expect.arrayContaining([
                "--web.listen-address=:9216",
                "--mongodb.uri=mongodb://127.0.0.1:27018/admin?directConnection=true",
            ]),
        );
        expect(object(all, "Service", "mongodb-metrics").spec.ports[0]).toMatchObject({ port: 9216 });
    });

    it("has no exporter without a row that reads its metrics", async () => {
        const { all, pod } = await rendered({}, smallMatrix("|Prometheus|MongoDB|"));
        expect(pod.containers).toHaveLength(1);
        expect(all.some(({ metadata }) => metadata.name === "mongodb-metrics")).toBe(false);
    });

    it("gives each member a volume of the size and the class that are set", async () => {
        const { set } = await rendered({ storage: { size: "15Gi", storageClass: "fast" } });
        expect(set.spec.volumeClaimTemplates).toEqual([
            {
                metadata: { name: "data" },
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: "fast",
                    resources: { requests: { storage: "15Gi" } },
                },
            },
        ]);
    });

    it.each([
        [true, "Retain"],
        [false, "Delete"],
    ])("with protect %s, has its volumes at its own deletion: %s", async (protect, whenDeleted) => {
        const { set } = await rendered({ protect });
        expect(set.spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted, whenScaled: "Retain" });
    });

    it.each([2, 0, 1.5])("refuses %d members", async (members) => {
        await expect(rendered({ members })).rejects.toThrow(`members is ${members}: give an odd number`);
    });

    it("names the row to add when none opens its port", async () => {
        await expect(rendered({}, smallMatrix("|Web|MongoDB|"))).rejects.toThrow("| Web | MongoDB | <port> | TCP |");
    });
});
