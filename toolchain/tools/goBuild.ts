import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { binFolder, goFolder } from "../paths";
import { must, run } from "../processes";
import type { Progress } from "../steps";
import type { GoBuild, Tool } from "./catalogue";
import { writeStamp } from "./stamps";
import { compareVersions, parseVersion } from "./versions";

const goDownload = "https://go.dev/dl/ (or your package manager), then run the command again";

/** A whole Kubernetes takes eight minutes on two cores; a machine four times slower is still served. */
const buildTimeoutSeconds = 60 * 60;

/** Environment of every Go command here: the committed go.mod and go.sum decide, not the machine. */
export function goEnvironment(): NodeJS.ProcessEnv {
    return {
        ...process.env,
        GOFLAGS: "-mod=readonly -trimpath -buildvcs=false",
        GOTOOLCHAIN: "local",
        GOWORK: "off",
    };
}

/**
 * Checks that Go is there and new enough for the modules.
 * @throws ToolchainError saying what to install
 */
export async function requireGo(module: string): Promise<void> {
    const needed = /^go (\S+)$/m.exec(fs.readFileSync(path.join(goFolder, module, "go.mod"), "utf8"))?.[1] ?? "0.0";
    const result = await run("go", ["version"], { timeoutSeconds: 30, env: goEnvironment() });
    const version = result.code === 0 ? parseVersion(result.stdout.replace("go version go", "")) : undefined;
    if (!version)
        throw new ToolchainError("Go is needed to build the tools and is not on PATH.", [`install it: ${goDownload}`]);
    const minimum = parseVersion(needed);
    if (minimum && compareVersions(version, minimum) < 0) {
        throw new ToolchainError(`Go ${needed} or later is needed; this is ${result.stdout.trim()}.`, [
            `install a newer one: ${goDownload}`,
        ]);
    }
}

/**
 * Builds tools of one module in one go. Each appears under its name only when it is whole, so an interrupted build is
 * simply run again: what was compiled is in Go's cache.
 */
export async function buildTools(group: readonly Tool[], progress: Progress): Promise<void> {
    const { module, stamp, tags = "" } = group[0].build;
    await requireGo(module);
    fs.mkdirSync(binFolder, { recursive: true });
    const output = fs.mkdtempSync(path.join(binFolder, ".build-"));
    let compiled = 0;
    try {
        const flags = ["-v", "-o", `${output}/`, "-tags", tags, "-ldflags", linkerFlags(stamp)];
        await must("go", ["build", ...flags, ...packages(group)], {
            what: `Building ${group.map(({ name }) => name).join(", ")}`,
            cwd: path.join(goFolder, module),
            env: goEnvironment(),
            timeoutSeconds: buildTimeoutSeconds,
            onLine: (line) => {
                if (!line.startsWith("go: ")) compiled++;
                progress(line.startsWith("go: ") ? line.slice(4, 64) : `${compiled} packages`);
            },
            mends: ["run the command again: what was compiled is kept, only the rest is done"],
        });
        for (const tool of group) {
            fs.renameSync(path.join(output, binaryName(tool.build.package)), path.join(binFolder, tool.name));
            writeStamp(binFolder, tool.name, { version: tool.version, origin: "build" });
        }
    } finally {
        fs.rmSync(output, { recursive: true, force: true });
    }
}

export function linkerFlags(stamp: GoBuild["stamp"]): string {
    return ["-s", "-w", ...Object.entries(stamp).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** The name `go build -o FOLDER/` gives: the last element of the path that is not a major version. */
export function binaryName(goPackage: string): string {
    const elements = goPackage.split("/");
    const last = elements[elements.length - 1];
    return /^v\d+$/.test(last) ? elements[elements.length - 2] : last;
}

function packages(group: readonly Tool[]): string[] {
    return group.map(({ build }) => build.package);
}
