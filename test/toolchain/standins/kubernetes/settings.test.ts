import { changesCluster, readSettings, settingFailures } from "../../../../toolchain/standins/kubernetes/settings";
import { Secret } from "../../../../toolchain/standins/properties";

describe("the provider's configuration", () => {
    test("is off by default, and flags may come as text", () => {
        expect(readSettings({}, {})).toMatchObject({
            enablePatchForce: false,
            mutability: { configMaps: false, secrets: false },
        });
        expect(readSettings({ enablePatchForce: "true", context: "here" }, {})).toMatchObject({
            enablePatchForce: true,
            context: "here",
        });
    });

    test("goes before the environment", () => {
        const env = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true", PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true" };
        const settings = readSettings({ enablePatchForce: false }, env);
        expect(settings).toMatchObject({ enablePatchForce: false, mutability: { secrets: true } });
    });

    test("may hold a secret kubeconfig", () =>
        expect(readSettings({ kubeconfig: new Secret("{}") }, {}).kubeconfig).toBe("{}"));

    test("that can't be followed is refused, not ignored", () => {
        expect(settingFailures({ context: "a" })).toEqual([]);
        const failures = settingFailures({ renderYamlToDirectory: "out", enableServerSideApply: "false" });
        expect(failures.map(({ property }) => property)).toEqual(["renderYamlToDirectory", "enableServerSideApply"]);
    });

    test("means another cluster when its context or its identifier changes", () => {
        expect(changesCluster({ context: "a" }, { context: "b" })).toEqual(["context"]);
        expect(changesCluster({ enablePatchForce: "true" }, {})).toEqual([]);
        expect(
            changesCluster({ clusterIdentifier: "x", context: "a" }, { clusterIdentifier: "x", context: "b" }),
        ).toEqual([]);
    });
});
