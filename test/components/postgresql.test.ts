import * as pulumi from "@pulumi/pulumi";
import { accessRules, identities, serverConfiguration } from "../../components/postgresql/configuration";
import { PostgreSQL, type PostgreSQLArgs } from "../../components/postgresql/postgresql";
import { tenantPolicies } from "../../components/postgresql/tenants";
import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { object, objects, render } from "./render";

const ROWS = ["|Web|PostgreSQL|5433|TCP|", "|Backup|PostgreSQL|5433|TCP|", "|Prometheus|PostgreSQL|9188|HTTP|"];
function shop(...without: string[]): Matrix {
    const rows = ROWS.filter((row) => !without.some((text) => row.includes(text)));
    return resolve(
        [readDocument(["|Source|Destination|Port|Protocol|", "|-|-|-|-|", ...rows].join("\n"), "matrix.md")],
        readInventory(
            `platform: shop
namespaces: [shop]
roles:
    Web: { workload: shop/web-shop }
    Backup: { workload: shop/backup }
    Prometheus: { workload: shop/prometheus }
    PostgreSQL: { workload: shop/postgresql, ports: { postgresql: "from Web, Backup", metrics: from Prometheus } }
`,
            "inventory.yaml",
        ),
    );
}

async function rendered(args: Partial<PostgreSQLArgs> = {}, matrix: Matrix = shop()) {
    const { resources, result } = await render(
        () =>
            new PostgreSQL("postgresql", {
                role: matrix.role("PostgreSQL"),
                image: "postgres:18",
                exporterImage: "exporter:1",
                database: "shop",
                clients: [
                    { role: matrix.role("Web"), rights: { schema: "web" } },
                    { role: matrix.role("Backup"), rights: "backup" },
                ],
                storage: { size: "2Gi" },
                ...args,
            }),
    );
    const all = objects(resources);
    const set = object(all, "StatefulSet", "postgresql");
    return { all, set, pod: set.spec.template.spec, postgresql: result, matrix };
}
const value = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => output.apply(done));
const variable = (container: { env: { name: string; value?: string }[] }, name: string) =>
    container.env.find((one) => one.name === name)?.value;

describe("PostgreSQL", () => {
    it("listens on the port of its row, which Service, configuration and clients have alike", async () => {
        const { all, pod, postgresql, matrix } = await rendered();
        expect(object(all, "ConfigMap", "postgresql").data["postgresql.conf"]).toContain("port = 5433\n");
        expect(object(all, "Service", "postgresql").spec.ports[0]).toMatchObject({ port: 5433, targetPort: 5433 });
        expect(pod.containers.slice(0, 2).map((one: never) => variable(one, "PGPORT"))).toEqual(["5433", "5433"]);
        const connection = postgresql.connection(matrix.role("Web"), "/run/authority");
        expect(connection.environment).toEqual({
            PGHOST: "postgresql.shop.svc.cluster.local",
            PGPORT: "5433",
            PGDATABASE: "shop",
            PGUSER: "web_shop",
            PGSSLMODE: "verify-full",
            PGSSLROOTCERT: "/run/authority/ca.crt",
        });
        expect(await value(connection.password)).toBe("<postgresql-web-shop-password>");
        expect(await pulumi.isSecret(connection.password)).toBe(true);
    });

    it("keeps its data where the image of version 18 does, on a volume of the size that is set", async () => {
        const { pod, set } = await rendered({ storage: { size: "15Gi", storageClass: "fast" } });
        const [server] = pod.containers;
        expect(variable(server, "PGDATA")).toBe("/var/lib/postgresql/18/docker");
        expect(server.volumeMounts).toContainEqual({ name: "data", mountPath: "/var/lib/postgresql" });
        expect(set.spec.volumeClaimTemplates[0].spec).toMatchObject({
            storageClassName: "fast",
            resources: { requests: { storage: "15Gi" } },
        });
    });

    it.each([
        [true, "Retain"],
        [false, "Delete"],
    ])("with protect %s, has its volume at its own deletion: %s", async (protect, whenDeleted) => {
        const { set } = await rendered({ protect });
        expect(set.spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted, whenScaled: "Retain" });
    });

    it("gives its certificate the names of its Service, from an authority of its own", async () => {
        const { all, pod } = await rendered();
        expect(object(all, "Certificate", "postgresql-certificate").spec).toMatchObject({
            secretName: "postgresql-certificate",
            dnsNames: ["postgresql", "postgresql.shop", "postgresql.shop.svc", "postgresql.shop.svc.cluster.local"],
            issuerRef: { kind: "Issuer", name: "postgresql-authority" },
        });
        expect(object(all, "Issuer", "postgresql-authority").spec).toEqual({
            ca: { secretName: "postgresql-authority" },
        });
        expect(object(all, "Certificate", "postgresql-authority").spec).toMatchObject({
            isCA: true,
            issuerRef: { name: "postgresql-self-signed" },
        });
        // The server refuses a key that others can read.
        expect(pod.volumes).toContainEqual({
            name: "certificate",
            secret: { secretName: "postgresql-certificate", defaultMode: 0o440 },
        });
    });

    it("mounts the users' passwords where the users are made, and nowhere else", async () => {
        const { all, pod } = await rendered();
        expect(Object.keys(object(all, "Secret", "postgresql-passwords").stringData).sort()).toEqual([
            "backup",
            "web_shop",
        ]);
        const readers = pod.containers.filter(({ volumeMounts }: { volumeMounts: { name: string }[] }) =>
            volumeMounts.some(({ name }) => name === "passwords"),
        );
        expect(readers.map(({ name }: { name: string }) => name)).toEqual(["keeper"]);
        expect(JSON.stringify(all.filter(({ kind }) => kind !== "Secret"))).not.toMatch(/<[a-z_-]+-password>/);
    });

    it("runs its exporter as another user of the pod, over the socket, on the port of the row", async () => {
        const { all, pod } = await rendered();
        const exporter = pod.containers[2];
        expect(exporter.securityContext.runAsUser).toBe(65534);
        expect(pod.securityContext.runAsUser).toBe(999);
        expect(exporter.args).toEqual(["--web.listen-address=:9188"]);
        expect(variable(exporter, "DATA_SOURCE_NAME")).toBe(
            "postgresql:///shop?host=%2Fvar%2Frun%2Fpostgresql&port=5433&user=metrics&sslmode=disable",
        );
        expect(object(all, "Service", "postgresql-metrics").spec.ports[0]).toMatchObject({ port: 9188 });
    });

    it("has no exporter without a row that reads its metrics", async () => {
        const { all, pod } = await rendered({}, shop("|Prometheus|"));
        expect(pod.containers).toHaveLength(2);
        expect(all.some(({ metadata }) => metadata.name === "postgresql-metrics")).toBe(false);
    });

    it("is ready once its users and rights are as the settings say", async () => {
        const { pod } = await rendered();
        const [, keeper] = pod.containers;
        expect(keeper.readinessProbe.exec.command).toEqual(["test", "-f", variable(keeper, "DONE")]);
    });

    it("names the pods of each client by a Service without ports", async () => {
        const { all } = await rendered();
        for (const name of ["web-shop", "backup"]) {
            const { spec } = object(all, "Service", `${name}-database-clients`);
            expect(spec).toEqual({
                type: "ClusterIP",
                clusterIP: "None",
                publishNotReadyAddresses: true,
                selector: { "app.kubernetes.io/name": name, "matrice.dev/connected": "true" },
            });
        }
    });

    it("refuses to say how a role connects that is no client", async () => {
        const { postgresql, matrix } = await rendered();
        expect(() => postgresql.connection(matrix.role("Prometheus"), "/x")).toThrow(/Prometheus is no client/);
    });

    it("names the row to add when none opens its port", async () => {
        await expect(rendered({}, shop("|5433|"))).rejects.toThrow("| Web | PostgreSQL | <port> | TCP |");
    });
});

