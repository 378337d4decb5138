import * as fs from "node:fs";
import * as path from "node:path";
import { byModule } from "../../../toolchain/tools/acquire";
import { tools, toolsFor } from "../../../toolchain/tools/catalogue";
import { binaryName, linkerFlags } from "../../../toolchain/tools/goBuild";
import { inRange, parseVersion } from "../../../toolchain/tools/versions";

const goFolder = path.resolve(__dirname, "../../../toolchain/go");

/** The module that holds a package is the longest required path that the package starts with. */
function pinned(module: string, goPackage: string): string | undefined {
    const goMod = fs.readFileSync(path.join(goFolder, module, "go.mod"), "utf8");
    return [...goMod.matchAll(/^(?:require)?\s*(\S+) (v\S+?)(?: \/\/.*)?$/gm)]
        .filter(([, name]) => goPackage === name || goPackage.startsWith(`${name}/`))
        .sort(([, a], [, b]) => b.length - a.length)[0]?.[2];
}

describe.each(tools)("$name", (tool) => {
    it("is built at the version that the catalogue says", () => {
        expect(pinned(tool.build.module, tool.build.pinnedBy ?? tool.build.package)).toBe(`v${tool.version}`);
    });

    it("is accepted from PATH at its own version", () => {
        expect(inRange(parseVersion(tool.version)!, tool.accepted)).toBe(true);
    });
});

describe("toolsFor", () => {
    it("leaves the tools of the tests out of make up", () => {
        expect(toolsFor("up").map(({ name }) => name)).not.toContain("netpol-analyzer");
        expect(toolsFor("test").map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    });
});

describe("the build", () => {
    it("makes one group a module, in the order of the catalogue", () => {
        expect(byModule(toolsFor("up")).map((group) => group.map(({ name }) => name))).toEqual([
            ["pulumi"],
            ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"],
            ["etcd"],
            ["kwok", "kwokctl"],
            ["helm"],
            ["versitygw"],
        ]);
    });

    it("stamps the version into the binary", () => {
        expect(linkerFlags({ "a/version.Version": "v1.2.3", "a/version.major": "1" })).toBe(
            "-s -w -X a/version.Version=v1.2.3 -X a/version.major=1",
        );
    });

    it.each([
        ["sigs.k8s.io/kwok/cmd/kwokctl", "kwokctl"],
        ["go.etcd.io/etcd/server/v3", "server"],
        ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi"],
    ])("knows how Go names the binary of %s", (goPackage, name) => {
        expect(binaryName(goPackage)).toBe(name);
    });
});
