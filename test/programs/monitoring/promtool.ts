import { execFile } from "node:child_process";

/**
 * What promtool prints, whatever its exit code; Debian's package prometheus has it.
 * Throws an Error that says what to install.
 */
export function promtool(args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
    return new Promise((done, failed) => {
        execFile("promtool", args, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
            if (error?.code === "ENOENT")
                return failed(new Error("promtool is not on PATH (Debian: apt-get install prometheus)."));
            done({ code: typeof error?.code === "number" ? error.code : 0, output: `${stdout}${stderr}` });
        });
    });
}
