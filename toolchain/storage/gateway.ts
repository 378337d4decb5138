import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "../failure";
import { binFolder } from "../paths";
import { must } from "../processes";

/** A user of the storage with its secret key. */
export interface StorageUser {
    readonly accessKey: string;
    readonly secretKey: string;
}

export const gatewayProgram = path.join(binFolder, "versitygw");

const quickSeconds = 30;

export interface GatewayOptions {
    /** Where data, versions and users lie. */
    readonly folder: string;
    readonly port: number;
    readonly owner: StorageUser;
    readonly stdio: StdioOptions;
    /** It outlives this process. Defaults to false. */
    readonly detached?: boolean;
}

/** Starts versitygw on 127.0.0.1: real object storage with versions, object lock and users over a folder. */
export function startGateway({ folder, port, owner, stdio, detached = false }: GatewayOptions): ChildProcess {
    const [data, versions, iam] = ["data", "versions", "iam"].map((name) => path.join(folder, name));
    for (const each of [data, versions, iam]) fs.mkdirSync(each, { recursive: true, mode: 0o700 });
    const listening = ["--port", `127.0.0.1:${port}`, "--quiet", "--health", "/health"];
    const users = ["--iam-dir", iam, "--iam-cache-disable"];
    // The owner's keys by variables: others can read a command line.
    const env = { ...process.env, ROOT_ACCESS_KEY: owner.accessKey, ROOT_SECRET_KEY: owner.secretKey };
    const args = [...listening, ...users, "posix", "--versioning-dir", versions, data];
    return spawn(gatewayProgram, args, { stdio, detached, env });
}

/** Whether it answers that it is well. */
export async function answers(endpoint: string): Promise<boolean> {
    const answer = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    return answer?.ok === true;
}

/** @throws ToolchainError when it doesn't answer in time */
export async function waitForGateway(endpoint: string, mends: readonly string[]): Promise<void> {
    const end = Date.now() + quickSeconds * 1000;
    while (!(await answers(endpoint))) {
        if (Date.now() > end)
            throw new ToolchainError(`The object storage does not answer on ${endpoint}/health.`, mends);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** Makes a user, without any right until a bucket's policy gives it one. */
export async function createUser(endpoint: string, owner: StorageUser, user: StorageUser): Promise<void> {
    const args = ["create-user", "--access", user.accessKey, "--secret", user.secretKey, "--role", "user"];
    await must(gatewayProgram, ["admin", ...args], {
        what: `Making the object storage's user ${user.accessKey}`,
        env: {
            ...process.env,
            ADMIN_ACCESS_KEY: owner.accessKey,
            ADMIN_SECRET_KEY: owner.secretKey,
            ADMIN_ENDPOINT_URL: endpoint,
        },
        timeoutSeconds: quickSeconds,
    });
}
