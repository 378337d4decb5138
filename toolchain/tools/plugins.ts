import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { binFolder, pulumiHome, root } from "../paths";
import { run } from "../processes";
import { installStandIns, type StandInName } from "../standins/install";
import type { Steps } from "../steps";
import { onPath } from "./lookup";
import { rememberUnreachable, whyUnreachable } from "./reachability";
import { linkInto } from "./stamps";

const downloadSite = "get.pulumi.com";
const downloadTimeoutSeconds = 180;

export interface Plugin {
    /** The name of its stand-in. */
    name: StandInName;
    /** The program's name. */
    program: string;
    /** Without a leading "v"; undefined for the language host, which comes with the CLI. */
    version?: string;
}

export interface PluginState {
    plugin: Plugin;
    kind: "official" | "stand-in" | "missing";
    file?: string;
}

/** The plugins the program needs, at the versions of the packages that npm installed. */
export function plugins(): Plugin[] {
    const resource = (name: "kubernetes" | "random" | "command"): Plugin => {
        const manifest = path.join(root, "node_modules", "@pulumi", name, "package.json");
        const { version } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string };
        return { name, program: `pulumi-resource-${name}`, version };
    };
    return [
        { name: "language-nodejs", program: "pulumi-language-nodejs" },
        ...(["kubernetes", "random", "command"] as const).map(resource),
    ];
}

/** What is in force for a plugin right now. */
export function pluginState(plugin: Plugin): PluginState {
    const file = candidates(plugin).find((candidate) => fs.existsSync(candidate));
    if (!file) return { plugin, kind: "missing" };
    return { plugin, kind: isStandIn(file) ? "stand-in" : "official", file };
}

/** Whether any stand-in is in force: then the engine must not try to fetch plugins itself. */
export function standInsInForce(): boolean {
    return plugins().some((plugin) => pluginState(plugin).kind === "stand-in");
}

/**
 * Sees that each plugin is there: the official one where it is present or can be downloaded, else its stand-in.
 * @throws ToolchainError when neither can be installed
 */
export async function acquirePlugins(steps: Steps): Promise<void> {
    const standIns: Plugin[] = [];
    for (const plugin of plugins()) {
        if (takeOfficial(plugin)) continue;
        if (!(await tryDownload(plugin, steps)) && !hasWorkingStandIn(plugin)) standIns.push(plugin);
    }
    if (standIns.length === 0) return;
    const names = standIns.map(({ name }) => name);
    installStandIns(pulumiHome, binFolder, names, root);
    steps.say(`✓ Stand-ins serve for ${standIns.map(({ program }) => program).join(", ")}`);
    const missing = standIns.filter((plugin) => pluginState(plugin).kind === "missing");
    if (missing.length > 0) {
        throw new ToolchainError(`Not installed: ${missing.map(({ program }) => program).join(", ")}.`, [
            "make the bundles: node toolchain/bundle.js --verbose",
        ]);
    }
}

/** A stand-in is a script that runs a bundle with Node.js: it works as long as both files it quotes are there. */
function hasWorkingStandIn(plugin: Plugin): boolean {
    const { kind, file } = pluginState(plugin);
    if (kind !== "stand-in" || !file) return false;
    const quoted = [...fs.readFileSync(file, "utf8").matchAll(/'(\/[^']*)'/g)].map((match) => match[1]);
    return quoted.length > 0 && quoted.every((target) => fs.existsSync(target));
}

/** Where the engine would find it, first match first. */
function candidates(plugin: Plugin): string[] {
    if (plugin.version === undefined) return [besideCli(plugin.program), path.join(binFolder, plugin.program)];
    return [path.join(pluginFolder(pulumiHome, plugin), plugin.program)];
}

/** Uses an official plugin that this machine has: beside the CLI, on PATH, or in the user's own Pulumi home. */
function takeOfficial(plugin: Plugin): boolean {
    if (pluginState(plugin).kind === "official") return true;
    if (plugin.version === undefined) {
        const file = onPath(plugin.program, process.env.PATH ?? "", [binFolder]).find((found) => !isStandIn(found));
        if (file) linkInto(binFolder, plugin.program, file);
        return file !== undefined;
    }
    const own = pluginFolder(process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), plugin);
    if (!fs.existsSync(path.join(own, plugin.program)) || isStandIn(path.join(own, plugin.program))) return false;
    const target = pluginFolder(pulumiHome, plugin);
    fs.rmSync(target, { recursive: true, force: true });
    linkInto(path.dirname(target), path.basename(target), own);
    return true;
}

async function tryDownload(plugin: Plugin, steps: Steps): Promise<boolean> {
    // The language host is part of the CLI's download, which was tried before.
    if (plugin.version === undefined) return false;
    if (await whyUnreachable(downloadSite)) return false;
    const title = `Asking for the official ${plugin.program} ${plugin.version}`;
    const result = await steps.step(title, () => {
        fs.rmSync(pluginFolder(pulumiHome, plugin), { recursive: true, force: true });
        return run(
            path.join(binFolder, "pulumi"),
            ["plugin", "install", "resource", plugin.name, `v${plugin.version}`, "--non-interactive"],
            {
                env: { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
                timeoutSeconds: downloadTimeoutSeconds,
            },
        );
    });
    if (result.code === 0 && pluginState(plugin).kind === "official") return true;
    const reason = result.timedOut ? `no end after ${downloadTimeoutSeconds} s` : result.output.trim().slice(-300);
    rememberUnreachable(downloadSite, reason);
    steps.say(`  Not to be had here (${reason}): its stand-in serves instead.`);
    return false;
}

/** The engine's layout: $PULUMI_HOME/plugins/resource-NAME-vVERSION/pulumi-resource-NAME. */
function pluginFolder(home: string, plugin: Plugin): string {
    return path.join(home, "plugins", `resource-${plugin.name}-v${plugin.version}`);
}

function besideCli(program: string): string {
    const cli = path.join(binFolder, "pulumi");
    return path.join(path.dirname(fs.existsSync(cli) ? fs.realpathSync(cli) : cli), program);
}

/** Stand-ins are scripts, official plugins are binaries. */
function isStandIn(file: string): boolean {
    const start = Buffer.alloc(2);
    const handle = fs.openSync(file, "r");
    try {
        fs.readSync(handle, start, 0, 2, 0);
    } finally {
        fs.closeSync(handle);
    }
    return start.toString("latin1") === "#!";
}
