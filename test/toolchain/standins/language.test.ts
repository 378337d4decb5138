import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { runtimeOptions, words } from "../../../toolchain/standins/language-nodejs/options";
import {
    directDependencies,
    installedPackages,
    locateModule,
    requiredPlugins,
} from "../../../toolchain/standins/language-nodejs/packages";
import { programResult } from "../../../toolchain/standins/language-nodejs/program";

describe("runtime options", () => {
    const read = (options: Record<string, string | boolean | number>) => runtimeOptions(Struct.fromJavaScript(options));

    test("have the defaults of the official host", () => {
        expect(runtimeOptions(undefined)).toEqual({ typescript: true, nodeArguments: [], packageManager: "npm" });
    });

    test("may be texts, as on a command line", () => {
        const options = { typescript: "false", tsconfig: "other.json", nodeargs: "-r ./x", packagemanager: "yarn" };
        expect(read(options)).toEqual({
            typescript: false,
            tsconfig: "other.json",
            nodeArguments: ["-r", "./x"],
            packageManager: "yarn",
        });
    });

    test.each([
        [{ typescript: "maybe" }, "typescript must be true or false"],
        [{ nodeargs: 3 }, "nodeargs must be a text; got 3"],
        [{ packagemanager: "pip" }, "packagemanager must be one of npm, yarn, pnpm, bun"],
    ])("of another type are refused by name: %j", (options, message) => expect(() => read(options)).toThrow(message));

    test.each([
        ["", []],
        ["  --a  b ", ["--a", "b"]],
        [`--require '/a b/c' "d \\"e\\"" f\\ g`, ["--require", "/a b/c", 'd "e"', "f g"]],
        [`--title='a b'c`, ["--title=a bc"]],
    ])("split node's arguments as a shell does: %s", (line, expected) => expect(words(line)).toEqual(expected));
});

describe("a program's packages", () => {
    let folder: string;
    const write = (name: string, manifest: object) => {
        const file = path.join(folder, name, "package.json");
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, JSON.stringify(manifest));
    };
    beforeAll(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "packages-"));
        write("", { name: "program", dependencies: { plain: "1", missing: "1" } });
        write("node_modules/plain", { name: "plain", version: "1.2.3" });
        write("node_modules/@pulumi/thing", { name: "@pulumi/thing", version: "2.0.0", pulumi: { resource: true } });
        const named = { resource: true, name: "other", version: "v3.0.0", server: "https://example.org" };
        write("node_modules/plain/node_modules/@us/nested", { name: "@us/nested", version: "1.0.0", pulumi: named });
        write("node_modules/@us/copy", { name: "@us/copy", version: "1.0.0", pulumi: named });
        fs.mkdirSync(path.join(folder, "node_modules/broken"));
        fs.writeFileSync(path.join(folder, "node_modules/broken/package.json"), "{");
    });
    afterAll(() => fs.rmSync(folder, { recursive: true }));

    test("name the plugins they need, each once, with the version the engine expects", () => {
        expect(requiredPlugins(installedPackages(folder))).toEqual(
            expect.arrayContaining([
                { name: "thing", version: "v2.0.0", server: "" },
                { name: "other", version: "v3.0.0", server: "https://example.org" },
            ]),
        );
        expect(requiredPlugins(installedPackages(folder))).toHaveLength(2);
    });

    test("are none where nothing is installed", () => {
        expect(installedPackages(path.join(folder, "nowhere"))).toEqual([]);
    });

    test("are listed as its manifest names them, where installed", () => {
        expect(directDependencies(folder).map(({ name, version }) => `${name}@${version}`)).toEqual(["plain@1.2.3"]);
    });

    test("are found from the program's own folder, or said to be missing", () => {
        expect(locateModule("@pulumi/pulumi/cmd/run", __dirname)).toMatch(/cmd[/\\]run[/\\]index\.js$/);
        expect(() => locateModule("@pulumi/pulumi/cmd/run", folder)).toThrow("Have you run `npm ci`");
    });
});

describe("a program's end", () => {
    test.each([
        [0, null, { error: "", bail: false }],
        [32, null, { error: "", bail: true }],
        [1, null, { error: "Program exited with non-zero exit code: 1", bail: false }],
        [null, "SIGKILL" as const, { error: "Program was ended by the signal SIGKILL", bail: false }],
    ])("with code %p and signal %p is told to the engine", (code, signal, expected) => {
        expect(programResult(code, signal)).toEqual(expected);
    });
});

describe("the lines of a stack", () => {
    const { complete } = jest.requireActual<{ complete(stack: unknown): unknown }>("../../../toolchain/stack-lines");
    const line = "    at f (/here/node_modules/@pulumi/resource.ts:1598:22)";

    test("get the folder that the source maps of @pulumi/pulumi leave out, so that they can be printed", () => {
        const stack = complete(`Error: x\n${line}\n    at /here/node_modules/@pulumi/output.ts:1:2`) as string;
        expect(stack).toContain("/here/node_modules/@pulumi/pulumi/resource.ts:1598:22");
        expect(stack).toContain("/here/node_modules/@pulumi/pulumi/output.ts:1:2");
        expect(inspect(Object.assign(new Error("x"), { stack }), { colors: true })).toContain("resource.ts");
    });

    test("are not looked up for what Pulumi notes of a promise", () => {
        const { prepareStackTrace } = Error;
        try {
            Error.prepareStackTrace = (_, sites) => `${sites.length} lines`;
            const debuggablePromise = () => new Error().stack;
            expect(debuggablePromise()).toBe("");
            expect(new Error().stack).toMatch(/\d+ lines/);
        } finally {
            Error.prepareStackTrace = prepareStackTrace;
        }
    });

    test("stay as they are where nothing is left out", () => {
        const good = "    at f (/here/node_modules/@pulumi/kubernetes/provider.js:1:2)\n    at g (/here/index.ts:1:1)";
        expect(complete(good)).toBe(good);
        expect(complete(undefined)).toBeUndefined();
    });
});
