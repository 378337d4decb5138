import * as fs from "node:fs";
import * as path from "node:path";
import { clusterNamed, clusterState } from "../cluster/cluster";
import { requireSupportedVersion } from "../cluster/health";
import { devStack } from "../environment";
import { binFolder, certManagerChart, certManagerCrds, display } from "../paths";
import { run } from "../processes";
import { type Tool, tools } from "../tools/catalogue";
import { certManagerVersion } from "../tools/certManager";
import { findOnPath, onPath } from "../tools/lookup";
import { plugins, pluginState } from "../tools/plugins";
import { rememberedSites, retryMend } from "../tools/reachability";
import { readStamp } from "../tools/stamps";
import { compareVersions, formatVersion, parseVersion } from "../tools/versions";

export interface Finding {
    name: string;
    purpose: string;
    version: string;
    /** Where it is from, or was looked for. */
    from: string;
    /** "missing" and "wrong" fail the command when it is needed for `make up`. */
    state: "ok" | "missing" | "wrong" | "stopped";
    needed: boolean;
    mend?: string;
}

interface HostProgram {
    name: string;
    purpose: string;
    args: readonly string[];
    minimum?: string;
    needed: boolean;
    mend: string;
}

const hostPrograms: readonly HostProgram[] = [
    {
        name: "node",
        purpose: "runs everything here",
        args: ["--version"],
        minimum: "20.19.0",
        needed: true,
        mend: "install Node.js 20.19 or later: https://nodejs.org",
    },
    { name: "npm", purpose: "packages", args: ["--version"], needed: true, mend: "it comes with Node.js" },
    { name: "make", purpose: "starts everything here", args: ["--version"], needed: true, mend: "install GNU make" },
    { name: "nginx", purpose: "tests of the proxy", args: ["-v"], needed: false, mend: "apt-get install nginx-light" },
    {
        name: "openssl",
        purpose: "tests of the proxy",
        args: ["version"],
        needed: false,
        mend: "apt-get install openssl",
    },
];

/** `make doctor`: what is in force, from where, what is missing and the mend. */
export async function diagnose(): Promise<Finding[]> {
    const ofTools = await Promise.all(tools.map(toolFinding));
    return [
        ...(await Promise.all(hostPrograms.map(hostFinding))),
        await goFinding(ofTools.some(({ state, needed }) => needed && state !== "ok")),
        ...ofTools,
        ...plugins().map(pluginFinding),
        certManagerFinding(),
        await clusterFinding(),
    ];
}

export function isWell(findings: readonly Finding[]): boolean {
    return findings.every(({ needed, state }) => !needed || state === "ok" || state === "stopped");
}

async function hostFinding(program: HostProgram): Promise<Finding> {
    const { name, purpose, args, minimum, needed, mend } = program;
    const result = await run(name, args, { timeoutSeconds: 10 });
    if (result.code !== 0) return { name, purpose, version: "", from: "PATH", state: "missing", needed, mend };
    const version = parseVersion(result.output);
    const least = minimum ? parseVersion(minimum) : undefined;
    const old = version !== undefined && least !== undefined && compareVersions(version, least) < 0;
    return {
        name,
        purpose,
        version: version ? formatVersion(version) : "",
        from: onPath(name, process.env.PATH ?? "")[0] ?? "PATH",
        state: old ? "wrong" : "ok",
        needed,
        ...(old ? { mend } : {}),
    };
}

/** Go is needed only as long as there is something to build. */
async function goFinding(needed: boolean): Promise<Finding> {
    return hostFinding({
        name: "go",
        purpose: "builds tools",
        args: ["version"],
        minimum: "1.26.8",
        needed,
        mend: "install Go 1.26.8 or later: https://go.dev/dl/",
    });
}

async function toolFinding(tool: Tool): Promise<Finding> {
    const { name, purpose } = tool;
    const needed = tool.needed === "up";
    const stamp = readStamp(binFolder, name);
    if (stamp) {
        const from = { path: stamp.file ?? "PATH", download: "official download", build: "built from Go modules" };
        const stale = stamp.origin !== "path" && stamp.version !== tool.version;
        return {
            name,
            purpose,
            version: stamp.version,
            from: from[stamp.origin],
            state: stale ? "wrong" : "ok",
            needed,
            ...(stale ? { mend: `${tool.version} is pinned: make up` } : {}),
        };
    }
    const search = await findOnPath(tool, process.env.PATH ?? "", [binFolder]);
    const passedOver = search.refused.map(({ file, reason }) => `${file} ${reason}`).join("; ");
    return {
        name,
        purpose,
        version: "",
        from: search.found ? `${search.found.file} will be used` : passedOver || "not on PATH",
        state: "missing",
        needed,
        mend: needed ? "make up" : "make test obtains it",
    };
}

function pluginFinding(plugin: ReturnType<typeof plugins>[number]): Finding {
    const { kind, file } = pluginState(plugin);
    const where = file ? ` at ${display(file)}` : "";
    return {
        name: plugin.program,
        purpose: "the engine's plugin",
        version: plugin.version ?? "",
        from: { official: `official${where}`, "stand-in": "stand-in of this repository", missing: "" }[kind],
        state: kind === "missing" ? "missing" : "ok",
        needed: true,
        ...(kind === "missing" ? { mend: "make up" } : {}),
        ...(kind === "stand-in" && rememberedSites().length > 0 ? { mend: `for the official one, ${retryMend}` } : {}),
    };
}

function certManagerFinding(): Finding {
    const there = [certManagerCrds, certManagerChart].every((file) => fs.existsSync(file));
    return {
        name: "cert-manager manifests",
        purpose: "applied by the program",
        version: certManagerVersion().slice(1),
        from: there ? display(path.dirname(certManagerCrds)) : "",
        state: there ? "ok" : "missing",
        needed: true,
        ...(there ? {} : { mend: "make up" }),
    };
}

async function clusterFinding(): Promise<Finding> {
    const cluster = clusterNamed(devStack);
    const finding = { name: `cluster ${cluster.context}`, purpose: `stack ${devStack}`, version: "", needed: true };
    const state = await clusterState(devStack);
    if (state === "absent") return { ...finding, from: "", state: "stopped", mend: "make up makes it" };
    const from = display(path.join(cluster.folder));
    if (state === "dead") return { ...finding, from, state: "stopped", mend: "make up starts it again" };
    try {
        const version = formatVersion(await requireSupportedVersion(cluster, []));
        return { ...finding, version, from, state: "ok" };
    } catch {
        return { ...finding, from, state: "wrong", mend: "make down FORCE=1, then make up" };
    }
}

/** The findings as a table whose columns line up. */
export function formatFindings(findings: readonly Finding[]): string {
    const header = ["", "name", "version", "from", "mend"];
    const rows = findings.map(({ name, version, from, state, needed, mend }) => {
        const optional = !needed && state === "missing" ? " (for make test)" : "";
        return [
            state === "ok" ? "✓" : state === "stopped" ? "·" : "✗",
            name,
            version,
            from || "—",
            (mend ?? "") + optional,
        ];
    });
    const table = [header, ...rows];
    const widths = header.map((_, column) => Math.max(...table.map((row) => row[column].length)));
    return table
        .map((row) =>
            row
                .map((cell, column) => cell.padEnd(widths[column]))
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}
