import * as path from "node:path";
import { binFolder, root, toolsFolder } from "../paths";
import { run } from "../processes";
import type { Tool } from "./catalogue";
import { rememberUnreachable, whyUnreachable } from "./reachability";
import { linkInto, writeStamp } from "./stamps";

const site = "get.pulumi.com";
const downloadTimeoutSeconds = 300;

/** Where the official CLI, with its language hosts, is unpacked. */
export const pulumiCliFolder = path.join(toolsFolder, "pulumi-cli");

/**
 * Downloads the official CLI with the Automation API's own installer.
 * @returns why it could not be had, undefined when it is in place
 */
export async function downloadPulumi(tool: Tool): Promise<string | undefined> {
    const unreachable = await whyUnreachable(site);
    if (unreachable) return `${site}: ${unreachable}`;
    // In a process of its own: it can be stopped when the network stalls, and its output stays off the progress line.
    const script = `
        const { PulumiCommand } = require("@pulumi/pulumi/automation/cmd");
        const { SemVer } = require("semver");
        PulumiCommand.install({ root: process.argv[1], version: new SemVer(process.argv[2]) }).catch((error) => {
            console.error(error.message);
            process.exit(1);
        });`;
    const result = await run(process.execPath, ["-e", script, pulumiCliFolder, tool.version], {
        cwd: root,
        timeoutSeconds: downloadTimeoutSeconds,
    });
    if (result.code !== 0) {
        const reason = result.timedOut ? `no end after ${downloadTimeoutSeconds} s` : lastLine(result.output);
        rememberUnreachable(site, reason);
        return `${site}: ${reason}`;
    }
    linkInto(binFolder, tool.name, path.join(pulumiCliFolder, "bin", "pulumi"));
    writeStamp(binFolder, tool.name, { version: tool.version, origin: "download", file: pulumiCliFolder });
    return undefined;
}

function lastLine(output: string): string {
    return output.trimEnd().split("\n").pop() ?? "it failed";
}
