import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { freePorts, requireFreePort, waitForFreePort } from "../cluster/ports";
import { ToolchainError } from "../failure";
import { display, root, storagesFolder } from "../paths";
import { must } from "../processes";
import { isAlive } from "../tools/lock";
import { answers, createUser, gatewayProgram, startGateway, waitForGateway, type StorageUser } from "./gateway";

/** One user a job, as the bucket's policy tells them apart; the owner makes the bucket. */
const userNames = ["owner", "writer", "retention", "drill", "status", "cleanup"] as const;

/** What a program needs to use a storage: made once, kept in a file of mode 0600 that the dev stack's settings name. */
export interface StorageAccess {
    endpoint: string;
    region: string;
    users: Record<(typeof userNames)[number], StorageUser>;
    /** Backups are encrypted for these, of the drill's identity and of one to restore by. */
    recipients: string[];
    drillIdentity: string;
    recoveryIdentity: string;
}

export interface Storage {
    endpoint: string;
    accessFile: string;
}

const stopSeconds = 10;
const freeingSeconds = 2;

/** The storage's folder and files, whether it exists or not. */
export function storageNamed(name: string) {
    const folder = path.join(storagesFolder, name);
    return {
        folder,
        accessFile: path.join(folder, "access.json"),
        pidFile: path.join(folder, "pid"),
        logFile: path.join(folder, "versitygw.log"),
    };
}

/**
 * Brings up the object storage of that name: uses one that runs, starts one with its data that does not, makes it
 * otherwise. It keeps its port unless another is asked for, or a program took it meanwhile.
 * @throws ToolchainError when the port that is asked for is taken, or it does not come up
 */
export async function startStorage(name: string, { port: wanted }: { port?: number } = {}): Promise<Storage> {
    const { folder, accessFile, logFile, pidFile } = storageNamed(name);
    const known = readAccess(accessFile);
    const former = known && Number(new URL(known.endpoint).port);
    if (known && (wanted === undefined || wanted === former) && runs(name) && (await answers(known.endpoint)))
        return { endpoint: known.endpoint, accessFile };
    await stopGateway(name);
    const purpose = "the dev stack's object storage";
    if (wanted !== undefined)
        await requireFreePort(wanted, ["or give it another one: make up STORAGE_PORT=17070"], purpose);
    const port =
        wanted ?? (former && (await waitForFreePort(former, freeingSeconds)) ? former : (await freePorts(1))[0]);
    const endpoint = `http://127.0.0.1:${port}`;

    // Without its keys, what is there is of a start that was interrupted.
    if (!known) fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const access = known ? { ...known, endpoint } : await makeAccess(endpoint);
    const log = fs.openSync(logFile, "a", 0o600);
    const options = { folder, port, owner: access.users.owner, detached: true };
    const child = startGateway({ ...options, stdio: ["ignore", log, log] });
    child.on("error", () => undefined);
    child.unref();
    fs.closeSync(log);
    fs.writeFileSync(pidFile, String(child.pid ?? ""));
    await waitForGateway(endpoint, [`read why: ${display(logFile)}`, "remove it with its data: make down FORCE=1"]);
    if (!known) {
        const { owner, ...others } = access.users;
        for (const user of Object.values(others)) await createUser(endpoint, owner, user);
    }
    // Last: with it, everything is there.
    if (known?.endpoint !== endpoint) writePrivate(accessFile, access);
    return { endpoint, accessFile };
}

/** Stops the storage and removes all it held, locked versions too: they are files here. */
export async function stopStorage(name: string): Promise<void> {
    await stopGateway(name);
    fs.rmSync(storageNamed(name).folder, { recursive: true, force: true });
}

async function makeAccess(endpoint: string): Promise<StorageAccess> {
    const user = (name: string): StorageUser => ({
        accessKey: `${name}-${randomBytes(4).toString("hex")}`,
        secretKey: randomBytes(24).toString("base64url"),
    });
    const [drill, recovery] = [await ageKeys(), await ageKeys()];
    return {
        endpoint,
        region: "us-east-1",
        users: Object.fromEntries(userNames.map((name) => [name, user(name)])) as StorageAccess["users"],
        recipients: [drill.recipient, recovery.recipient],
        drillIdentity: drill.identity,
        recoveryIdentity: recovery.identity,
    };
}

async function ageKeys(): Promise<{ identity: string; recipient: string }> {
    const { stdout } = await must(process.execPath, [path.join(root, "dist", "jobs.js"), "keys"], {
        what: "Making keys for the backups",
        timeoutSeconds: 30,
        mends: ["make the bundle: node toolchain/bundle.js jobs"],
    });
    return JSON.parse(stdout) as { identity: string; recipient: string };
}

function readAccess(file: string): StorageAccess | undefined {
    if (!fs.existsSync(file)) return undefined;
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as StorageAccess;
    } catch {
        throw new ToolchainError(`${display(file)} can't be read.`, ["have it made anew: make down FORCE=1"]);
    }
}

function writePrivate(file: string, content: object): void {
    const temporary = `${file}.new`;
    fs.writeFileSync(temporary, `${JSON.stringify(content, undefined, 4)}\n`, { mode: 0o600 });
    fs.renameSync(temporary, file);
}

/** The gateway's process over this folder; a number that now is another program's is none. */
function gatewayPid(name: string): number | undefined {
    const { pidFile, folder } = storageNamed(name);
    let pid: number;
    try {
        pid = Number(fs.readFileSync(pidFile, "utf8"));
    } catch {
        return undefined;
    }
    if (!pid || !isAlive(pid)) return undefined;
    try {
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return command.startsWith(gatewayProgram) && command.includes(path.join(folder, "data")) ? pid : undefined;
    } catch {
        return fs.existsSync("/proc/self") ? undefined : pid;
    }
}

function runs(name: string): boolean {
    return gatewayPid(name) !== undefined;
}

async function stopGateway(name: string): Promise<void> {
    const pid = gatewayPid(name);
    if (pid === undefined) return;
    const end = Date.now() + stopSeconds * 1000;
    signal(pid, "SIGTERM");
    while (isAlive(pid)) {
        if (Date.now() > end) signal(pid, "SIGKILL");
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

function signal(pid: number, name: NodeJS.Signals): void {
    try {
        process.kill(pid, name);
    } catch {
        // It has ended meanwhile.
    }
}