describe("pg_hba.conf", () => {
    const web = shop().role("Web");

    it("lets each user in from the names of its own pods, over TLS, and refuses the rest", () => {
        const text = accessRules("shop", [
            { name: "web_shop", rights: { schema: "web" }, client: web },
            { name: "metrics", rights: "metrics" },
        ]);
        expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
            "local    all  postgres  peer map=socket",
            "local    shop  metrics  peer map=socket",
            "hostssl  shop  web_shop  .web-shop.shop.svc.cluster.local  scram-sha-256",
            "hostssl  shop  web_shop  .web-shop-metrics.shop.svc.cluster.local  scram-sha-256",
            "hostssl  shop  web_shop  .web-shop-database-clients.shop.svc.cluster.local  scram-sha-256",
            "local    all  all  reject",
            "host     all  all  all  reject",
        ]);
    });

    it("knows the administrator and the exporter by their users of the pod", () => {
        expect(
            identities([{ name: "metrics", rights: "metrics" }])
                .split("\n")
                .slice(1, 3),
        ).toEqual(["socket  postgres  postgres", "socket  nobody  metrics"]);
    });
});

describe("postgresql.conf", () => {
    it.each([
        "ssl = on",
        "ssl_min_protocol_version = 'TLSv1.3'",
        "password_encryption = 'scram-sha-256'",
        "log_statement = 'none'",
        "log_min_error_statement = 'panic'",
    ])("says %s", (line) => {
        expect(serverConfiguration(5432).split("\n")).toContain(line);
    });
});

describe("row-level security", () => {
    it("is the same for every table: forced, and said as what lets through and as what holds", () => {
        const condition = "owner = nullif(current_setting('app.user_id', true), '')::uuid";
        expect(tenantPolicies({ column: "owner", type: "uuid", tables: ["web.carts"] }).split("\n")).toEqual([
            "ALTER TABLE web.carts ENABLE ROW LEVEL SECURITY;",
            "ALTER TABLE web.carts FORCE ROW LEVEL SECURITY;",
            "DROP POLICY IF EXISTS tenant ON web.carts;",
            `CREATE POLICY tenant ON web.carts AS PERMISSIVE FOR ALL TO PUBLIC USING (${condition}) WITH CHECK (${condition});`,
            "DROP POLICY IF EXISTS tenant_only ON web.carts;",
            `CREATE POLICY tenant_only ON web.carts AS RESTRICTIVE FOR ALL TO PUBLIC USING (${condition}) WITH CHECK (${condition});`,
        ]);
    });

    it.each(["app", "app.user_id'; DROP TABLE web.carts", "App.user"])("refuses the setting %s", (setting) => {
        expect(() => tenantPolicies({ column: "owner", type: "uuid", tables: ["web.carts"], setting })).toThrow();
    });
});
