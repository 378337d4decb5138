import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Tool } from "../../../toolchain/tools/catalogue";
import { findOnPath, onPath } from "../../../toolchain/tools/lookup";

let folder: string;
const inside = (name: string) => path.join(folder, name);
const searchPath = (...names: string[]) => names.map(inside).join(path.delimiter);

function program(file: string, output: string, code = 0): string {
    const target = inside(file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, `#!/bin/sh\necho '${output}'\nexit ${code}\n`, { mode: 0o755 });
    return target;
}

const tool: Tool = {
    name: "kubectl",
    version: "1.35.4",
    purpose: "test",
    needed: "up",
    versionArguments: ["version"],
    accepted: { from: "1.34.0", below: "1.37.0" },
    build: { module: "kubernetes", package: "k8s.io/kubernetes/cmd/kubectl", stamp: {} },
};

beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lookup-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe("onPath", () => {
    it("lists executables in the order of PATH and passes over what can't be run", () => {
        program("b/kubectl", "");
        program("c/kubectl", "");
        fs.mkdirSync(inside("a/kubectl"), { recursive: true });
        fs.mkdirSync(inside("d"));
        fs.writeFileSync(inside("d/kubectl"), "", { mode: 0o644 });
        expect(onPath("kubectl", searchPath("a", "missing", "d", "c", "b"))).toEqual([
            inside("c/kubectl"),
            inside("b/kubectl"),
        ]);
    });

    it("lists one program that two folders show once", () => {
        program("a/kubectl", "");
        fs.symlinkSync(inside("a"), inside("b"));
        expect(onPath("kubectl", searchPath("a", "b"))).toEqual([inside("a/kubectl")]);
    });

    it("skips a folder also when PATH reaches it by a link", () => {
        program("own/kubectl", "");
        fs.symlinkSync(inside("own"), inside("link"));
        expect(onPath("kubectl", searchPath("link", "own"), [inside("own")])).toEqual([]);
    });
});

describe("findOnPath", () => {
    it("takes the first of an accepted version and says why it passed over the others", async () => {
        program("old/kubectl", "Client Version: v1.32.4");
        program("mute/kubectl", "no version");
        program("broken/kubectl", "v1.35.0", 1);
        const good = program("good/kubectl", "Client Version: v1.36.1");
        program("later/kubectl", "Client Version: v1.35.4");
        expect(await findOnPath(tool, searchPath("old", "mute", "broken", "good", "later"))).toEqual({
            found: { file: good, version: "1.36.1" },
            refused: [
                { file: inside("old/kubectl"), reason: "1.32.4 is not within 1.34.0 … <1.37.0" },
                { file: inside("mute/kubectl"), reason: "does not tell its version" },
                { file: inside("broken/kubectl"), reason: "does not tell its version" },
            ],
        });
    });

    it("finds nothing where there is none", async () => {
        expect(await findOnPath(tool, searchPath("nowhere"))).toEqual({ refused: [] });
    });
});
