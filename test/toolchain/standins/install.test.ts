import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { installStandIns } from "../../../toolchain/standins/install";

describe("installing stand-ins", () => {
    let folder: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "it's a folder-"));
        fs.mkdirSync(path.join(folder, "dist/standins"), { recursive: true });
        fs.mkdirSync(path.join(folder, "node_modules/@pulumi/random"), { recursive: true });
        fs.writeFileSync(path.join(folder, "node_modules/@pulumi/random/package.json"), '{ "version": "1.2.3" }');
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));
    const bundle = (name: string) =>
        fs.writeFileSync(path.join(folder, "dist/standins", name), "console.log(process.argv.slice(2))");
    const install = (name: "random" | "language-nodejs") =>
        installStandIns(path.join(folder, "home"), path.join(folder, "bin"), [name], folder);

    test("puts a plugin where the engine looks for that version, and a second time renews it", () => {
        bundle("pulumi-resource-random.js");
        const executable = path.join(folder, "home/plugins/resource-random-v1.2.3/pulumi-resource-random");
        expect(install("random")).toEqual([executable]);
        expect(install("random")).toEqual([executable]);
        expect(spawnSync(executable, ["a b"], { encoding: "utf8" }).stdout).toBe("[ 'a b' ]\n");
        expect(fs.readdirSync(path.dirname(executable))).toEqual(["pulumi-resource-random"]);
    });

    test("puts the language host among the tools", () => {
        bundle("pulumi-language-nodejs.js");
        expect(install("language-nodejs")).toEqual([path.join(folder, "bin/pulumi-language-nodejs")]);
    });

    test("names a bundle that is missing and how to make it", () => {
        expect(() => install("random")).toThrow(
            "dist/standins/pulumi-resource-random.js is missing: run `node toolchain/bundle.js`",
        );
    });
});
