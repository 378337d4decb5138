import { dirname, join } from "node:path";
import { ownObjects } from "../../cli/live";
import { loadPlatform } from "../../matrix";
import type { KubernetesObject } from "../../network";
import { deployment, edit, object, ports, service, template, workloads, type Loose } from "../mutations/objects";
import { devObjects, root } from "../mutations/platform";
import { eChauffeur, folder, matrice, matriceOn } from "./run";

const platform = devObjects();
const settings = join(root, "Pulumi.dev.yaml");
const documents = ["--matrix", join(eChauffeur, "matrix.md"), "--settings", settings, "--on", "2026-06-01"];

async function verify(objects: KubernetesObject[], ...more: string[]) {
    const file = folder({ "live.json": JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) });
    return matrice("verify", file("live.json"), ...documents, ...more);
}

describe("matrice verify", () => {
    it("finds nothing against the platform, and gives each row the grade that the objects show", async () => {
        const { code, out } = await verify(platform);
        expect(code).toBe(0);
        expect(out).toMatch(/^API +Redis +6379\/TCP +computed +\S+matrix\.md:13$/m);
        expect(out).toMatch(/^Administrateur technique +Cluster \(control plane kubernetes\) +6443\/TCP +declared/m);
        expect(out).toMatch(
            /No exception is in force\.\n\d+ objects, 0 refused; rows: \d+ declared, 0 admitted, \d+ computed, 0 probed/,
        );
    });

    it("refuses what leaves the matrix, in the words of the rule", async () => {
        const { code, out } = await verify([...platform, service("rogue", "api", ports({ port: 8088 }))]);
        expect(code).toBe(1);
        expect(out).toContain("[mandatory] service-port-listed  Service e-chauffeur/rogue: 8088/TCP of role API");
        expect(out).toContain("1 refused");
    });

    it("lists every exception with who answers for it and until when", async () => {
        const excepted = edit(service("rogue", "api", ports({ port: 8088 })), ({ metadata }) => {
            const text = "service-port-listed; owner=Ada; reason=moves in March; expires=2026-12-31";
            metadata.annotations = { "matrice.dev/exception": text };
        });
        const { code, out } = await verify([...platform, excepted]);
        expect(code).toBe(0);
        expect(out).toContain(
            "Exceptions\n  service-port-listed  Service e-chauffeur/rogue: until 2026-12-31, Ada: moves in March\n",
        );
        const late = await verify([...platform, excepted], "--on", "2027-01-01");
        expect(late.code).toBe(1);
        expect(late.out).toContain("it expired on 2026-12-31");
    });

    it("says which rows the policies of the cluster keep shut", async () => {
        const shut = platform.map((one) =>
            one.kind === "NetworkPolicy" && one.metadata.name === "redis"
                ? edit(structuredClone(one), ({ spec }) => delete spec.ingress)
                : one,
        );
        const { code, out } = await verify(shut);
        expect(code).toBe(1);
        expect(out).toMatch(/^API → Redis 6379\/TCP \(\S+matrix\.md:13\) is shut: policies of the cluster/m);
    });

    it("gives the same as JSON", async () => {
        const { out } = await verify(platform, "--format", "json");
        const { findings, rows } = JSON.parse(out);
        expect(findings.filter(({ level }: Loose) => level === "mandatory")).toEqual([]);
        expect(rows).toContainEqual({
            source: "API",
            destination: "Redis",
            ports: "6379/TCP",
            row: expect.stringMatching(/matrix\.md:13$/),
            grade: "computed",
        });
    });

    it("obeys the levels of the stack and says which rules they lower", async () => {
        const own = folder({
            "Pulumi.dev.yaml": JSON.stringify({
                config: {
                    "matrice:network": {
                        people: { clients: ["0.0.0.0/0"], administrators: ["203.0.113.0/24"] },
                        controlPlane: { cidrs: ["192.0.2.10/32"] },
                    },
                    "matrice:policies": { "service-port-listed": "advisory" },
                },
            }),
        });
        const { out } = await verify(
            [service("rogue", "api", ports({ port: 8088 }))],
            "--settings",
            own("Pulumi.dev.yaml"),
        );
        expect(out).toContain("[advisory] service-port-listed  Service e-chauffeur/rogue");
        expect(out).toContain("service-port-listed is advisory by matrice:policies");
    });

    it("says what to give where there is no kubectl", async () => {
        const before = process.cwd();
        process.chdir(dirname(folder({ empty: "" })("empty")));
        const terminal = { outIsTerminal: false, environment: { PATH: "" } };
        const { code, err } = await matriceOn(terminal, "verify", ...documents).finally(() => process.chdir(before));
        expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/there is no kubectl on PATH/) });
    });
});

describe("the objects that a matrix answers for", () => {
    const matrix = loadPlatform(eChauffeur);
    const names = (objects: KubernetesObject[]) => ownObjects(objects, matrix).map(({ kind }) => kind);
    const owned = (one: KubernetesObject, kind: string, name: string) =>
        edit(one, ({ metadata }) => (metadata.ownerReferences = [{ kind, name, controller: true }]));

    it("stand in its namespaces or in none", () => {
        const elsewhere = edit(service("dns", "api", {}), ({ metadata }) => (metadata.namespace = "kube-system"));
        const issuer = object("cert-manager.io/v1", "ClusterIssuer", "acme", {}, "");
        const other = object("v1", "Namespace", "kube-system", {}, "");
        expect(names([elsewhere, issuer, other])).toEqual(["ClusterIssuer"]);
    });

    it("are no endpoints that the control plane makes of a selector, and are those made by hand", () => {
        const made = service("api", "api", ports({ port: 80 }));
        const endpoints = (name: string) => object("v1", "Endpoints", name);
        const slice = (label: string) =>
            edit(object("discovery.k8s.io/v1", "EndpointSlice", "slice"), ({ metadata }) => {
                metadata.labels = {
                    "kubernetes.io/service-name": "api",
                    "endpointslice.kubernetes.io/managed-by": label,
                };
            });
        expect(names([made, endpoints("api"), slice("endpointslice-controller.k8s.io")])).toEqual(["Service"]);
        expect(names([endpoints("api")])).toEqual(["Endpoints"]);
        expect(names([made, endpoints("other"), slice("somebody")])).toEqual(["Service", "Endpoints", "EndpointSlice"]);
    });

    it("are what people make, and pods with the exceptions of what made them", () => {
        const maker = edit(deployment("api", "api"), ({ metadata }) => {
            metadata.annotations = { "matrice.dev/exception": "text" };
        });
        const set = owned(workloads.ReplicaSet("api-1", "api", template("api")), "Deployment", "api");
        const pod = owned(workloads.Pod("api-1-x", "api", template("api")), "ReplicaSet", "api-1");
        const own = ownObjects([maker, set, pod], matrix);
        expect(own.map(({ kind }) => kind)).toEqual(["Deployment", "Pod"]);
        expect(own[1].metadata.annotations).toEqual({ "matrice.dev/exception": "text" });
    });
});
