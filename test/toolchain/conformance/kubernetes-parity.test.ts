import fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { encrypted, unknown } from "./engine";
import { Harness, Project } from "./harness";

jest.setTimeout(120_000);

describe("what programs for the official provider rely on", () => {
    let harness: Harness;
    let project: Project;
    beforeAll(async () => {
        harness = await Harness.start("conformance-parity");
        project = await harness.project();
    });
    afterAll(() => harness.dispose());

    const settings = (data: string, options = "{}") => `
        new k8s.core.v1.ConfigMap("settings", { metadata: { name: "settings", namespace: "default" }, data: ${data} }, ${options});`;

    test("the import option takes an object as it is, and get reads one without owning it", async () => {
        await harness.kubectl("create", "configmap", "settings", "--from-literal=colour=blue");
        await harness.apply({
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "theirs", namespace: "default", annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { selector: { app: "theirs" }, ports: [{ port: 80 }] },
        });
        const theirs = `
            new k8s.core.v1.Service("theirs", {
                metadata: { name: "theirs", namespace: "default", annotations: { "pulumi.com/skipAwait": "true" } },
                spec: { selector: { app: "theirs" }, ports: [{ port: 80 }] },
            }, { import: "default/theirs", retainOnDelete: true });
            exports.ip = k8s.core.v1.Service.get("api", "default/kubernetes").spec.clusterIP;`;
        const imported = settings('{ colour: "blue" }', '{ import: "default/settings" }') + theirs;
        const { uid } = (await harness.get("configmap", "settings")).metadata;
        const { output } = await project.up(imported);
        expect(output).toMatch(/2 imported/);
        expect((await harness.get("configmap", "settings")).metadata.uid).toBe(uid);
        expect(await project.engine.outputs()).toEqual({ ip: "10.0.0.1" });
        await project.expectSettled();
        await project.up("");
        expect(await harness.find("service", "theirs")).toBeDefined();
        expect(await harness.find("service", "kubernetes")).toBeDefined();
        expect(await harness.find("configmap", "settings")).toBeUndefined();
    });

    test("an import of what does not exist fails naming it", async () => {
        const output = await project.upFails(settings("{}", '{ import: "default/absent" }'));
        expect(output).toMatch(/resource 'default\/absent' does not exist/);
    });

    test("at preview what the server decides is unknown, not undefined", async () => {
        project.program(`
            const service = new k8s.core.v1.Service("edge", {
                metadata: { name: "edge", namespace: "default" },
                spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
            });
            const early = new k8s.core.v1.Service("early", {
                metadata: { name: "early", namespace: "later" },
                spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
            });
            const address = (service) => service.status.apply((status) => status.loadBalancer.ingress[0].ip);
            const uid = service.metadata.apply((metadata) => metadata.uid.length);
            new k8s.core.v1.ConfigMap("user", { metadata: { namespace: "default" }, data: {
                a: address(service), b: address(early), c: service.spec.ports[0].nodePort.apply((port) => port.toFixed()),
                d: early.spec.clusterIP.apply((ip) => ip.split(".")[0]), e: service.metadata.name, f: pulumi.interpolate\`\${uid}\`,
            } });`);
        const steps = await project.engine.preview();
        expect(steps.user.newState?.inputs?.data).toEqual({
            ...{ a: unknown, b: unknown, c: unknown, d: unknown, f: unknown },
            e: "edge",
        });
    });

    test("ConfigMaps and Secrets change in place where the configuration says so", async () => {
        const mutable = await harness.project({
            PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE: "true",
            PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true",
        });
        const source = (data: string) => `
            new k8s.core.v1.ConfigMap("c", { metadata: { name: "c", namespace: "default" }, data: ${data} });
            new k8s.core.v1.Secret("s", { metadata: { name: "s", namespace: "default" }, stringData: ${data} });`;
        await mutable.up(source('{ a: "1", b: "2" }'));
        const { uid } = (await harness.get("secret", "s")).metadata;
        await mutable.up(source('{ a: "3" }'));
        const secret = await harness.get("secret", "s");
        expect(secret.metadata.uid).toBe(uid);
        expect(secret.data).toEqual({ a: "Mw==" });
        expect((await mutable.engine.state()).resources.s.inputs.stringData).toMatchObject(encrypted);
        await mutable.expectSettled();
    });

    test("yaml.ConfigFile makes the objects of a manifest, modes in octal and dates as text", async () => {
        fs.writeFileSync(
            project.engine.file("manifest.yaml"),
            `apiVersion: v1
kind: ConfigMap
metadata: { name: from-yaml, namespace: default, annotations: { day: "2026-01-02" } }
data: { mode: "yes" }
---
---
apiVersion: v1
kind: List
items:
- { apiVersion: v1, kind: Secret, metadata: { name: from-yaml, namespace: default }, stringData: { key: hidden-value } }
`,
        );
        await project.up('new k8s.yaml.ConfigFile("file", { file: "manifest.yaml" });');
        expect(await harness.get("configmap", "from-yaml")).toMatchObject({ data: { mode: "yes" } });
        expect((await project.engine.state()).text).not.toContain("hidden-value");
        await project.expectSettled();
    });

    test("many objects are made and deleted at a time", async () => {
        const names = Array.from({ length: 60 }, (_, index) => `many-${index}`);
        const source = `for (const name of ${JSON.stringify(names)}) {
            new k8s.core.v1.ConfigMap(name, { metadata: { name, namespace: "default", labels: { many: "true" } }, data: { name } });
        }`;
        const count = async () =>
            (await harness.kubectl("get", "configmaps", "--selector", "many", "--output", "name")).split("\n").length -
            1;
        await project.up(source, "--parallel", "32");
        expect(await count()).toBe(60);
        await project.up("", "--parallel", "32");
        expect(await count()).toBe(0);
    });

    test("a deletion waits for finalizers, says at its time-out what holds it, and passes over what is gone", async () => {
        const held = `
            ${settings("{}")}
            new k8s.core.v1.ConfigMap("held", {
                metadata: { name: "held", namespace: "default", finalizers: ["example.org/hold"] },
            }, { customTimeouts: { delete: "2s" } });`;
        await project.up(held);
        await harness.kubectl("delete", "configmap", "settings");
        const output = await project.upFails("");
        expect(output).toMatch(/ConfigMap default\/held is still there 2 s after .*finalizers: example.org\/hold/);
        await harness.kubectl("patch", "configmap", "held", "--type=merge", '--patch={"metadata":{"finalizers":null}}');
        await project.up("");
        expect((await project.engine.state()).resources).toEqual({});
    });
});

