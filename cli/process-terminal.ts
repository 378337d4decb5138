import type { Terminal } from "./terminal";

/** This process's own streams. */
export function processTerminal(): Terminal {
    // A reader that has seen enough (`| head`) closes the pipe: that is its right, and no failure.
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", (error: NodeJS.ErrnoException) => {
            if (error.code !== "EPIPE") {
                throw error;
            }
            process.exit();
        });
    }
    return {
        out: (text) => process.stdout.write(text),
        err: (text) => process.stderr.write(text),
        outIsTerminal: process.stdout.isTTY === true,
        errIsTerminal: process.stderr.isTTY === true,
        environment: process.env,
    };
}
