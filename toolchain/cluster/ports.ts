import * as fs from "node:fs";
import * as net from "node:net";
import { ToolchainError } from "../failure";

/** Whether a server can listen on a TCP port of this machine, on any address. */
export function isPortFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => resolve(false));
        server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
    });
}

/** Different ports that are free now, as the system hands them out. */
export async function freePorts(count: number): Promise<number[]> {
    const servers = Array.from({ length: count }, () => net.createServer());
    const ports = await Promise.all(
        servers.map(
            (server) =>
                new Promise<number>((resolve, reject) => {
                    server.once("error", reject);
                    server.listen({ port: 0, host: "0.0.0.0" }, () =>
                        resolve((server.address() as net.AddressInfo).port),
                    );
                }),
        ),
    );
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    return ports;
}

/** Waits until a port is free, `seconds` at most, for what was just stopped holds its port a moment more; whether it is. */
export async function waitForFreePort(port: number, seconds: number): Promise<boolean> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await isPortFree(port))) {
        if (Date.now() >= deadline) return false;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
}

/**
 * @param purpose what is to listen there
 * @throws ToolchainError naming the port and who holds it
 */
export async function requireFreePort(
    port: number,
    mends: readonly string[],
    purpose = "the embedded cluster's API server",
): Promise<void> {
    if (await isPortFree(port)) return;
    const holder = portHolder(port);
    const who = holder
        ? `process ${holder.pid} (${holder.command})`
        : "another program, of another user or in a container";
    throw new ToolchainError(`Port ${port} is taken by ${who}; ${purpose} listens there.`, [
        holder ? `stop it: kill ${holder.pid}` : `find it: ss -ltnp 'sport = :${port}'`,
        ...mends,
    ]);
}

export interface PortHolder {
    pid: number;
    command: string;
}

/** The process that listens on a TCP port, as far as /proc shows it to this user (Linux only). */
export function portHolder(port: number, proc = "/proc"): PortHolder | undefined {
    const sockets = new Set(
        ["tcp", "tcp6"].flatMap((table) => listeningSockets(readText(`${proc}/net/${table}`), port)),
    );
    if (sockets.size === 0) return undefined;
    const owns = (pid: string) =>
        names(`${proc}/${pid}/fd`).some((descriptor) => sockets.has(readLink(`${proc}/${pid}/fd/${descriptor}`)));
    const pid = names(proc).find((name) => /^\d+$/.test(name) && owns(name));
    if (!pid) return undefined;
    const command = readText(`${proc}/${pid}/cmdline`).split("\0").join(" ").trim();
    return { pid: Number(pid), command: command.length > 80 ? `${command.slice(0, 80)}…` : command };
}

/** proc(5), /proc/net/tcp: local address in the second column (port in hexadecimal), state 0A is LISTEN, inode tenth. */
function listeningSockets(table: string, port: number): string[] {
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    return table
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter((columns) => columns[1]?.endsWith(suffix) && columns[3] === "0A")
        .map((columns) => `socket:[${columns[9]}]`);
}

// Processes end and belong to others while this looks: what can't be read is passed over.
function readText(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

function readLink(file: string): string {
    try {
        return fs.readlinkSync(file);
    } catch {
        return "";
    }
}

function names(folder: string): string[] {
    try {
        return fs.readdirSync(folder);
    } catch {
        return [];
    }
}
