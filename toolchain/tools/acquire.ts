import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { binFolder, toolsFolder } from "../paths";
import type { Steps } from "../steps";
import { type Tool, toolsFor } from "./catalogue";
import { buildTools } from "./goBuild";
import { withLock } from "./lock";
import { findOnPath } from "./lookup";
import { acquireNpmPrograms } from "./npmPrograms";
import { acquirePlugins } from "./plugins";
import { downloadPulumi } from "./pulumiCli";
import { acquireCertManager } from "./certManager";
import { linkInto, readStamp, type Stamp, writeStamp } from "./stamps";

/** A cold build of everything on a slow machine; whoever waits for another's build waits that long. */
const lockSeconds = 2 * 60 * 60;

/**
 * Puts every tool, plugin and file a command needs under `.tools/`: from PATH, by an official download, or built from
 * Go modules, in that order. What is there already is kept; a changed pin replaces it.
 * @throws ToolchainError naming the tool and the mend
 */
export async function acquire(needed: Tool["needed"], steps: Steps): Promise<void> {
    const options = {
        waitSeconds: lockSeconds,
        onWait: (holder: string) => steps.say(`  Waiting for ${holder}, which is obtaining tools too …`),
    };
    await withLock(path.join(toolsFolder, "acquire.lock"), options, async () => {
        removeInterruptedBuilds();
        const missing: Tool[] = [];
        for (const tool of toolsFor(needed)) {
            if (!(await takeFromPath(tool, steps)) && !isInPlace(tool)) missing.push(tool);
        }
        for (const group of byModule(await withoutDownloads(missing, steps))) {
            const names = group.map(({ name }) => name).join(", ");
            const title = `Building ${names} ${group[0].version} from Go modules`;
            await steps.step(title, (progress) => buildTools(group, progress));
        }
        await acquireCertManager(steps);
        await acquirePlugins(steps);
        if (needed === "test") await acquireNpmPrograms(steps);
    });
}

/** Whether what was downloaded or built is there, at the pinned version. */
export function isInPlace(tool: Tool): boolean {
    const stamp = readStamp(binFolder, tool.name);
    return stamp !== undefined && stamp.origin !== "path" && stamp.version === tool.version;
}

async function takeFromPath(tool: Tool, steps: Steps): Promise<boolean> {
    const search = await findOnPath(tool, process.env.PATH ?? "", [binFolder]);
    if (!search.found) return false;
    const { file, version } = search.found;
    const stamp: Stamp = { version, origin: "path", file };
    const before = readStamp(binFolder, tool.name);
    if (before?.origin === "path" && before.file === file && before.version === version) return true;
    linkInto(binFolder, tool.name, file);
    writeStamp(binFolder, tool.name, stamp);
    steps.say(`✓ ${tool.name} ${version} found at ${file}`);
    return true;
}

/** Tries the official downloads and says of each that failed what is done instead. */
async function withoutDownloads(missing: readonly Tool[], steps: Steps): Promise<Tool[]> {
    const left: Tool[] = [];
    for (const tool of missing) {
        const reason = tool.download ? await tryDownload(tool, steps) : "no download";
        if (reason) left.push(tool);
    }
    return left;
}

async function tryDownload(tool: Tool, steps: Steps): Promise<string | undefined> {
    const reason = await steps.step(`Asking for the official ${tool.name} ${tool.version}`, () => downloadPulumi(tool));
    if (reason) steps.say(`  Not to be had here (${reason}): it is built from Go modules instead.`);
    return reason;
}

/** One build a module: its packages share the compiled dependencies and are linked side by side. */
export function byModule(missing: readonly Tool[]): Tool[][] {
    const groups = new Map<string, Tool[]>();
    for (const tool of missing) groups.set(tool.build.module, [...(groups.get(tool.build.module) ?? []), tool]);
    return [...groups.values()];
}

function removeInterruptedBuilds(): void {
    if (!fs.existsSync(binFolder)) return;
    for (const name of fs.readdirSync(binFolder)) {
        if (name.startsWith(".build-")) fs.rmSync(path.join(binFolder, name), { recursive: true, force: true });
    }
}

/** @throws ToolchainError when a tool is not there: for commands that look at what is, without obtaining anything */
export function requireInPlace(names: readonly string[]): void {
    const missing = names.filter((name) => readStamp(binFolder, name) === undefined);
    if (missing.length > 0) {
        throw new ToolchainError(`Not there yet: ${missing.join(", ")}.`, [
            "run: make up",
            "see what is in force: make doctor",
        ]);
    }
}
