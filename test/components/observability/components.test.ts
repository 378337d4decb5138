import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Matrix } from "../../../matrix";
import type { KubernetesObject } from "../../../network";
import { checkObject, formatFinding } from "../../../rules";
import { network } from "../published";
import { object, objects, render } from "../render";
import { components } from "./components";
import { changedMatrix, onPort, watchedMatrix } from "./watched-matrix";

async function rendered<T>(program: (matrix: Matrix) => T, matrix: Matrix = watchedMatrix()) {
    const { resources, result } = await render(() => program(matrix));
    const all = objects(resources);
    const [workload] = all.filter(({ kind }) => kind === "StatefulSet" || kind === "Deployment");
    return { all, resources, result, workload, pod: workload.spec.template.spec, container: containerOf(workload) };
}
const containerOf = (workload: KubernetesObject) => workload.spec.template.spec.containers[0];
const fileOf = (all: readonly KubernetesObject[], name: string, file: string): string =>
    object(all, "ConfigMap", name).data[file];
const value = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => output.apply(done));
// What a row or a setting that is missing leads to is reported; the configurations' own tests read the reports.
beforeEach(() => void jest.spyOn(pulumi.log, "warn").mockResolvedValue());

const names = Object.keys(components) as (keyof typeof components)[];

describe.each(names)("The component %s", (name) => {
    const program = (matrix: Matrix) => components[name](matrix);

    it("registers nothing that a rule refuses", async () => {
        const matrix = watchedMatrix();
        const { all } = await rendered(program, matrix);
        const platformFiles = { matrix: "matrix.md", annex: "annex.md", inventory: "inventory.yaml" };
        const context = { matrix, network: network(), platformFiles };
        expect(all.flatMap((one) => checkObject(one, context)).map(formatFinding)).toEqual([]);
    });

    it("has one pod, in the namespace of its role, whose container lists each port once", async () => {
        const { workload, container } = await rendered(program);
        expect(workload.metadata).toMatchObject({ name, namespace: "watch" });
        expect(workload.spec.replicas).toBe(1);
        const ports = container.ports.map(({ containerPort }: { containerPort: number }) => containerPort);
        expect(new Set(ports).size).toBe(ports.length);
        expect(ports).toHaveLength(1);
    });

    it("is probed on the port that it lists", async () => {
        const { container } = await rendered(program);
        for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            expect(container[probe].httpGet.port).toBe(container.ports[0].containerPort);
        }
    });

    it("has neither Service nor port nor probe without rows that open one", async () => {
        const role = watchedMatrix().roles.find(({ workload }) => workload?.name === name)!;
        const matrix = changedMatrix((rows) => rows.filter((row) => row.split("|")[2] !== role.name));
        const { all, container } = await rendered(program, matrix);
        expect(all.filter(({ kind }) => kind === "Service")).toEqual([]);
        expect(container.ports).toEqual([]);
        expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
    });

    it("mounts the folders that its volumes are for, and no folder of the node", async () => {
        const { workload, pod } = await rendered(program);
        const claims = (workload.spec.volumeClaimTemplates ?? []) as { metadata: { name: string } }[];
        const volumes = [...pod.volumes, ...claims.map(({ metadata }) => metadata)].map((one) => one.name).sort();
        const containers = [...pod.containers, ...(pod.initContainers ?? [])];
        const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map((one: { name: string }) => one.name));
        expect([...new Set(mounted)].sort()).toEqual(volumes);
        expect(JSON.stringify(pod.volumes)).not.toContain("hostPath");
    });

    it("has no token of the API unless it is the log collector", async () => {
        const { pod } = await rendered(program);
        expect(pod.automountServiceAccountToken).toBe(false);
        expect(JSON.stringify(pod.volumes).includes("serviceAccountToken")).toBe(name === "log-collector");
    });
});

describe.each(["prometheus", "influxdb", "loki", "alertmanager"] as const)("The volume of %s", (name) => {
    const program = (args: object) => (matrix: Matrix) => components[name](matrix, args);

    it("has the size and the class that are set", async () => {
        const { workload } = await rendered(program({ storage: { size: "20Gi", storageClass: "fast" } }));
        expect(workload.spec.volumeClaimTemplates[0].spec).toEqual({
            accessModes: ["ReadWriteOnce"],
            storageClassName: "fast",
            resources: { requests: { storage: "20Gi" } },
        });
    });

    it.each([
        [true, "Retain"],
        [false, "Delete"],
    ])("with protect %s, at the end of the set: %s", async (protect, whenDeleted) => {
        const { workload } = await rendered(program({ protect }));
        expect(workload.spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted, whenScaled: "Retain" });
    });
});

