import { encrypted } from "./engine";
import { Harness, type Project } from "./harness";

jest.setTimeout(120_000);

const password = "correct-horse-battery";

/** A namespace with one of what a platform has: each argument changes one thing. */
const program = ({ image = "nginx:1", data = "one", labels = "", more = "", selector = "app" } = {}) => `
    const space = new k8s.core.v1.Namespace("space", { metadata: { name: "shop" } });
    const namespace = space.metadata.name;
    const config = new k8s.core.v1.ConfigMap("config", { metadata: { namespace }, data: { setting: "${data}" } });
    const fixed = new k8s.core.v1.ConfigMap("fixed", { metadata: { name: "fixed", namespace }, data: { setting: "${data}" } });
    const secret = new k8s.core.v1.Secret("secret", {
        metadata: { name: "login", namespace },
        stringData: { password: pulumi.secret("${password}") },
    });
    const matchLabels = { "${selector}": "web" };
    const web = new k8s.apps.v1.Deployment("web", {
        metadata: { name: "web", namespace, labels: { tier: "front" ${labels} } },
        spec: {
            replicas: 2,
            selector: { matchLabels },
            template: {
                metadata: { labels: matchLabels },
                spec: {
                    containers: [{
                        name: "web",
                        image: "${image}",
                        env: [{ name: "CONFIG", value: config.metadata.name }, { name: "TOKEN", value: pulumi.secret("${password}") }],
                        ports: [{ containerPort: 8080 }],
                        resources: { requests: { cpu: "0.5", memory: "1024Mi" } },
                        volumeMounts: [{ name: "cache", mountPath: "/cache" }],
                    }],
                    volumes: [{ name: "cache", emptyDir: { sizeLimit: "1024Mi" } }],
                },
            },
        },
    });
    const front = new k8s.core.v1.Service("front", {
        metadata: { name: "front", namespace },
        spec: { type: "LoadBalancer", selector: matchLabels, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const policy = new k8s.networking.v1.NetworkPolicy("policy", {
        metadata: { name: "web", namespace },
        spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }] },
    });
    const definition = new k8s.apiextensions.v1.CustomResourceDefinition("definition", {
        metadata: { name: "tools.example.org" },
        spec: {
            group: "example.org",
            names: { plural: "tools", singular: "tool", kind: "Tool" },
            scope: "Namespaced",
            versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: {
                type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
            } } }],
        },
    });
    const tool = new k8s.apiextensions.CustomResource("tool", {
        apiVersion: "example.org/v1", kind: "Tool", metadata: { name: "hammer", namespace }, spec: { size: 3 },
    }, { dependsOn: definition });
    exports.address = front.status.apply((status) => status.loadBalancer.ingress[0].ip);
    exports.clusterIP = front.spec.clusterIP;
    exports.config = config.metadata.name;
    ${more}`;

