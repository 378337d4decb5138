import { Harness, type Project } from "./harness";

jest.setTimeout(120_000);

const container = '{ name: "main", image: "nginx", env: [{ name: "TOKEN", value: pulumi.secret("correct-horse") }] }';
const deployment = (name: string, { pod = "", options = "{}", annotations = "{}" } = {}) => `
    new k8s.apps.v1.Deployment("${name}", {
        metadata: { name: "${name}", namespace: "default", annotations: ${annotations} },
        spec: {
            selector: { matchLabels: { app: "${name}" } },
            template: { metadata: { labels: { app: "${name}" } }, spec: { containers: [${container}], ${pod} } },
        },
    }, ${options});`;
const configMap = (name: string, rest: string) =>
    `new k8s.core.v1.ConfigMap("${name}", { metadata: { name: "${name}", namespace: "default" }, ${rest} });`;

describe("objects that do not become ready", () => {
    let harness: Harness;
    let project: Project;
    beforeAll(async () => {
        harness = await Harness.start("conformance-fail");
        project = await harness.project();
        await harness.apply({
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "strict", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
        });
    });
    afterAll(() => harness.dispose());

    const stuck = (pod: string) => `
        ${deployment("slow", { pod, options: '{ customTimeouts: { create: "3s", update: "10s" } }' })}
        new k8s.core.v1.Service("aimless", {
            metadata: { name: "aimless", namespace: "default", annotations: { "pulumi.com/timeoutSeconds": "3" } },
            spec: { selector: { app: ${pod ? '"nobody"' : '"slow"'} }, ports: [{ port: 80 }] },
        });
        new k8s.core.v1.PersistentVolumeClaim("claim", {
            metadata: { name: "claim", namespace: "default", annotations: { "pulumi.com/timeoutSeconds": "${pod ? 3 : 60}" } },
            spec: { accessModes: ["ReadWriteOnce"], storageClassName: ${pod ? '"none"' : '"standard"'}, resources: { requests: { storage: "1Gi" } } },
        });
        ${deployment("patient", { pod, annotations: '{ "pulumi.com/skipAwait": "true" }' })}`;

    test("each wait ends at its own time-out, and says which pods and conditions are wrong", async () => {
        const output = await project.upFails(stuck('nodeSelector: { disk: "none" }'));
        expect(output).toMatch(
            /Deployment "default\/slow" failed to fully initialize or become live: timed out after 3 s/,
        );
        expect(output).toMatch(/0 of 1 replicas are available/);
        expect(output).toMatch(/\[Pod default\/slow-[^\]]+\] phase Pending; PodScheduled=False \(Unschedulable: /);
        expect(output).toMatch(/Service does not target any Pods/);
        expect(output).toMatch(/the claim is Pending: no volume of class none is bound to it/);
        expect(output).not.toContain("correct-horse");
        expect(output).not.toMatch(/Deployment \(patient\)/);
    });

    test("what was made before a failure is in the state, none in doubt", async () => {
        const { text, resources } = await project.engine.state();
        expect(Object.keys(resources).sort()).toEqual(["aimless", "claim", "patient", "slow"]);
        expect(resources.slow).toMatchObject({ id: "default/slow", inputs: { kind: "Deployment" } });
        expect(JSON.parse(text).deployment.pending_operations ?? []).toEqual([]);
        expect(text).not.toContain("correct-horse");
    });

    test("a failed object is waited for again, even after a refresh, and is well once it is mended", async () => {
        await project.refresh();
        const plan = await project.plan(stuck('nodeSelector: { disk: "none" }'));
        expect(plan).toMatchObject({ slow: "update", aimless: "update" });
        await project.up(stuck(""));
        expect(await harness.get("deployment", "slow")).toMatchObject({ status: { availableReplicas: 1 } });
        await project.expectSettled();
    });

    test("a pod that Pod Security refuses fails its Deployment, StatefulSet and Job at once", async () => {
        const started = Date.now();
        const source = `
            const template = { metadata: { labels: { app: "x" } }, spec: { containers: [${container}] } };
            const spec = { selector: { matchLabels: { app: "x" } }, template };
            new k8s.apps.v1.Deployment("d", { metadata: { name: "d", namespace: "strict" }, spec });
            new k8s.apps.v1.StatefulSet("s", { metadata: { name: "s", namespace: "strict" }, spec: { serviceName: "s", ...spec } });
            new k8s.batch.v1.Job("j", { metadata: { name: "j", namespace: "strict" }, spec: {
                template: { spec: { restartPolicy: "Never", containers: [${container}] } },
            } });`;
        const other = await harness.project();
        const output = await other.upFails(source);
        for (const kind of ["Deployment", "StatefulSet", "Job"]) {
            expect(output).toMatch(
                new RegExp(`${kind} "strict/.*failed to fully initialize or become live: it failed`),
            );
        }
        expect(output.match(/violates PodSecurity "restricted:latest"/g)?.length).toBeGreaterThanOrEqual(3);
        // The waits' own time-outs are ten minutes.
        expect(Date.now() - started).toBeLessThan(60_000);
    });

    test("one refused object leaves the others made and is made when mended", async () => {
        const other = await harness.project();
        const source = (data: string) => configMap("good", 'data: { a: "1" }') + configMap("other", `data: ${data}`);
        const output = await other.upFails(source('{ "not a key!": "x" }'));
        expect(output).toMatch(/ConfigMap default\/other was refused by the Kubernetes API: .*invalid.*not a key!/i);
        expect(Object.keys((await other.engine.state()).resources)).toEqual(["good"]);
        await other.up(source('{ key: "x" }'));
        await other.expectSettled();
    });

    test("an interrupt ends a wait, and leaves what was made in the state", async () => {
        const other = await harness.project();
        other.program(deployment("stopped", { pod: 'nodeSelector: { disk: "none" }' }));
        const run = other.engine.start("up", "--yes", "--skip-preview");
        while (!(await harness.find("deployment", "stopped"))) await new Promise((resolve) => setTimeout(resolve, 200));
        run.interrupt();
        const { code, output } = await run.ended;
        expect({ code, output }).toMatchObject({ output: expect.stringContaining("the wait was cancelled") });
        expect((await other.engine.state()).resources.stopped).toMatchObject({ id: "default/stopped" });
    });

    test("an unknown field is refused at preview, and a secret in a refused value is not shown", async () => {
        const other = await harness.project();
        // One at a time: the first refusal may stop the engine.
        const unknown = await other.previewFails(`
            new k8s.apiextensions.CustomResource("raw", {
                apiVersion: "v1", kind: "ConfigMap", metadata: { name: "raw", namespace: "default" }, dta: { a: "1" },
            });`);
        expect(unknown).toMatch(/ConfigMap default\/raw was refused by the Kubernetes API: unknown field: \.dta/);
        const leak = await other.previewFails(`
            new k8s.core.v1.ConfigMap("leak", {
                metadata: { name: "leak", namespace: "default", labels: { token: pulumi.secret("correct horse!") } },
            });`);
        expect(leak).toMatch(/ConfigMap default\/leak was refused by the Kubernetes API: .*\[secret\]/);
        expect(leak).not.toContain("correct horse");
    });
});