describe("Prometheus", () => {
    const longTerm = (matrix: Matrix) => ({
        role: matrix.role("InfluxDB"),
        database: "metrics",
        user: "writer",
        password: pulumi.secret("<word>"),
    });

    it("keeps metrics for a time and within the volume", async () => {
        const { container } = await rendered((matrix) => components.prometheus(matrix, { retentionDays: 7 }));
        expect(container.args).toEqual(
            expect.arrayContaining(["--storage.tsdb.retention.time=168h", "--storage.tsdb.retention.size=8192MB"]),
        );
    });

    it("listens on the port of its row, and lets nobody change or stop it", async () => {
        const { container } = await rendered(components.prometheus, onPort(9099, 9199));
        expect(container.args).toContain("--web.listen-address=:9199");
        expect(container.args.join(" ")).not.toMatch(/enable-(lifecycle|admin-api|remote-write-receiver)/);
    });

    it("reads the password of InfluxDB from a file, whose path its configuration has", async () => {
        const { all, resources, container } = await rendered((matrix) =>
            components.prometheus(matrix, { longTerm: longTerm(matrix) }),
        );
        const path = parse(fileOf(all, "prometheus", "prometheus.yaml")).remote_write[0].basic_auth.password_file;
        expect(path).toBe("/run/secrets/prometheus/remote-write-password");
        expect(container.volumeMounts).toContainEqual({
            name: "secrets",
            mountPath: "/run/secrets/prometheus",
            readOnly: true,
        });
        const holding = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("<word>"));
        expect(holding.map(({ type, secrets }) => [type, secrets])).toEqual([
            ["kubernetes:core/v1:Secret", ["stringData"]],
        ]);
    });

    it("has the rule files where its configuration looks for them", async () => {
        const { all, container } = await rendered((matrix) =>
            components.prometheus(matrix, {
                rules: { "web.yaml": "groups: []\n", "other.yml": "groups: []\n" },
                running: new Map([[matrix.role("Web"), { program: "application", pods: 2 }]]),
            }),
        );
        const [glob] = parse(fileOf(all, "prometheus", "prometheus.yaml")).rule_files;
        expect(glob).toBe("/etc/prometheus-rules/*.yaml");
        expect(container.volumeMounts).toContainEqual({
            name: "rules",
            mountPath: "/etc/prometheus-rules",
            readOnly: true,
        });
        const { data } = object(all, "ConfigMap", "prometheus-rules");
        expect(Object.keys(data).sort()).toEqual(["deployment.yaml", "other.yaml", "web.yaml"]);
    });
});

describe("InfluxDB", () => {
    it("is prepared by its own image before it serves: database, retention, users", async () => {
        const { pod, all } = await rendered((matrix) => components.influxdb(matrix, { retentionDays: 10 }));
        const [prepare] = pod.initContainers;
        expect(prepare.image).toBe(pod.containers[0].image);
        expect(prepare.env).toEqual(
            expect.arrayContaining([
                { name: "INFLUXDB_DATABASE", value: "prometheus" },
                { name: "INFLUXDB_RETENTION", value: "240h" },
                { name: "INFLUXDB_PREPARE_PORT", value: "8096" },
            ]),
        );
        const { stringData } = object(all, "Secret", "influxdb-passwords");
        expect(Object.keys(stringData).sort()).toEqual(["admin-password", "writer-password"]);
    });

    it("shows its passwords to the container that sets them alone", async () => {
        const { container } = await rendered(components.influxdb);
        expect(JSON.stringify(container.volumeMounts)).not.toContain("passwords");
    });

    it("gives Prometheus the account that writes, the password secret", async () => {
        const { result } = await rendered(components.influxdb);
        const { database, user, password } = result.longTerm;
        expect([database, user]).toEqual(["prometheus", "writer"]);
        expect(await value(password)).toBe("<influxdb-writer-password>");
        expect(await pulumi.isSecret(password)).toBe(true);
    });
});