describe("objects through their life", () => {
    let harness: Harness;
    let project: Project;
    beforeAll(async () => {
        harness = await Harness.start("conformance-life");
        project = await harness.project();
    });
    afterAll(() => harness.dispose());

    const uid = async (kind: string, name: string) => (await harness.get(kind, name, "shop")).metadata.uid;

    test("a preview of all of it works before the namespace and the definition exist, and makes nothing", async () => {
        const plan = await project.plan(program());
        expect(plan).toMatchObject({ space: "create", web: "create", front: "create", tool: "create" });
        expect(await harness.find("namespace", "shop")).toBeUndefined();
    });

    test("up makes all, waits for it, and knows what the cluster decided", async () => {
        const { output } = await project.up(program());
        const outputs = await project.engine.outputs();
        expect(outputs).toEqual({
            address: "203.0.113.10",
            clusterIP: expect.stringMatching(/^10\./),
            config: expect.stringMatching(/^config-[0-9a-f]{8}$/),
        });
        const live = await harness.get("deployment", "web", "shop");
        expect(live.status).toMatchObject({ availableReplicas: 2 });
        expect(await harness.get("tool", "hammer", "shop")).toMatchObject({ spec: { size: 3 } });
        expect(output).not.toContain(password);
    });

    test("secrets are encrypted in the state wherever they went", async () => {
        const { text, resources } = await project.engine.state();
        expect(text).not.toContain(password);
        expect(text).not.toContain(Buffer.from(password).toString("base64"));
        expect(resources.secret.inputs.stringData).toMatchObject(encrypted);
        expect(resources.secret.outputs.data).toMatchObject(encrypted);
        expect(await harness.get("secret", "login", "shop")).toMatchObject({
            data: { password: Buffer.from(password).toString("base64") },
        });
    });

    test("nothing is left to do, though the server writes quantities, defaults and stringData otherwise", () =>
        project.expectSettled());

    test("a new image and label change the Deployment in place", async () => {
        const before = await uid("deployment", "web");
        const source = program({ image: "nginx:2", labels: ', "example.org/owner": "team"' });
        expect(await project.plan(source)).toMatchObject({ web: "update" });
        await project.up(source);
        const live = await harness.get("deployment", "web", "shop");
        expect(live).toMatchObject({
            metadata: { uid: before, labels: { tier: "front", "example.org/owner": "team" } },
            spec: { template: { spec: { containers: [{ image: "nginx:2" }] } } },
            status: { updatedReplicas: 2, availableReplicas: 2 },
        });
    });

    test("a label that the program drops is removed, and one that others added stays", async () => {
        await harness.kubectl("label", "deployment", "web", "--namespace", "shop", "others=theirs");
        await project.up(program({ image: "nginx:2" }));
        const { metadata } = await harness.get("deployment", "web", "shop");
        expect(metadata.labels).toEqual({ tier: "front", others: "theirs" });
    });

    test("new data replaces a ConfigMap: a made name first makes the new one, a chosen name is freed first", async () => {
        const old = await uid("configmap", "fixed");
        const { config } = await project.engine.outputs();
        const source = program({ image: "nginx:2", data: "two" });
        const { output } = await project.up(source);
        const now = (await project.engine.outputs()).config as string;
        expect(now).toMatch(/^config-[0-9a-f]{8}$/);
        expect(now).not.toBe(config);
        expect(await harness.find("configmap", config as string, "shop")).toBeUndefined();
        expect(await uid("configmap", "fixed")).not.toBe(old);
        expect(await harness.get("deployment", "web", "shop")).toMatchObject({
            spec: { template: { spec: { containers: [{ env: [{ value: now }, {}] }] } } },
        });
        const order = (text: string) => output.indexOf(text);
        expect(order("ConfigMap fixed deleted")).toBeLessThan(order("ConfigMap fixed created"));
        expect(order("ConfigMap config created")).toBeLessThan(order("ConfigMap config deleted"));
    });

    test("a new selector replaces the Deployment, which a preview can say though the server forbids the change", async () => {
        const before = await uid("deployment", "web");
        const source = program({ image: "nginx:2", data: "two", selector: "role" });
        expect((await project.plan(source)).web).toMatch(/replace/);
        await project.up(source);
        expect(await uid("deployment", "web")).not.toBe(before);
        await project.expectSettled();
    });

    const settled = program({ image: "nginx:2", data: "two", selector: "role" });

    test("a refresh sees drift of what is managed; up puts it right, fields that others took only with enablePatchForce", async () => {
        await harness.kubectl("scale", "deployment", "web", "--namespace", "shop", "--replicas", "1");
        await harness.kubectl("delete", "networkpolicy", "web", "--namespace", "shop");
        await harness.kubectl("annotate", "service", "front", "--namespace", "shop", "others=theirs");
        const { output } = await project.refresh();
        expect(output).toMatch(/Deployment web\s+updated/);
        expect(output).toMatch(/NetworkPolicy policy\s+deleted/);
        expect(output).not.toMatch(/Service front\s+updated/);
        expect(await project.previewFails(settled)).toMatch(
            /Deployment shop\/web was refused.*conflict with "kubectl".*\.spec\.replicas[^]*enablePatchForce: true/,
        );

        await project.engine.succeed("config", "set", "kubernetes:enablePatchForce", "true");
        expect(await project.plan(settled)).toEqual({ web: "update", policy: "create" });
        await project.up(settled);
        expect(await harness.get("deployment", "web", "shop")).toMatchObject({ spec: { replicas: 2 } });
        await project.expectSettled();
    });

    test("--target changes one resource and leaves the others", async () => {
        const source = program({ image: "nginx:3", data: "three", selector: "role" });
        const target = "urn:pulumi:dev::probe::kubernetes:core/v1:ConfigMap::fixed";
        await project.up(source, "--target", target);
        expect(await harness.get("configmap", "fixed", "shop")).toMatchObject({ data: { setting: "three" } });
        expect(await harness.get("deployment", "web", "shop")).toMatchObject({
            spec: { template: { spec: { containers: [{ image: "nginx:2" }] } } },
        });
    });

    test("destroy leaves nothing", async () => {
        await project.destroy();
        expect(await harness.find("namespace", "shop")).toBeUndefined();
        expect(await harness.find("crd", "tools.example.org")).toBeUndefined();
    });
});
