import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { document, folder } from "./run";

const bin = join(__dirname, "../../cli/bin/matrice.js");
const row = "|API|Redis|6379|TCP|Sockets|";

/** A clone with the launcher and, when asked, the bundle. */
function clone(built: boolean): string {
    const at = folder({});
    const launcher = at("cli/bin/matrice.js");
    mkdirSync(dirname(launcher), { recursive: true });
    copyFileSync(bin, launcher);
    if (built) {
        buildSync({
            entryPoints: [join(__dirname, "../../cli/main.ts")],
            outfile: at("dist/matrice.js"),
            bundle: true,
            platform: "node",
            logLevel: "error",
        });
    }
    return launcher;
}

const launcher = clone(true);

test("- reads the matrix from the standard input", () => {
    const run = spawnSync("node", [launcher, "check", "-"], { input: document(row), encoding: "utf8" });
    expect([run.status, run.stdout]).toEqual([0, "1 flow between 2 roles: 0 errors, 0 warnings\n"]);
});

test("findings on the standard input are placed in stdin.md and exit with 1", () => {
    const run = spawnSync("node", [launcher, "check", "-"], { input: document("|API|Redis|x|TCP|"), encoding: "utf8" });
    expect([run.status, run.stdout]).toEqual([1, expect.stringMatching(/^stdin\.md:3:\d+ {2}error/)]);
});

test("a reader that closes the pipe early is no failure", () => {
    const rows = Array.from(
        { length: 5000 },
        (_, index) => `|Web ${index}|API|80|HTTP|Calls of the pages numbered ${index}|`,
    );
    const at = folder({ "flows.md": document(...rows) });
    const script = '"$0" "$1" flows "$2" | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"';
    const run = spawnSync("bash", ["-c", script, process.execPath, launcher, at("flows.md")], { encoding: "utf8" });
    expect([run.stdout, run.stderr]).toEqual(["0\n", ""]);
});

test("a whole long output reaches a pipe", () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `|Web ${index}|API|80|HTTP|Calls|`);
    const at = folder({ "flows.md": document(...rows) });
    const run = spawnSync("node", [launcher, "flows", at("flows.md"), "--format", "csv"], { encoding: "utf8" });
    expect(run.stdout.split("\r\n")).toHaveLength(5002);
});

test("without the bundle the launcher says how to make it", () => {
    const run = spawnSync("node", [clone(false), "check", "x.md"], { encoding: "utf8" });
    expect([run.status, run.stdout, run.stderr]).toEqual([
        2,
        "",
        "matrice is not built yet: run `npm run bundle` in the clone (npm ci does so as well).\n",
    ]);
});
