import { CertManager, type CertManagerArgs } from "../../components/certificates/cert-manager";
import type { Matrix } from "../../matrix";
import { certManager } from "./cert-manager";
import { object, objects, render } from "./render";
import { smallMatrix } from "./small-matrix";

async function rendered(args: Partial<CertManagerArgs> = {}, matrix: Matrix = smallMatrix()) {
    const { resources } = await render(() => {
        const manager = new CertManager("manager", { ...certManager(matrix), ...args });
        manager.reviewAfter([]);
    });
    return objects(resources);
}

/** The first container of a Deployment. */
function container(all: Awaited<ReturnType<typeof rendered>>, name: string) {
    return object(all, "Deployment", name).spec.template.spec.containers[0];
}

describe("CertManager", () => {
    it("registers the chart's programs with one identity each", async () => {
        const all = await rendered();
        const names = (kind: string) => all.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
        expect(names("Deployment")).toEqual(["cert-manager", "cert-manager-cainjector", "cert-manager-webhook"]);
        expect(names("ServiceAccount")).toEqual(names("Deployment"));
    });

    it("has each program listen on the ports of its role, and nowhere else", async () => {
        const all = await rendered();
        const ports = (name: string) =>
            container(all, name).ports.map((port: { name: string; containerPort: number }) => [
                port.name,
                port.containerPort,
            ]);
        expect(ports("cert-manager")).toEqual([
            ["metrics", 9412],
            ["health", 9413],
        ]);
        expect(ports("cert-manager-webhook")).toEqual([
            ["https", 10251],
            ["health", 6081],
            ["metrics", 9422],
        ]);
        expect(ports("cert-manager-cainjector")).toEqual([["metrics", 9432]]);
        expect(container(all, "cert-manager-webhook").args).toEqual(
            expect.arrayContaining([
                "--secure-port=10251",
                "--healthz-port=6081",
                "--metrics-listen-address=0.0.0.0:9422",
            ]),
        );
        expect(container(all, "cert-manager-cainjector").args).toContain("--metrics-listen-address=0.0.0.0:9432");
        const file = object(all, "ConfigMap", "manager-cert-manager-configuration").data["configuration.json"];
        expect(JSON.parse(file)).toMatchObject({
            metricsListenAddress: "0.0.0.0:9412",
            healthzListenAddress: "0.0.0.0:9413",
        });
    });

    it("says each argument once, and leaves none of the chart's ports in them", async () => {
        const all = await rendered();
        for (const name of ["cert-manager", "cert-manager-webhook", "cert-manager-cainjector"]) {
            const args = container(all, name).args as string[];
            const names = args.map((arg) => arg.split("=")[0]).filter((arg) => arg !== "--dynamic-serving-dns-names");
            expect([name, new Set(names).size]).toEqual([name, names.length]);
            expect(args.join(" ")).not.toMatch(/10250|6080|9402|9403/);
        }
    });

    it("probes what tells of health, on the port of the role", async () => {
        const all = await rendered();
        expect(container(all, "cert-manager").livenessProbe.httpGet).toMatchObject({ path: "/livez", port: 9413 });
        expect(container(all, "cert-manager-webhook").readinessProbe.httpGet).toMatchObject({
            path: "/healthz",
            port: 6081,
        });
    });

    it("shows its metrics to nobody once no row lets them be read", async () => {
        const all = await rendered({}, smallMatrix("Prometheus|cert-manager"));
        expect(container(all, "cert-manager-cainjector").args).toContain("--metrics-listen-address=127.0.0.1:0");
        expect(container(all, "cert-manager-cainjector").ports).toEqual([]);
        expect(all.filter(({ metadata }) => metadata.name?.endsWith("-metrics"))).toEqual([]);
    });

    it.each([
        ["Control plane|cert-manager webhook", /cert-manager webhook.*https|https.*cert-manager webhook/s],
        ["Kubelet|cert-manager|", /cert-manager.*health|health.*cert-manager/s],
    ])("is refused without the row %s", async (row, message) => {
        await expect(rendered({}, smallMatrix(row))).rejects.toThrow(message);
    });

    it("leads the control plane to the webhook by its role's port", async () => {
        const all = await rendered();
        const { spec, metadata } = object(all, "Service", "cert-manager-webhook");
        expect(spec.ports).toEqual([expect.objectContaining({ port: 10251, targetPort: 10251 })]);
        for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
            const { webhooks } = object(all, kind, "cert-manager-webhook");
            for (const { clientConfig, failurePolicy } of webhooks) {
                expect(failurePolicy).toBe("Fail");
                expect(clientConfig.service).toMatchObject({
                    name: metadata.name,
                    namespace: metadata.namespace,
                    port: 10251,
                });
            }
        }
    });

    it("has nobody ask a webhook that can't answer", async () => {
        const all = await rendered({ webhooks: false });
        expect(all.filter(({ kind }) => kind?.endsWith("WebhookConfiguration"))).toEqual([]);
        expect(container(all, "cert-manager-webhook").image).toMatch(/cert-manager-webhook:v\d/);
    });

    it("elects its leaders in its own namespace", async () => {
        const all = await rendered();
        expect(container(all, "cert-manager").args).toContain("--leader-election-namespace=cert-manager");
        const leases = all.filter(
            ({ kind, metadata }) => kind === "Role" && metadata.name?.endsWith(":leaderelection"),
        );
        expect(leases.map(({ metadata }) => metadata.namespace)).toEqual(["cert-manager", "cert-manager"]);
    });

    it("gives each account what the chart gives it, and no right over everything", async () => {
        const all = await rendered();
        const roles = all.filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
        const names = roles.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
        const bindings = all.filter(({ kind }) => kind?.endsWith("RoleBinding"));
        // Each binding is of a role that is there, and each role is bound: a right that nobody has is left out.
        expect(bindings.map(({ roleRef }) => `${roleRef.kind} ${roleRef.name}`).sort()).toEqual(names.sort());
        for (const { metadata, subjects } of bindings) {
            expect([metadata.name, subjects]).toEqual([
                metadata.name,
                [expect.objectContaining({ kind: "ServiceAccount", namespace: "cert-manager" })],
            ]);
        }
        for (const { metadata, rules } of roles) {
            for (const rule of rules as { verbs: string[]; resources: string[]; apiGroups: string[] }[]) {
                const everything = [...rule.verbs, ...rule.resources, ...rule.apiGroups].includes("*");
                expect([metadata.name, everything]).toEqual([metadata.name, false]);
            }
        }
    });

    it("is refused in another namespace than the chart was rendered for", async () => {
        const { roles } = certManager(smallMatrix());
        const elsewhere = {
            ...roles,
            injector: Object.create(roles.injector, {
                workload: { value: { namespace: "shop", name: "cert-manager-cainjector" } },
            }),
        };
        await expect(rendered({ roles: elsewhere })).rejects.toThrow(
            "cert-manager's chart is rendered for namespace cert-manager",
        );
    });

    it("says what to run when the chart is not there", async () => {
        await expect(rendered({ chart: "/nowhere/chart.json" })).rejects.toThrow(
            /\/nowhere\/chart\.json is missing[\s\S]*Run: make/,
        );
    });
});