describe("The log collector", () => {
    it("may list pods and read their logs in the platform's namespaces, and nothing else", async () => {
        const { all } = await rendered(components["log-collector"]);
        const roles = all.filter(({ kind }) => kind === "Role");
        expect(roles.map(({ metadata }) => metadata.namespace).sort()).toEqual(["shop", "watch"]);
        for (const { rules } of roles) {
            expect(rules).toEqual([
                { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
                { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
            ]);
        }
        const bindings = all.filter(({ kind }) => kind === "RoleBinding");
        expect(bindings.map(({ metadata }) => metadata.namespace).sort()).toEqual(["shop", "watch"]);
        for (const { roleRef, subjects } of bindings) {
            expect(roleRef).toEqual({ apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "log-collector" });
            expect(subjects).toEqual([{ kind: "ServiceAccount", name: "log-collector", namespace: "watch" }]);
        }
        expect(all.some(({ kind }) => kind.startsWith("Cluster"))).toBe(false);
    });
});

describe("Grafana", () => {
    it("binds a port under 1024 without a privilege", async () => {
        const { pod } = await rendered(components.grafana);
        expect(pod.securityContext.sysctls).toEqual([{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]);
    });

    it("finds its sources and its dashboards where it looks for them", async () => {
        const { all, pod, container } = await rendered((matrix) =>
            components.grafana(matrix, { dashboards: { "web.json": "{}", "data.json": "{}" } }),
        );
        const volume = (name: string) => pod.volumes.find((one: { name: string }) => one.name === name);
        expect(volume("provisioning").configMap.items).toEqual([
            { key: "datasources.yaml", path: "datasources/datasources.yaml" },
            { key: "dashboards.yaml", path: "dashboards/dashboards.yaml" },
        ]);
        const boards = ["web", "data"].map((board) => object(all, "ConfigMap", `grafana-dashboard-${board}`));
        expect(volume("dashboards").projected.sources).toEqual(
            boards.map(({ metadata }) => ({ configMap: { name: metadata.name } })),
        );
        const provider = parse(fileOf(all, "grafana-provisioning", "dashboards.yaml")).providers[0];
        expect(container.volumeMounts).toContainEqual({
            name: "dashboards",
            mountPath: provider.options.path,
            readOnly: true,
        });
    });

    it("refuses a dashboard that no ConfigMap can hold", async () => {
        const dashboards = { "large.json": `"${"x".repeat(1024 * 1024)}"` };
        await expect(rendered((matrix) => components.grafana(matrix, { dashboards }))).rejects.toThrow(
            "Dashboard large.json is larger than a ConfigMap may be",
        );
    });

    it("has its administrator's password in a file of a Secret and nowhere else", async () => {
        const { resources, result } = await rendered(components.grafana);
        const holding = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("<grafana-admin-password>"));
        expect(holding.map(({ type, secrets }) => [type, secrets])).toEqual([
            ["kubernetes:core/v1:Secret", ["stringData"]],
        ]);
        expect(await pulumi.isSecret(result.adminPassword)).toBe(true);
    });
});

describe("Alertmanager", () => {
    it("has the secret of each channel in a file, whose path its configuration has", async () => {
        const { all, resources } = await rendered((matrix) =>
            components.alertmanager(matrix, {
                email: {
                    to: matrix.role("Mail server"),
                    from: "alerts@example.org",
                    recipients: ["a@example.org"],
                    user: "alerts",
                    password: pulumi.secret("<email>"),
                },
                slack: { to: matrix.role("Slack"), channel: "#alerts", url: pulumi.secret("<slack>") },
                webhook: { to: matrix.role("On-call service"), url: pulumi.secret("<webhook>") },
                deadMansSwitch: { to: matrix.role("On-call service"), url: pulumi.secret("<switch>") },
            }),
        );
        const text = fileOf(all, "alertmanager", "alertmanager.yaml");
        const { stringData } = object(all, "Secret", "alertmanager-channels");
        const files = [...new Set(text.match(/\/run\/secrets\/alertmanager\/\S+/g))];
        expect(files.map((file) => file.split("/").pop()).sort()).toEqual(Object.keys(stringData).sort());
        const holding = resources.filter(({ inputs }) => /<(email|slack|webhook|switch)>/.test(JSON.stringify(inputs)));
        expect(holding.map(({ type, secrets }) => [type, secrets])).toEqual([
            ["kubernetes:core/v1:Secret", ["stringData"]],
        ]);
    });

    it("listens for no other of its kind", async () => {
        const { container } = await rendered(components.alertmanager);
        expect(container.args).toContain("--cluster.listen-address=");
        expect(container.args).toContain("--web.listen-address=:9098");
    });
});
