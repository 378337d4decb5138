import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { binFolder, clustersFolder, root, toolsFolder } from "../paths";
import { failureText, run, type RunResult } from "../processes";
import { withLock } from "../tools/lock";
import { fixtures } from "./fixtures";
import {
    type Api,
    deadComponents,
    forgetForeignPids,
    isReady,
    kubectl,
    requireSupportedVersion,
    whereItStopped,
} from "./health";
import { readKubeconfig, writeOwnKubeconfig } from "./kubeconfig";
import { freePorts, requireFreePort, waitForFreePort } from "./ports";

export interface Cluster extends Api {
    name: string;
    kubeconfig: string;
    /** `https://127.0.0.1:PORT` */
    server: string;
    folder: string;
}

export interface StartOptions {
    /** Of the API server; a free one when left out. A cluster that exists keeps the one it has. */
    port?: number;
    /** A file that says what the API server writes into logs/audit.log of the cluster's folder; nothing when left out. */
    auditPolicy?: string;
    say?: (text: string) => void;
}

/** What a start did: a cluster made anew knows nothing of what a stack's state may say. */
export interface Started extends Cluster {
    did: "reused" | "restarted" | "created";
}

export type ClusterState = "running" | "dead" | "absent";

const waitSeconds = 120;
const stopSeconds = 20;
// One for all copies of the repository: ports are the machine's.
const lockFile = path.join(os.tmpdir(), `matrice-cluster-${os.userInfo().uid}.lock`);

/** The cluster's name, folder and files, whether it exists or not. */
export function clusterNamed(name: string): Omit<Cluster, "server"> {
    const folder = path.join(clustersFolder, name);
    return { name, folder, kubeconfig: path.join(folder, "kubeconfig"), context: `matrice-${name}` };
}

/** Looks, changes nothing. "dead": its folder is there, but it does not answer. */
export async function clusterState(name: string): Promise<ClusterState> {
    const api = clusterNamed(name);
    if (!fs.existsSync(path.join(api.folder, "kwok.yaml"))) return "absent";
    return (await isReady(api)) && deadComponents(api.folder).length === 0 ? "running" : "dead";
}

/**
 * Brings a cluster of that name up: reuses one that runs, restarts one that died with its data, creates it otherwise.
 * A real control plane with simulated nodes (kwok); its nodes, default storage class and volumes are in place after it.
 * @throws ToolchainError when a port is taken, a component does not come up in time, or its version is not supported
 */
export function startCluster(name: string, options: StartOptions = {}): Promise<Started> {
    const say = options.say ?? (() => undefined);
    const lock = {
        waitSeconds: waitSeconds * 4,
        onWait: (holder: string) => say(`  Waiting for ${holder}, which is starting a cluster …`),
    };
    // One at a time on this machine: kwokctl picks free ports and only then listens on them.
    return withLock(lockFile, lock, async () => {
        const state = await clusterState(name);
        if (state === "absent") await create(name, options);
        if (state === "dead") await restart(name, say);
        const cluster = describe(name);
        await requireSupportedVersion(cluster, [`remove it and have a new one made: ${removeCommand(name)}`]);
        if (state !== "running") {
            await applyFixtures(cluster);
            requireEveryComponent(cluster);
        }
        const did = ({ running: "reused", dead: "restarted", absent: "created" } as const)[state];
        return { ...cluster, did };
    });
}

/** Stops the cluster and removes all it held. Succeeds when there is none. */
export async function stopCluster(name: string): Promise<void> {
    const { folder } = clusterNamed(name);
    if (!fs.existsSync(folder)) return;
    await withLock(lockFile, { waitSeconds: waitSeconds * 4 }, async () => {
        forgetForeignPids(folder);
        if (fs.existsSync(path.join(folder, "kwok.yaml"))) {
            // Without it, it looks into the user's own.
            const own = ["--kubeconfig", path.join(folder, "kubeconfig")];
            const result = await kwokctl(["delete", "cluster", "--name", name, ...own], waitSeconds);
            if (result.code !== 0) throw new ToolchainError(failureText("Stopping the cluster", waitSeconds, result));
        }
        fs.rmSync(folder, { recursive: true, force: true });
    });
}

/** What is known of a cluster that exists. */
function describe(name: string): Cluster {
    const api = clusterNamed(name);
    const source = path.join(api.folder, "kubeconfig.yaml");
    writeOwnKubeconfig(source, api.kubeconfig, api.context);
    return { ...api, server: readKubeconfig(source).clusters[0].cluster.server };
}

