import { run } from "./program";

// A reader that has seen enough (`| head`) closes the pipe: that is its right, and no failure.
for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") {
            throw error;
        }
        process.exit();
    });
}

run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    environment: process.env,
}).then((code) => {
    process.exitCode = code;
});
