import * as fs from "node:fs";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { toolsFolder } from "../paths";

/** Sites that did not answer from this machine, so that a closed network costs its seconds once. */
const memoryFile = path.join(toolsFolder, "unreachable.json");
const forgetAfterDays = 7;
const probeMilliseconds = 4_000;

interface Memory {
    machine: string;
    sites: Record<string, { since: string; reason: string }>;
}

/** How to have remembered sites asked again. */
export const retryMend = "once the network is open: make up RETRY=1";

/** Why a site can't be reached, from memory or by asking it for 4 s at most; undefined when it answers. */
export async function whyUnreachable(host: string, file = memoryFile, probe = probeSite): Promise<string | undefined> {
    const memory = readMemory(file);
    const known = memory.sites[host];
    if (known && Date.now() - Date.parse(known.since) < forgetAfterDays * 86_400_000) return known.reason;
    const reason = await probe(host);
    if (reason) rememberUnreachable(host, reason, file);
    return reason;
}

/** Keeps that a site failed, also when it answered but a download from it did not end well. */
export function rememberUnreachable(host: string, reason: string, file = memoryFile): void {
    const memory = readMemory(file);
    memory.sites[host] = { since: new Date().toISOString(), reason };
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(memory, undefined, 4));
}

export function forgetUnreachable(file = memoryFile): void {
    fs.rmSync(file, { force: true });
}

export function rememberedSites(file = memoryFile): string[] {
    return Object.keys(readMemory(file).sites);
}

function readMemory(file: string): Memory {
    const empty = { machine: os.hostname(), sites: {} };
    try {
        const memory = JSON.parse(fs.readFileSync(file, "utf8")) as Memory;
        // A folder copied or mounted elsewhere says nothing about that machine's network.
        return memory.machine === os.hostname() ? memory : empty;
    } catch {
        return empty;
    }
}

/** Any answer at all means that the site can be reached. */
function probeSite(host: string): Promise<string | undefined> {
    return new Promise((resolve) => {
        const request = https.request({ host, method: "HEAD", path: "/" }, (response) => {
            response.resume();
            resolve(undefined);
        });
        // `timeout` of a request counts silence on an open socket only: a name or a connection may hang as well.
        const timer = setTimeout(() => request.destroy(new Error("no answer")), probeMilliseconds);
        request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        request.on("close", () => clearTimeout(timer));
        request.end();
    });
}