describe("clusters that can't be used", () => {
    let project: Project;
    let old: Server;
    let kubeconfig: string;
    beforeAll(async () => {
        old = createServer((_request, response) => response.end(JSON.stringify({ gitVersion: "v1.29.4" })));
        await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
        project = await Project.create({ KUBECONFIG: "kubeconfig" });
        kubeconfig = project.engine.file("kubeconfig");
    });
    afterAll(async () => {
        await new Promise((resolve) => old.close(resolve));
        project.engine.dispose();
    });

    const source = 'new k8s.core.v1.Namespace("space", { metadata: { name: "space" } });';
    const pointTo = (server: string) =>
        fs.writeFileSync(
            kubeconfig,
            JSON.stringify({
                "current-context": "here",
                contexts: [{ name: "here", context: { cluster: "here" } }],
                clusters: [{ name: "here", cluster: { server } }],
            }),
        );

    test("no kubeconfig: the message says where it was looked for and what to set", async () => {
        fs.rmSync(kubeconfig, { force: true });
        const output = await project.previewFails(source);
        expect(output).toMatch(
            /configured Kubernetes cluster is unreachable: no kubeconfig at kubeconfig; set KUBECONFIG/,
        );
    });

    test("a cluster that does not run: the message names its address and context, at once", async () => {
        pointTo("https://127.0.0.1:1");
        const output = await project.previewFails(source);
        expect(output).toMatch(
            /configured Kubernetes cluster is unreachable: connect ECONNREFUSED 127\.0\.0\.1:1 \(https:\/\/127\.0\.0\.1:1, context "here" of kubeconfig\)/,
        );
    });

    test("a cluster that is too old is refused before anything is changed", async () => {
        pointTo(`http://127.0.0.1:${(old.address() as AddressInfo).port}`);
        const output = await project.upFails(source);
        expect(output).toMatch(/runs Kubernetes v1\.29\.4, which is not supported: version 1\.30 or newer is needed/);
        expect((await project.engine.state()).resources).toEqual({});
    });
});