async function create(name: string, { port, auditPolicy }: StartOptions): Promise<void> {
    const { folder } = clusterNamed(name);
    if (port !== undefined)
        await requireFreePort(port, ["or give the cluster another one: make up CLUSTER_PORT=16443"]);
    // The remains of a creation that was interrupted before it wrote its settings.
    fs.rmSync(folder, { recursive: true, force: true });
    const binary = (tool: string) => path.join(binFolder, tool);
    // kwokctl would count down from 32767, so a cluster that is started again would meet another that came meanwhile.
    const [etcd, controllerManager, scheduler, kwok] = await freePorts(4);
    const result = await kwokctl(
        [
            ...["create", "cluster", "--name", name, "--runtime", "binary"],
            ...["stages", "components"].flatMap((file) => [
                "--config",
                path.join(root, "toolchain", "cluster", `${file}.yaml`),
            ]),
            ...["--etcd-binary", binary("etcd")],
            ...["--kube-apiserver-binary", binary("kube-apiserver")],
            ...["--kube-controller-manager-binary", binary("kube-controller-manager")],
            ...["--kube-scheduler-binary", binary("kube-scheduler")],
            ...["--kwok-controller-binary", binary("kwok")],
            // Otherwise it writes into the user's own.
            ...["--kubeconfig", path.join(folder, "kubeconfig")],
            ...(port === undefined ? [] : ["--kube-apiserver-port", String(port)]),
            ...(auditPolicy === undefined ? [] : ["--kube-audit-policy", auditPolicy]),
            ...["--etcd-port", String(etcd), "--kube-controller-manager-port", String(controllerManager)],
            ...["--kube-scheduler-port", String(scheduler), "--controller-port", String(kwok)],
            ...["--wait", `${waitSeconds}s`],
        ],
        waitSeconds + 30,
    );
    if (result.code !== 0) throw startFailure(name, "Creating the cluster", result);
}

async function restart(name: string, say: (text: string) => void): Promise<void> {
    const { folder } = clusterNamed(name);
    say(
        `  Cluster ${name} is there but does not answer (down: ${downList(folder)}): it is started again with its data.`,
    );
    forgetForeignPids(folder);
    const stopped = await kwokctl(["stop", "cluster", "--name", name], waitSeconds);
    if (stopped.code !== 0) throw startFailure(name, "Stopping what is left of the cluster", stopped);
    const port = Number(new URL(readKubeconfig(path.join(folder, "kubeconfig.yaml")).clusters[0].cluster.server).port);
    // An API server that was told to stop finishes its open requests first.
    await waitForFreePort(port, stopSeconds);
    await requireFreePort(port, [`or remove the cluster and have a new one made: ${removeCommand(name)}`]);
    const started = await kwokctl(["start", "cluster", "--name", name, "--wait", `${waitSeconds}s`], waitSeconds + 30);
    if (started.code !== 0) throw startFailure(name, "Starting the cluster again", started);
}

function downList(folder: string): string {
    return deadComponents(folder).join(", ") || "none, yet no answer";
}

async function applyFixtures(cluster: Cluster): Promise<void> {
    const input = JSON.stringify(fixtures());
    const applied = await kubectl(cluster, ["apply", "-f", "-"], { input, timeoutSeconds: 60 });
    if (applied.code !== 0) throw startFailure(cluster.name, "Adding nodes and volumes", applied);
    const args = ["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s", "--request-timeout=0"];
    const ready = await kubectl(cluster, args, { timeoutSeconds: 70 });
    if (ready.code !== 0) throw startFailure(cluster.name, "Waiting for the nodes", ready);
}

/** The API server answers for the others: one that ended on its own start is seen only here. */
function requireEveryComponent(cluster: Cluster): void {
    if (deadComponents(cluster.folder).length === 0) return;
    const { text, log } = whereItStopped(cluster.folder);
    throw new ToolchainError(`Cluster ${cluster.name} came up without ${downList(cluster.folder)}.\n${text}`, [
        `read the whole log: ${log}`,
        `remove the cluster and have a new one made: ${removeCommand(cluster.name)}`,
    ]);
}

function startFailure(name: string, what: string, result: RunResult): ToolchainError {
    const { text, log } = whereItStopped(clusterNamed(name).folder);
    return new ToolchainError(`${failureText(what, waitSeconds, result)}\n${text}`, [
        `read the whole log: ${log}`,
        `remove the cluster and have a new one made: ${removeCommand(name)}`,
    ]);
}

function removeCommand(name: string): string {
    return name === "dev" ? "make down FORCE=1, then make up" : `stopCluster("${name}")`;
}

function kwokctl(args: readonly string[], timeoutSeconds: number): Promise<RunResult> {
    return run(path.join(binFolder, "kwokctl"), args, {
        timeoutSeconds,
        env: {
            ...process.env,
            // It keeps each cluster in $KWOK_WORKDIR/clusters/NAME, and asks the kubectl on PATH whether it is ready.
            KWOK_WORKDIR: toolsFolder,
            PATH: `${binFolder}${path.delimiter}${process.env.PATH ?? ""}`,
        },
    });
}
