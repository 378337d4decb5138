/** Connections by SSH as remote.Command makes them: tried again, held to the host's key, through a bastion or straight. */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { Client, ClientChannel, ConnectConfig, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";
import { listen } from "./output";
import type { ProcessResult } from "./process";

/** Where a host is reached and as whom; the SDK has filled in the defaults. */
export interface Endpoint {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password?: string;
    readonly privateKey?: string;
    readonly privateKeyPassword?: string;
    readonly agentSocketPath?: string;
    /** The host's public key; any is taken where it is left out. */
    readonly hostKey?: string;
    /** How many attempts may fail; -1: any number. */
    readonly dialErrorLimit: number;
    /** Seconds; 0: for as long as it takes. */
    readonly perDialTimeout: number;
}

export interface Connection extends Endpoint {
    readonly proxy?: Endpoint;
}

/** Told of each attempt that failed and is followed by another. */
export type OnRetry = (message: string) => void;

const firstDelayMilliseconds = 100;
const backoff = 1.5;
const longestDelayMilliseconds = 5000;

/** How often a host is asked for a sign of life while a command runs; it is given up after three without. */
const keepaliveMilliseconds = 15_000;

const open = new Set<Client>();

/** Breaks every connection. */
export function disconnectAll(): void {
    for (const client of open) client.destroy();
}

/**
 * Connects and runs one command, then disconnects.
 * @param environment sent without waiting whether the host takes it
 * @throws Error when a key can't be read, or the host can't be reached within its limit of attempts
 */
export async function runOver(
    connection: Connection,
    run: {
        readonly command: string;
        readonly environment: Readonly<Record<string, string>>;
        readonly stdin?: string;
        readonly timeoutSeconds: number;
        readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
    },
    onRetry: OnRetry,
): Promise<ProcessResult> {
    const clients: Client[] = [];
    let timedOut = false;
    const hangUp = () => clients.forEach((client) => client.destroy());
    const timer =
        run.timeoutSeconds > 0
            ? setTimeout(() => {
                  timedOut = true;
                  hangUp();
              }, run.timeoutSeconds * 1000)
            : undefined;
    const stopped = () => timedOut && `it was stopped after ${run.timeoutSeconds} s, its custom timeout`;
    try {
        const client = await dial(connection, onRetry, clients, () => {
            const reason = stopped();
            if (reason) throw new Error(reason);
        });
        const result = await execute(client, run);
        return { ...result, failure: stopped() || result.failure };
    } finally {
        clearTimeout(timer);
        clients.reverse().forEach((client) => client.end());
        clients.forEach((client) => open.delete(client));
    }
}

async function dial(connection: Connection, onRetry: OnRetry, clients: Client[], check: () => void): Promise<Client> {
    const { proxy } = connection;
    const configuration = await configurationOf(connection);
    const attempt = <T>(what: string, limit: number, work: () => Promise<T>) =>
        persist(what, limit, work, onRetry, check);
    if (proxy === undefined) {
        return attempt("Dial", connection.dialErrorLimit, () => connect(configuration, connection, clients));
    }
    try {
        const bastionConfiguration = await configurationOf(proxy);
        const bastion = await attempt("Dial proxy", proxy.dialErrorLimit, () =>
            connect(bastionConfiguration, proxy, clients),
        );
        return await attempt("Dial from proxy", connection.dialErrorLimit, async () =>
            connect({ ...configuration, sock: await forward(bastion, connection) }, connection, clients),
        );
    } catch (error) {
        throw new Error(`proxy: ${(error as Error).message}`);
    }
}

/** Tries until it succeeds or its limit of failures is passed, waiting longer each time. */
async function persist<T>(
    what: string,
    limit: number,
    work: () => Promise<T>,
    onRetry: OnRetry,
    check: () => void,
): Promise<T> {
    for (let tried = 1, delay = firstDelayMilliseconds; ; tried++, delay *= backoff) {
        try {
            return await work();
        } catch (error) {
            check();
            if (limit > -1 && tried > limit) {
                throw new Error(`after ${tried} failed attempts: ${(error as Error).message}`);
            }
            onRetry(`${what} ${tried}/${limit === -1 ? "inf" : limit} failed: retrying`);
            await wait(Math.min(delay, longestDelayMilliseconds));
        }
    }
}

/** How the library is to connect. Keys are read here: one that can't be is no reason to try again. */
async function configurationOf(endpoint: Endpoint): Promise<ConnectConfig> {
    const { utils } = await import("ssh2");
    const read = (text: string, password?: string): ParsedKey => {
        const parsed = utils.parseKey(text.trim(), password);
        if (parsed instanceof Error) throw parsed;
        return Array.isArray(parsed) ? (parsed as ParsedKey[])[0] : parsed;
    };
    const { privateKey, privateKeyPassword, hostKey, password } = endpoint;
    if (privateKey !== undefined) {
        try {
            read(privateKey, privateKeyPassword);
        } catch (error) {
            throw new Error(`connection.privateKey can't be read: ${(error as Error).message}`);
        }
    }
    return {
        host: endpoint.host,
        port: endpoint.port,
        username: endpoint.user,
        password,
        tryKeyboard: password !== undefined,
        privateKey,
        passphrase: privateKeyPassword,
        agent: endpoint.agentSocketPath ?? process.env.SSH_AUTH_SOCK,
        readyTimeout: endpoint.perDialTimeout * 1000,
        keepaliveInterval: keepaliveMilliseconds,
        ...(hostKey === undefined ? {} : heldTo(read, hostKey)),
    };
}

/** Takes the given key and no other; the host is asked for one of its kind, as it may have several. */
function heldTo(read: (text: string) => ParsedKey, hostKey: string): Partial<ConnectConfig> {
    let expected: ParsedKey;
    try {
        expected = read(hostKey);
    } catch (error) {
        throw new Error(`connection.hostKey can't be read: ${(error as Error).message}`);
    }
    const kinds = expected.type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [expected.type];
    return {
        algorithms: { serverHostKey: kinds as ServerHostKeyAlgorithm[] },
        hostVerifier: (key: Buffer) => key.equals(expected.getPublicSSH()),
    };
}

function connect(configuration: ConnectConfig, endpoint: Endpoint, clients: Client[]): Promise<Client> {
    return import("ssh2").then(
        ({ Client: SshClient }) =>
            new Promise((resolve, reject) => {
                const client = new SshClient();
                let other: string | undefined;
                const { hostVerifier } = configuration;
                const verified =
                    hostVerifier &&
                    ((key: Buffer): boolean => {
                        const right = (hostVerifier as (key: Buffer) => boolean)(key);
                        if (!right) other = fingerprint(key);
                        return right;
                    });
                const fail = (error: Error) => {
                    client.destroy();
                    const why = other === undefined ? error.message : `host key mismatch: the host has ${other}`;
                    reject(new Error(`ssh to ${endpoint.host}:${endpoint.port}: ${why}`));
                };
                client
                    .on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
                        finish(prompts.map(() => endpoint.password ?? "")),
                    )
                    .on("error", fail)
                    .once("close", () => fail(new Error("the connection was closed")))
                    .once("ready", () => {
                        clients.push(client);
                        open.add(client);
                        resolve(client);
                    });
                client.connect({ ...configuration, ...(verified && { hostVerifier: verified }) });
            }),
    );
}

