import { diffInputs, propertyPath } from "../../../../toolchain/standins/kubernetes/diff";
import { fieldManager } from "../../../../toolchain/standins/kubernetes/fields";
import { type Properties, UNKNOWN } from "../../../../toolchain/standins/properties";

const fixed = { configMaps: false, secrets: false };
const object = (
    kind: string,
    rest: Properties = {},
    metadata: Properties = { name: "a", namespace: "n" },
): Properties => ({
    apiVersion: "v1",
    kind,
    metadata,
    ...rest,
});
/** Paths of the changes, those that replace marked by `!`. */
const changes = (before: Properties, after: Properties, olds: Properties = {}, mutability = fixed) =>
    diffInputs(before, after, olds, mutability).changes.map(
        ({ path, replace }) => propertyPath(path) + (replace ? "!" : ""),
    );

describe("what a change of inputs does", () => {
    test("equal inputs, null and absent, and the engine's own fields are no change", () => {
        const before = object("Service", { spec: { ports: [{ port: 80 }], type: null }, __defaults: ["x"] });
        expect(changes(before, object("Service", { spec: { ports: [{ port: 80 }] } }))).toEqual([]);
    });

    test("a change is named by its path, keys that are no identifiers in quotes", () => {
        const before = object("Service", { spec: { ports: [{ port: 80 }] } });
        const after = object(
            "Service",
            { spec: { ports: [{ port: 81 }, { port: 82 }] } },
            { name: "a", namespace: "n", labels: { "a.b/c": "d" } },
        );
        expect(changes(before, after)).toEqual(["metadata.labels", "spec.ports[0].port", "spec.ports[1]"]);
        expect(propertyPath(["metadata", "labels", "a.b/c"])).toBe('metadata.labels["a.b/c"]');
    });

    test.each<[string, Properties, Properties, string[]]>([
        ["another name", object("Service"), object("Service", {}, { name: "b", namespace: "n" }), ["metadata.name!"]],
        [
            "another namespace",
            object("Service"),
            object("Service", {}, { name: "a", namespace: "m" }),
            ["metadata.namespace!"],
        ],
        ["another kind", object("Service"), object("Secret"), ["kind!"]],
        [
            "data of a ConfigMap",
            object("ConfigMap", { data: { a: "1" } }),
            object("ConfigMap", { data: { a: "2" } }),
            ["data.a!"],
        ],
        [
            "stringData",
            object("Secret", { stringData: { a: "1" } }),
            object("Secret", { stringData: { a: "2" } }),
            ["stringData.a!"],
        ],
        ["type of a Secret", object("Secret", { type: "a" }), object("Secret", { type: "b" }), ["type!"]],
        [
            "clusterIP",
            object("Service", { spec: { clusterIP: "None" } }),
            object("Service", { spec: {} }),
            ["spec.clusterIP!"],
        ],
        [
            "a pod's image",
            object("Pod", { spec: { containers: [{ image: "a" }] } }),
            object("Pod", { spec: { containers: [{ image: "b" }] } }),
            ["spec.containers[0].image!"],
        ],
        [
            "a pod's tolerations",
            object("Pod", { spec: {} }),
            object("Pod", { spec: { tolerations: [] } }),
            ["spec.tolerations"],
        ],
        [
            "a claim's size",
            object("PersistentVolumeClaim", { spec: { resources: { requests: { storage: "1Gi" } } } }),
            object("PersistentVolumeClaim", { spec: { resources: { requests: { storage: "2Gi" } } } }),
            ["spec.resources.requests.storage"],
        ],
        [
            "a claim's class",
            object("PersistentVolumeClaim", { spec: { storageClassName: "a" } }),
            object("PersistentVolumeClaim", { spec: { storageClassName: "b" } }),
            ["spec.storageClassName!"],
        ],
        [
            "labels of a ConfigMap",
            object("ConfigMap"),
            object("ConfigMap", {}, { name: "a", namespace: "n", labels: {} }),
            ["metadata.labels"],
        ],
    ])("%s", (_what, before, after, expected) => expect(changes(before, after)).toEqual(expected));

    test.each<[string, string, string[]]>([
        ["apps/v1", "Deployment", ["spec.selector.a!", "spec.template"]],
        [
            "apps/v1",
            "StatefulSet",
            ["spec.selector.a!", "spec.serviceName!", "spec.volumeClaimTemplates!", "spec.template"],
        ],
        ["batch/v1", "Job", ["spec.template!"]],
    ])("%s %s", (apiVersion, kind, expected) => {
        const made = (value: number) => ({
            ...object(kind),
            apiVersion,
            spec: {
                ...(kind === "Job" ? {} : { selector: { a: value } }),
                ...(kind === "StatefulSet" ? { serviceName: value, volumeClaimTemplates: value } : {}),
                template: value,
            },
        });
        expect(changes(made(1), made(2))).toEqual(expected);
    });

    test("a newer version of the same group is an update, another group a replacement", () => {
        const made = (apiVersion: string) => ({ ...object("Ingress"), apiVersion });
        expect(changes(made("networking.k8s.io/v1beta1"), made("networking.k8s.io/v1"))).toEqual(["apiVersion"]);
        expect(changes(made("extensions/v1beta1"), made("networking.k8s.io/v1"))).toEqual(["apiVersion!"]);
    });

    test("data changes in place where that is enabled", () => {
        const made = (value: string) => object("ConfigMap", { data: { a: value } });
        expect(changes(made("1"), made("2"), {}, { configMaps: true, secrets: true })).toEqual(["data.a"]);
    });

    test("an unknown value is a change, and replaces where any change does", () => {
        const before = object("ConfigMap", { data: { a: "1" } });
        expect(changes(before, object("ConfigMap", { data: { a: UNKNOWN } }))).toEqual(["data.a!"]);
        expect(changes(before, object("ConfigMap", { data: UNKNOWN }))).toEqual(["data!"]);
    });

    test("changes below an ignored path are none", () => {
        const made = (replicas: number) => object("Scale", { spec: { replicas, replicasMax: replicas } });
        const diff = diffInputs(made(1), made(2), {}, fixed, ["spec.replicas"]);
        expect(diff.changes.map(({ path }) => propertyPath(path))).toEqual(["spec.replicasMax"]);
    });

    describe("a field that is left out", () => {
        const managed = (manager: string, fieldsV1: Properties) => ({
            metadata: { managedFields: [{ manager, fieldsV1 }] },
        });
        const before = object("Service", {
            spec: { type: "ClusterIP", ports: [{ port: 80, protocol: "TCP", name: "http" }] },
        });
        const after = object("Service", { spec: { ports: [{ port: 80, protocol: "TCP" }] } });
        const fields = {
            "f:spec": { "f:type": {}, "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { "f:name": {}, "f:port": {} } } },
        };
        test("is a change when the plugin owns it", () =>
            expect(changes(before, after, managed(fieldManager, fields))).toEqual(["spec.type", "spec.ports[0].name"]));
        test("is no change when only others own it", () =>
            expect(changes(before, after, managed("kubectl", fields))).toEqual([]));
        test("is a change inside a list that is applied as a whole, whoever owns that", () => {
            const policy = (port: Properties) => object("NetworkPolicy", { spec: { ingress: [{ ports: [port] }] } });
            const owned = managed("kubectl", { "f:spec": { "f:ingress": {} } });
            expect(changes(policy({ port: 1, endPort: 2 }), policy({ port: 1 }), owned)).toEqual([
                "spec.ingress[0].ports[0].endPort",
            ]);
        });
    });
});

describe("which goes first when an object is replaced", () => {
    const dbr = (before: Properties, after: Properties) => diffInputs(before, after, {}, fixed).deleteBeforeReplace;
    const made = (name: string, data: string, autonamed = false) =>
        object(
            "ConfigMap",
            { data: { data } },
            {
                name,
                namespace: "n",
                ...(autonamed ? { annotations: { "pulumi.com/autonamed": "true" } } : {}),
            },
        );
    test("a chosen name is freed first", () => expect(dbr(made("a", "1"), made("a", "2"))).toBe(true));
    test("a made name is not waited for", () => expect(dbr(made("a", "1", true), made("a", "2", true))).toBe(false));
    test("another name or namespace is free already", () => expect(dbr(made("a", "1"), made("b", "1"))).toBe(false));
    test("an update deletes nothing", () =>
        expect(dbr(object("Service"), object("Service", {}, { name: "a", namespace: "n", labels: {} }))).toBe(false));
});
