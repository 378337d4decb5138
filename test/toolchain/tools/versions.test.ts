import {
    compareVersions,
    formatVersion,
    inRange,
    kubernetesRange,
    parseVersion,
} from "../../../toolchain/tools/versions";

describe("parseVersion", () => {
    it.each([
        ["v3.248.0\n", "3.248.0"],
        ["Kubernetes v1.35.4", "1.35.4"],
        ["kwokctl version v0.7.0 go1.26.8 (linux/amd64)", "0.7.0"],
        ["etcd Version: 3.6.4\nGit SHA: Not provided", "3.6.4"],
        ["Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", "1.32.4"],
        ["nginx version: nginx/1.22.1", "1.22.1"],
        ["GNU Make 4.3", "4.3.0"],
    ])("reads %j", (text, expected) => {
        const version = parseVersion(text);
        expect(version && formatVersion(version)).toBe(expected);
    });

    it("finds none in a text without one", () => {
        expect(parseVersion("unknown flag: --version")).toBeUndefined();
    });
});

describe("compareVersions", () => {
    it("compares numbers, not digits", () => {
        const versions = ["3.10.0", "3.9.12", "2.99.0", "3.9.2"].map((text) => parseVersion(text)!);
        expect(versions.sort(compareVersions).map(formatVersion)).toEqual(["2.99.0", "3.9.2", "3.9.12", "3.10.0"]);
    });
});

describe("inRange", () => {
    it.each([
        ["1.33.9", false],
        ["1.34.0", true],
        ["1.36.12", true],
        ["1.37.0", false],
    ])("judges a control plane of %s: %s", (text, expected) => {
        expect(inRange(parseVersion(text)!, kubernetesRange)).toBe(expected);
    });
});
