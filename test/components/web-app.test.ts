import * as pulumi from "@pulumi/pulumi";
import { WebApp, type WebAppArgs } from "../../components/web-app";
import type { Matrix } from "../../matrix";
import { object, objects, render } from "./render";
import { smallMatrix, smallMatrixOn } from "./small-matrix";

const plain = {
    image: "registry.example.org/web:1",
    resources: { cpu: ["1m", "2m"], memory: ["1Mi", "2Mi"] },
} as const;

async function rendered(args: Partial<WebAppArgs> = {}, matrix: Matrix = smallMatrix()) {
    const { resources } = await render(() => new WebApp("web", { role: matrix.role("Web"), ...plain, ...args }));
    const all = objects(resources);
    const deployment = object(all, "Deployment", "web");
    return {
        resources,
        all,
        deployment,
        pod: deployment.spec.template.spec,
        container: deployment.spec.template.spec.containers[0],
    };
}

describe("WebApp", () => {
    it("listens, is served and is probed on the port of its row", async () => {
        const { all, container } = await rendered();
        expect(container.ports).toContainEqual({ name: "http", containerPort: 8080, protocol: "TCP" });
        expect(container.env).toContainEqual({ name: "PORT", value: "8080" });
        expect(object(all, "Service", "web").spec.ports).toEqual([
            { name: "http", port: 8080, targetPort: 8080, protocol: "TCP" },
        ]);
        for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            expect(container[probe].httpGet).toEqual({ path: "/", port: 8080, scheme: "HTTP" });
        }
    });

    it("has neither Service nor port nor probe without a row that opens one", async () => {
        const { all, container } = await rendered({}, smallMatrix("|Proxy|Web|"));
        expect(all.filter(({ kind }) => kind === "Service").map(({ metadata }) => metadata.name)).toEqual([
            "web-metrics",
        ]);
        expect(container.ports).toEqual([{ name: "metrics", containerPort: 9100, protocol: "TCP" }]);
        expect(container.env.map(({ name }: { name: string }) => name)).not.toContain("PORT");
        expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
    });

    it("shows its metrics through a headless Service that names pods which are not ready as well", async () => {
        const { all } = await rendered();
        expect(object(all, "Service", "web-metrics").spec).toMatchObject({
            clusterIP: "None",
            publishNotReadyAddresses: true,
            ports: [{ name: "metrics", port: 9100, targetPort: 9100, protocol: "TCP" }],
        });
    });

    it("has no metrics Service and no metrics port without a row that reads them", async () => {
        const { all, container } = await rendered({ metricsPortVariable: "METRICS" }, smallMatrix("|Prometheus|Web|"));
        expect(all.some(({ metadata }) => metadata.name === "web-metrics")).toBe(false);
        expect(JSON.stringify(container)).not.toMatch(/metrics/i);
    });

    it("tells the image its metrics port by the variable that the image reads", async () => {
        const { container } = await rendered({ metricsPortVariable: "EXPORTER" });
        expect(container.env).toContainEqual({ name: "EXPORTER", value: "9100" });
    });

    it("selects connected pods alone, in its Services as in its Deployment", async () => {
        const { all, deployment } = await rendered();
        const connected = { "app.kubernetes.io/name": "web", "matrice.dev/connected": "true" };
        expect(deployment.spec.selector.matchLabels).toEqual(connected);
        expect(deployment.spec.template.metadata.labels).toMatchObject(connected);
        for (const { spec } of all.filter(({ kind }) => kind === "Service")) expect(spec.selector).toEqual(connected);
    });

    it("keeps the values of secret variables out of the pod template", async () => {
        const { all, resources, container } = await rendered({ secretEnvironment: { TOKEN: pulumi.secret("s3cret") } });
        const found = container.env.find(({ name }: { name: string }) => name === "TOKEN");
        expect(found.valueFrom.secretKeyRef).toEqual({
            name: object(all, "Secret", "web-environment").metadata.name,
            key: "TOKEN",
        });
        const holding = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("s3cret"));
        expect(holding.map(({ type, secrets }) => [type, secrets])).toEqual([
            ["kubernetes:core/v1:Secret", ["stringData"]],
        ]);
    });

    it("mounts secret files for its own group alone", async () => {
        const { all, pod, container } = await rendered({ files: { token: pulumi.secret("s3cret") } });
        expect(container.volumeMounts).toContainEqual({ name: "files", mountPath: "/run/secrets/app", readOnly: true });
        expect(pod.volumes).toContainEqual({
            name: "files",
            secret: { secretName: object(all, "Secret", "web-files").metadata.name, defaultMode: 0o440 },
        });
    });

    it("rolls its pods when a secret changes, since the Secret then has another name", async () => {
        const template = async (word: string) =>
            (await rendered({ secretEnvironment: { TOKEN: pulumi.secret(word) } })).deployment.spec.template;
        expect(await template("one")).toEqual(await template("one"));
        expect(await template("one")).not.toEqual(await template("two"));
    });

    it("has a disruption budget from two pods on", async () => {
        const budgets = async (replicas: number) =>
            (await rendered({ replicas })).all.filter(({ kind }) => kind === "PodDisruptionBudget");
        expect(await budgets(1)).toHaveLength(0);
        expect(await budgets(2)).toHaveLength(1);
    });

    it("keeps a client to one pod where it is sticky", async () => {
        const { all } = await rendered({ sticky: true });
        expect(object(all, "Service", "web").spec.sessionAffinity).toBe("ClientIP");
    });

    it.each([
        [80, [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]],
        [1023, [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]],
        [1024, undefined],
    ])("on port %d, binds it without a privilege", async (port, sysctls) => {
        const { pod, container } = await rendered({}, smallMatrixOn(port));
        expect(pod.securityContext.sysctls).toEqual(sysctls);
        expect(container.securityContext.capabilities).toEqual({ drop: ["ALL"] });
    });

    it("stops only after the proxies have forgotten it", async () => {
        const { pod, container } = await rendered({ drainSeconds: 7, stopSeconds: 20 });
        expect(container.lifecycle.preStop).toEqual({ sleep: { seconds: 7 } });
        expect(pod.terminationGracePeriodSeconds).toBe(27);
    });

    it("loads the preload with the API's host and Service", async () => {
        const { container } = await rendered({
            preload: { host: "api.example.org", service: { host: "api.shop.svc.cluster.local", port: 8080 } },
        });
        expect(container.env).toEqual(
            expect.arrayContaining([
                { name: "NODE_OPTIONS", value: "--require=/opt/preload/preload.js" },
                { name: "MATRICE_API_HOST", value: "api.example.org" },
                { name: "MATRICE_API_SERVICE", value: "http://api.shop.svc.cluster.local:8080" },
            ]),
        );
    });

    it("refuses no pod at all", async () => {
        await expect(rendered({ replicas: 0 })).rejects.toThrow("replicas is 0: give a whole number from 1.");
    });
});
