import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { binFolder, display } from "../paths";
import { run } from "../processes";
import { isAlive } from "../tools/lock";
import { formatVersion, inRange, kubernetesRange, parseVersion, type Version } from "../tools/versions";

/** In the order in which they need each other. */
export const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller"];

const answerSeconds = 5;

export interface Api {
    /** The user's own (KUBECONFIG or ~/.kube/config) when left out. */
    kubeconfig?: string;
    context: string;
}

/** Runs kubectl against one cluster; its answer is waited for `answerSeconds`, never longer than the time-out. */
export function kubectl(api: Api, args: readonly string[], options: { input?: string; timeoutSeconds?: number } = {}) {
    const timeoutSeconds = options.timeoutSeconds ?? answerSeconds * 3;
    return run(
        path.join(binFolder, "kubectl"),
        [
            ...(api.kubeconfig ? ["--kubeconfig", api.kubeconfig] : []),
            ...["--context", api.context, `--request-timeout=${answerSeconds}s`, ...args],
        ],
        { input: options.input, timeoutSeconds },
    );
}

/** Whether the API server answers that it is ready. */
export async function isReady(api: Api): Promise<boolean> {
    if (api.kubeconfig && !fs.existsSync(api.kubeconfig)) return false;
    return (await kubectl(api, ["get", "--raw", "/readyz"])).code === 0;
}

/**
 * The control plane's version.
 * @throws ToolchainError when it can't be asked, or is one these tools do not speak to
 */
export async function requireSupportedVersion(api: Api, mends: readonly string[]): Promise<Version> {
    const result = await kubectl(api, ["get", "--raw", "/version"]);
    if (result.code !== 0) {
        throw new ToolchainError(
            `No answer from the cluster of context ${api.context}:\n${result.output.trim()}`,
            mends,
        );
    }
    return requireSupported(result.stdout, api.context, mends);
}

/**
 * Judges what an API server says under /version.
 * @throws ToolchainError when its version is outside `kubernetesRange`
 */
export function requireSupported(answer: string, context: string, mends: readonly string[]): Version {
    const text = /"gitVersion":\s*"([^"]*)"/.exec(answer)?.[1] ?? "";
    const version = parseVersion(text);
    if (version && inRange(version, kubernetesRange)) return version;
    const is = version ? formatVersion(version) : `"${text}"`;
    throw new ToolchainError(
        `The cluster of context ${context} runs Kubernetes ${is}; supported are ` +
            `${kubernetesRange.from} up to, not including, ${kubernetesRange.below}. Nothing was changed.`,
        mends,
    );
}

/** Components of the cluster in `folder` that do not run. */
export function deadComponents(folder: string): string[] {
    return components.filter((component) => {
        const pid = componentPid(folder, component);
        return pid === undefined || !isComponent(pid, folder);
    });
}

/**
 * Removes process ids that are no longer the cluster's: after a restart of the machine the number may belong to another
 * program, which kwokctl would take for its component, and kill.
 */
export function forgetForeignPids(folder: string): void {
    for (const component of components) {
        const pid = componentPid(folder, component);
        if (pid !== undefined && !isComponent(pid, folder)) fs.rmSync(pidFile(folder, component), { force: true });
    }
}

function isComponent(pid: number, folder: string): boolean {
    if (!isAlive(pid)) return false;
    try {
        // kwokctl starts each through a link in the cluster's own bin folder.
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(path.join(folder, "bin") + path.sep);
    } catch {
        return !fs.existsSync("/proc/self");
    }
}

function pidFile(folder: string, component: string): string {
    return path.join(folder, "pids", `${component}.pid`);
}

function componentPid(folder: string, component: string): number | undefined {
    try {
        return Number(fs.readFileSync(pidFile(folder, component), "utf8"));
    } catch {
        return undefined;
    }
}

/** Where to read why a cluster does not come up: the first component that is down, with the end of its log. */
export function whereItStopped(folder: string): { text: string; log: string } {
    const component = deadComponents(folder)[0] ?? "kube-apiserver";
    const log = path.join(folder, "logs", `${component}.log`);
    let end = "";
    try {
        end = fs.readFileSync(log, "utf8").trimEnd().split("\n").slice(-8).join("\n");
    } catch {
        end = "(no log was written)";
    }
    return { text: `${component} says in ${display(log)}:\n${end}`, log: display(log) };
}