/** As `ssh-keygen -l` prints it. */
function fingerprint(key: Buffer): string {
    const type = key.toString("latin1", 4, 4 + key.readUInt32BE(0));
    return `${type} SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** A way through the bastion to a host's port. */
function forward(bastion: Client, { host, port }: Endpoint): Promise<Duplex> {
    return new Promise((resolve, reject) =>
        bastion.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel))),
    );
}

function execute(
    client: Client,
    { command, environment, stdin, onLine }: Parameters<typeof runOver>[1],
): Promise<ProcessResult> {
    return new Promise((resolve, reject) => {
        client.exec(command, { env: { ...environment } }, (error, channel: ClientChannel) => {
            if (error) return reject(error);
            const said = listen({ stdout: channel, stderr: channel.stderr }, onLine);
            let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
            channel.on("exit", (status: number | null, signal?: string) => {
                failure = ended(status, signal);
            });
            // A command need not read its input.
            channel.on("error", () => {});
            // The channel closes with its standard output: what it said on the other may still be on its way.
            const closed = new Promise((done) => channel.once("close", done));
            const silent = new Promise((done) => channel.stderr.once("end", done).once("close", done));
            void Promise.all([closed, silent]).then(() =>
                resolve({ stdout: said.stdout(), stderr: said.stderr(), output: said.both(), failure }),
            );
            channel.end(stdin ?? "");
        });
    });
}

function ended(status: number | null, signal?: string): string | undefined {
    if (status === 0) return undefined;
    return status === null ? `Process was ended by signal ${signal}` : `Process exited with status ${status}`;
}
