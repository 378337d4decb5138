/** What stacks for real clusters register, as their golden files have it, before a real API server that keeps nothing of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { KubernetesObject } from "../../network";
import { type Cluster, startCluster, stopCluster } from "../../toolchain/cluster/cluster";
import { ApiServer } from "../admission/api-server";
import { objectsOf } from "../golden/objects";

jest.setTimeout(180_000);

const root = join(__dirname, "../..");
const name = "manifests";
/** The real definitions, schemas and all; those of the golden file have none. */
const definitions = JSON.parse(readFileSync(join(root, ".tools/cert-manager/crds.json"), "utf8")) as KubernetesObject[];
const madeOf = (golden: string) =>
    objectsOf(golden)
        .filter(({ kind }) => kind !== "CustomResourceDefinition")
        // Pulumi gives names to those that have none.
        .map((object, index) => ({ ...object, metadata: { name: `named-${index}`, ...object.metadata } }));
const stacks = [
    { stack: "prod", objects: madeOf("e-chauffeur.prod") },
    { stack: "agents-prod", objects: madeOf("agents.prod") },
];

let cluster: Cluster;
let api: ApiServer;

beforeAll(async () => {
    await stopCluster(name);
    cluster = await startCluster(name);
    api = new ApiServer(cluster);
    const namespaces = new Map(
        stacks
            .flatMap(({ objects }) => objects)
            .filter(({ kind }) => kind === "Namespace")
            .map((namespace) => [namespace.metadata.name, namespace]),
    );
    const first = [...definitions, ...namespaces.values()];
    for (const { code, body } of await Promise.all(first.map((object) => api.apply(object, { keep: true }))))
        if (code >= 300) throw new Error(body.message);
});

afterAll(async () => {
    api?.close();
    await stopCluster(name);
});

async function judged(object: KubernetesObject): Promise<string[]> {
    const { code, body, warnings } = await api.apply(object, { strict: true });
    const said = [...(code < 300 ? [] : [`${code} ${body.message}`]), ...warnings];
    return said.map((text) => `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}: ${text}`);
}

describe("an API server that refuses fields it does not know, in namespaces of the restricted standard", () => {
    it.each(stacks)("takes every object of stack $stack without a warning", async ({ objects }) => {
        const said = await Promise.all(objects.map(judged));
        expect(said.flat()).toEqual([]);
        expect(objects.length).toBeGreaterThan(150);
    });

    const [{ objects }] = stacks;

    it("tells what an object of the same kinds breaks", async () => {
        const broken = (kind: string, change: (object: KubernetesObject) => void) => {
            const object = structuredClone(objects.find((one) => one.kind === kind)!);
            change(object);
            return judged(object);
        };
        const root = ({ spec }: KubernetesObject) => (spec.template.spec.securityContext.runAsNonRoot = false);
        expect((await broken("Deployment", root)).join()).toMatch(/would violate PodSecurity .*runAsNonRoot/);
        const typo = ({ spec }: KubernetesObject) => (spec.template.spec.contaners = []);
        expect((await broken("Deployment", typo)).join()).toMatch(/unknown field|field not declared/);
        const kind = ({ spec }: KubernetesObject) => (spec.dnsName = "example.org");
        expect((await broken("Certificate", kind)).join()).toMatch(/unknown field|field not declared/);
    });
});
