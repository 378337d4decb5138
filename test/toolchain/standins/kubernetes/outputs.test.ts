import {
    hide,
    liveOutputs,
    overlaidOutputs,
    previewOutputs,
    textsToHide,
} from "../../../../toolchain/standins/kubernetes/outputs";
import { type Properties, reveal, Secret, UNKNOWN } from "../../../../toolchain/standins/properties";

const meta = { name: "a", namespace: "n" };
const service = (spec: Properties) => ({ apiVersion: "v1", kind: "Service", metadata: meta, spec });
const pod = (container: Properties, kind = "Pod") => ({
    apiVersion: "v1",
    kind,
    metadata: meta,
    spec: { containers: [{ name: "c", ...container }] },
});

describe("secrets in outputs", () => {
    test("a value that came in as a secret goes out as one, alone", () => {
        const inputs = pod({ image: "i", env: [{ name: "T", value: new Secret("s") }] });
        const outputs = liveOutputs(pod({ image: "i", env: [{ name: "T", value: "s" }] }), inputs);
        expect(outputs.spec).toEqual({
            containers: [{ name: "c", image: "i", env: [{ name: "T", value: new Secret("s") }] }],
        });
    });

    test("in a list that others have added to, the whole list is secret", () => {
        const inputs = pod({ args: [new Secret("s")] });
        const live = pod({ args: ["added", "s"] });
        expect(liveOutputs(live, inputs).spec).toEqual({
            containers: [{ name: "c", args: new Secret(["added", "s"]) }],
        });
    });

    test("data of a Secret is secret whoever wrote it, and so is kubectl's note of it", () => {
        const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "note", other: "x" };
        const secret = { apiVersion: "v1", kind: "Secret", metadata: { ...meta, annotations }, data: { a: "YQ==" } };
        expect(liveOutputs(secret, {})).toMatchObject({
            data: new Secret({ a: "YQ==" }),
            metadata: {
                annotations: { other: "x", "kubectl.kubernetes.io/last-applied-configuration": new Secret("note") },
            },
        });
    });
});

describe("outputs at preview", () => {
    test("status, server metadata and what the server allocates are unknown", () => {
        const given = service({ type: "LoadBalancer", ports: [{ port: 80 }, { port: 81, nodePort: 30081 }] });
        expect(previewOutputs(given, given, true)).toMatchObject({
            status: UNKNOWN,
            metadata: { name: "a", uid: UNKNOWN, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN },
            spec: { clusterIP: UNKNOWN, clusterIPs: UNKNOWN, ports: [{ nodePort: UNKNOWN }, { nodePort: 30081 }] },
        });
    });

    test("what the program gave stays known", () => {
        const given = service({ clusterIP: "None", ports: [{ port: 80 }] });
        expect(previewOutputs(given, given, true)).toMatchObject({
            spec: { clusterIP: "None", ports: [{ port: 80 }] },
        });
    });

    test("data made of stringData is unknown until there is a dry run", () => {
        const given = { apiVersion: "v1", kind: "Secret", metadata: meta, stringData: { a: "x" } };
        expect(reveal(previewOutputs(given, given, false))).toMatchObject({ data: UNKNOWN });
        const known = { apiVersion: "v1", kind: "Secret", metadata: meta, data: { a: "eA==" } };
        expect(reveal(previewOutputs(known, given, false))).toMatchObject({ data: { a: "eA==" } });
    });

    test("kinds without a status get none", () =>
        expect(previewOutputs({ kind: "ConfigMap", metadata: meta }, {}, false)).not.toHaveProperty("status"));

    test("of an update keep what is known of the object", () => {
        const olds = { ...service({ clusterIP: "10.0.0.1", ports: [{ port: 80 }] }), status: { loadBalancer: {} } };
        expect(overlaidOutputs(olds, service({ ports: [{ port: UNKNOWN }] }))).toEqual({
            ...service({ clusterIP: "10.0.0.1", ports: [{ port: UNKNOWN }] }),
            status: { loadBalancer: {} },
        });
    });
});

describe("messages without secrets", () => {
    const texts = textsToHide(
        { kind: "Secret", stringData: { a: "swordfish" }, data: { b: Buffer.from("trout-stream").toString("base64") } },
        { kind: "Pod", spec: { x: new Secret("p9"), y: new Secret('quo"ted!') } },
    );
    test.each([
        ['Invalid value: "swordfish"', 'Invalid value: "[secret]"'],
        [`data ${Buffer.from("swordfish").toString("base64")}`, "data [secret]"],
        ["found trout-stream", "found [secret]"],
        ['value "p9" of pipe9', 'value "[secret]" of pipe9'],
        ['as JSON: quo\\"ted!', "as JSON: [secret]"],
        ["nothing of the kind", "nothing of the kind"],
    ])("%s", (message, shown) => expect(hide(message, texts)).toBe(shown));
});
