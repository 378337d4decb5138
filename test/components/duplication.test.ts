import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

interface Report {
    readonly statistics: { readonly total: { readonly lines: number; readonly percentage: number } };
    readonly duplicates: readonly { readonly firstFile: { name: string }; readonly secondFile: { name: string } }[];
}

/** What jscpd finds copied under some folders. */
function copies(...folders: string[]): Report {
    const output = mkdtempSync(join(tmpdir(), "matrice-"));
    try {
        const program = require.resolve("jscpd/run-jscpd.js");
        const options = ["--reporters", "json", "--silent", "--fail-on-empty", "--output", output];
        execFileSync(process.execPath, [program, ...options, ...folders], { cwd: ROOT, stdio: "pipe" });
        return JSON.parse(readFileSync(join(output, "jscpd-report.json"), "utf8")) as Report;
    } finally {
        rmSync(output, { recursive: true, force: true });
    }
}

describe("platforms and the components that they share", () => {
    it("are less than one line in a hundred copies", () => {
        const { statistics, duplicates } = copies("components", "platforms");
        const pairs = duplicates.map(({ firstFile, secondFile }) => `${firstFile.name} = ${secondFile.name}`);
        // The pairs stand in the message of a failure.
        if (statistics.total.percentage >= 1) throw new Error(`${statistics.total.percentage} %:\n${pairs.join("\n")}`);
        expect(statistics.total.lines).toBeGreaterThan(1000);
    });
});
