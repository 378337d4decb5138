import { completeInputs, unservedType } from "../../../../toolchain/standins/kubernetes/check";
import { generatedName, kindOfToken, parseId } from "../../../../toolchain/standins/kubernetes/objects";
import { type Properties, Secret, UNKNOWN } from "../../../../toolchain/standins/properties";

const seed = Uint8Array.from([1, 2, 3]);
const naming = { resourceName: "web", seed };
const object = (metadata?: Properties | typeof UNKNOWN, rest: Properties = {}): Properties => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    ...(metadata === undefined ? {} : { metadata }),
    ...rest,
});
const complete = (news: Properties, olds: Properties = {}, more = {}, space?: string) =>
    completeInputs(olds, news, { ...naming, ...more }, space);

describe("names and namespaces", () => {
    test("a name that is not given is made, and marked as made", () => {
        expect(complete(object()).inputs.metadata).toEqual({
            name: expect.stringMatching(/^web-[0-9a-f]{8}$/),
            annotations: { "pulumi.com/autonamed": "true" },
        });
    });

    test("a made name is kept at the next update", () => {
        const olds = object({ name: "web-12345678", annotations: { "pulumi.com/autonamed": "true" } });
        const { inputs } = complete(object({ annotations: { a: "b" } }), olds);
        expect(inputs.metadata).toEqual({
            name: "web-12345678",
            annotations: { a: "b", "pulumi.com/autonamed": "true" },
        });
    });

    test("a chosen name is not kept once the program leaves it to be made", () => {
        const { inputs } = complete(object(), object({ name: "web" }));
        expect(inputs.metadata).toMatchObject({ name: expect.stringMatching(/^web-/) });
    });

    test("the engine's autonaming configuration decides", () => {
        expect(complete(object(), {}, { proposed: "team-web" }).inputs.metadata).toMatchObject({ name: "team-web" });
        expect(complete(object(), {}, { disabled: true }).failures).toEqual([
            { property: "metadata.name", reason: expect.stringContaining("give a name") },
        ]);
        expect(complete(object({ name: "x" }), {}, { disabled: true }).failures).toEqual([]);
    });

    test("generateName is the prefix", () =>
        expect(complete(object({ generateName: "job-" })).inputs.metadata).toMatchObject({
            name: expect.stringMatching(/^job-[0-9a-f]{8}$/),
        }));

    test("the default namespace goes to kinds that have namespaces, where none is given", () => {
        expect(complete(object({ name: "a" }), {}, {}, "shop").inputs.metadata).toEqual({
            name: "a",
            namespace: "shop",
        });
        expect(complete(object({ name: "a", namespace: "b" }), {}, {}, "shop").inputs.metadata).toMatchObject({
            namespace: "b",
        });
        expect(complete(object({ name: "a" })).inputs.metadata).toEqual({ name: "a" });
    });

    test("unknown metadata and unknown names are left alone", () => {
        expect(complete(object(UNKNOWN)).inputs.metadata).toBe(UNKNOWN);
        expect(complete(object({ name: UNKNOWN }), {}, {}, "n").inputs.metadata).toEqual({
            name: UNKNOWN,
            namespace: "n",
        });
    });

    test("secrets stay secret", () =>
        expect(complete(object({ name: "a" }, { data: new Secret({ a: "b" }) })).inputs.data).toEqual(
            new Secret({ a: "b" }),
        ));

    test("what is no object is refused", () =>
        expect(complete({ metadata: {} }).failures.map(({ property }) => property)).toEqual(["apiVersion", "kind"]));

    test("made names fit into 253 characters", () =>
        expect(generatedName("x".repeat(300), seed)).toMatch(/^x{244}-[0-9a-f]{8}$/));
});

test.each([
    ["kubernetes:core/v1:ConfigMapPatch", /ConfigMapPatch/],
    ["kubernetes:core/v1:ConfigMapList", /one by one/],
    ["kubernetes:helm.sh/v3:Release", /official provider/],
    ["kubernetes:kustomize/v2:Directory", /official provider/],
    ["kubernetes:yaml/v2:ConfigFile", /official provider/],
])("%s is refused with the mend", (token, reason) => expect(unservedType(token)).toMatch(reason));

test.each(["kubernetes:core/v1:ConfigMap", "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease"])(
    "%s is served",
    (token) => expect(unservedType(token)).toBeUndefined(),
);

test("a type token names version and kind", () => {
    expect(kindOfToken("kubernetes:core/v1:Service")).toEqual({ apiVersion: "v1", kind: "Service" });
    expect(kindOfToken("kubernetes:apps/v1:Deployment")).toEqual({ apiVersion: "apps/v1", kind: "Deployment" });
});

test("an ID names namespace and object", () => {
    expect(parseId("a/b", true, "default")).toEqual({ namespace: "a", name: "b" });
    expect(parseId("b", true, "default")).toEqual({ namespace: "default", name: "b" });
    expect(parseId("b", false, "default")).toEqual({ name: "b" });
});
