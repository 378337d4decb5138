import { processTerminal } from "./process-terminal";
import { reachable } from "./reach";
import { UsageError } from "./terminal";

/**
 * `matrice reach PATH…` as a bundle of its own, which loads in a tenth of the time of the whole command line. The
 * launcher starts it when there are paths alone; options are for the whole command line to read.
 */
const terminal = processTerminal();
try {
    process.exitCode = reachable(process.argv.slice(3), { format: "text" }, terminal);
} catch (error) {
    if (!(error instanceof UsageError)) {
        throw error;
    }
    terminal.err(`matrice: ${error.message}\n`);
    process.exitCode = 2;
}
