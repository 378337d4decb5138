import fc from "fast-check";
import type { KubernetesObject } from "../../../../toolchain/standins/kubernetes/objects";
import { importedInputs, projectInputs } from "../../../../toolchain/standins/kubernetes/read";
import type { Properties } from "../../../../toolchain/standins/properties";

const live = (rest: Properties, metadata: Properties = {}, kind = "Deployment"): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "a", ...metadata },
    ...rest,
});
const containers = { "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {} } } } };
const associative = { managedFields: [{ manager: "pulumi-kubernetes", fieldsV1: containers }] };

describe("a live object seen through the inputs", () => {
    test("what the program did not write is left out; what changed shows", () => {
        const inputs = { spec: { replicas: 2, paused: true } };
        const object = live({ spec: { replicas: 1, revisionHistoryLimit: 10 }, status: {} });
        expect(projectInputs(inputs, object)).toEqual({ spec: { replicas: 1 } });
    });

    test("values that the server writes otherwise stay as written", () => {
        const inputs = {
            spec: { size: { requests: { cpu: "0.5", memory: "1024Mi" } }, port: "80", empty: {}, off: false, none: [] },
        };
        const object = live({ spec: { size: { requests: { cpu: "500m", memory: "1Gi" } }, port: 80 } });
        expect(projectInputs(inputs, object)).toEqual(inputs);
    });

    test("a changed quantity shows as the server writes it", () => {
        const made = (cpu: string) => ({ spec: { resources: { limits: { cpu } } } });
        expect(projectInputs(made("0.5"), live(made("2")))).toEqual(made("2"));
    });

    test("stringData is read from data", () => {
        const secret = live({ data: { user: "YWRh", other: "eA==" } }, {}, "Secret");
        expect(projectInputs({ stringData: { user: "ada", gone: "x" } }, secret)).toEqual({
            stringData: { user: "ada" },
        });
        expect(projectInputs({ stringData: { user: "bob" } }, secret)).toEqual({ stringData: { user: "ada" } });
    });

    test("elements with a key are matched by it, and those of others are left out", () => {
        const inputs = { spec: { containers: [{ name: "web", image: "a" }] } };
        const object = live(
            {
                spec: {
                    containers: [
                        { name: "mesh", image: "x" },
                        { name: "web", image: "b" },
                    ],
                },
            },
            associative,
        );
        expect(projectInputs(inputs, object)).toEqual({ spec: { containers: [{ name: "web", image: "b" }] } });
    });

    test("an element that was removed is missing", () => {
        const inputs = { spec: { containers: [{ name: "web" }, { name: "gone" }] } };
        expect(projectInputs(inputs, live({ spec: { containers: [{ name: "web" }] } }, associative))).toEqual({
            spec: { containers: [{ name: "web" }] },
        });
    });

    test("a list that is applied as a whole shows elements that others added", () => {
        const inputs = { spec: { ingress: [{ ports: [{ port: 80 }] }] } };
        const rogue = { ports: [{ port: 22, protocol: "TCP" }] };
        const object = live({ spec: { ingress: [{ ports: [{ port: 80, protocol: "TCP" }] }, rogue] } });
        expect(projectInputs(inputs, object)).toEqual({ spec: { ingress: [{ ports: [{ port: 80 }] }, rogue] } });
    });

    test("an object that is as it was applied shows no drift, whatever the server added", () => {
        const value = fc.letrec((tie) => ({
            leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
            record: fc.dictionary(
                fc.stringMatching(/^[a-z]{1,4}$/),
                fc.oneof({ depthSize: "small" }, tie("leaf"), tie("record")),
            ),
        })).record as fc.Arbitrary<Properties>;
        fc.assert(
            fc.property(value, (inputs) => {
                const object = live({ spec: { ...inputs, addedByTheServer: { x: 1 } } });
                expect(projectInputs({ spec: inputs }, object)).toEqual({ spec: inputs });
            }),
        );
    });
});

describe("inputs of an object that no program wrote", () => {
    test("are the object without what only the server sets", () => {
        const object = live(
            { spec: { replicas: 1 }, status: { replicas: 1 } },
            { namespace: "n", uid: "u", resourceVersion: "1", managedFields: [], labels: { a: "b" } },
        );
        expect(importedInputs(object)).toEqual({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "a", namespace: "n", labels: { a: "b" } },
            spec: { replicas: 1 },
        });
    });

    test("are what kubectl applied, where it noted that, with the values of now", () => {
        const noted = JSON.stringify({ spec: { replicas: 1 }, metadata: { name: "a", annotations: {} } });
        const object = live(
            { spec: { replicas: 3, paused: false } },
            { namespace: "n", annotations: { "kubectl.kubernetes.io/last-applied-configuration": noted } },
        );
        expect(importedInputs(object)).toMatchObject({
            metadata: { name: "a", namespace: "n" },
            spec: { replicas: 3 },
        });
        expect(importedInputs(object).spec).not.toHaveProperty("paused");
    });

    test("of a Secret never repeat kubectl's note, which holds its data", () => {
        const annotations = { "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"c2VjcmV0"}}' };
        const inputs = importedInputs(live({ data: { a: "c2VjcmV0" } }, { annotations }, "Secret"));
        expect(inputs.metadata).toEqual({ name: "a" });
    });
});
