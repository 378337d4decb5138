import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");
let folder: string;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
/** The bundles that a run makes. */
const made = () =>
    execFileSync(process.execPath, ["toolchain/bundle.js", "--verbose"], { cwd: folder, encoding: "utf8" })
        .split("\n")
        .flatMap((line) => line.match(/^\S+/)?.[0] ?? []);
const bundle = () => readFileSync(join(folder, "dist/jobs.js"), "utf8");

beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    for (const name of ["toolchain", "jobs"]) mkdirSync(join(folder, name));
    cpSync(join(root, "toolchain/bundle.js"), join(folder, "toolchain/bundle.js"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    write("package.json", "{}");
    write("jobs/main.ts", `import { word } from "./word";\nconsole.log(word);\n`);
    write("jobs/word.ts", `export const word = "before";\n`);
    // Files of the moment would be taken for changed meanwhile.
    await new Promise((done) => setTimeout(done, 50));
    made();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a bundle", () => {
    it("is left alone while its sources are as they were", () => {
        expect(made()).toEqual([]);
    });

    it.each(["jobs/main.ts", "jobs/word.ts", "package.json"])("is made again after a change of %s", (name) => {
        write(name, readFileSync(join(folder, name), "utf8"));
        expect(made()).toEqual(["dist/jobs.js"]);
    });

    it("is made of what is written, whatever its time says", () => {
        write("jobs/word.ts", `export const word = "after!";\n`);
        utimesSync(join(folder, "jobs/word.ts"), 0, 0);
        made();
        expect(bundle()).toContain("after!");
    });

    it("is made again where it is gone", () => {
        rmSync(join(folder, "dist/jobs.js"));
        expect(made()).toEqual(["dist/jobs.js"]);
    });
});
