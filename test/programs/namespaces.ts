import { execFileSync, spawn, type ChildProcess } from "node:child_process";

/** Whether this machine lets a test make network namespaces: root, with the kernel's nftables. */
export function canMakeNamespaces(): boolean {
    const name = `matrice-probe-${process.pid}`;
    try {
        run("ip", "netns", "add", name);
        run("ip", "netns", "exec", name, "nft", "list", "ruleset");
        return true;
    } catch {
        return false;
    } finally {
        try {
            run("ip", "netns", "delete", name);
        } catch {
            // It was never made.
        }
    }
}

export function run(program: string, ...args: string[]): string {
    return execFileSync(program, args, { stdio: "pipe", encoding: "utf8" });
}

/** A machine of its own as far as its network goes. */
export class Namespace {
    readonly name: string;
    private readonly servers: ChildProcess[] = [];

    constructor(what: string) {
        this.name = `matrice-${what}-${process.pid}`;
        run("ip", "netns", "add", this.name);
        this.run("ip", "link", "set", "lo", "up");
    }

    /** Joins two namespaces by a cable; `device` is its name at both ends. */
    connect(other: Namespace, device: string): void {
        const own = ["link", "add", device, "netns", this.name, "type", "veth"];
        run("ip", ...own, "peer", "name", device, "netns", other.name);
        for (const end of [this, other]) end.run("ip", "link", "set", device, "up");
    }

    address(device: string, ...addresses: string[]): void {
        for (const address of addresses) {
            const nodad = address.includes(":") ? ["nodad"] : [];
            this.run("ip", "address", "add", address, "dev", device, ...nodad);
        }
    }

    run(program: string, ...args: string[]): string {
        return run("ip", "netns", "exec", this.name, program, ...args);
    }

    /** Answers TCP connections and UDP packets on a port at every address, until the namespace goes. */
    async serve(port: number): Promise<void> {
        const server = spawn("ip", ["netns", "exec", this.name, process.execPath, "-e", SERVER, String(port)], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        this.servers.push(server);
        await new Promise<void>((done, fail) => {
            server.stdout?.once("data", () => done());
            server.once("exit", (code) => fail(new Error(`the server on ${port} stopped with ${code}`)));
        });
    }

    /** Whether something is answered at an address and a port, asked from one of the namespace's addresses. */
    reaches(transport: "tcp" | "udp", to: string, port: number, from = ""): boolean {
        return this.run(process.execPath, "-e", CLIENT, transport, to, String(port), from).trim() === "answered";
    }

    delete(): void {
        for (const server of this.servers) server.kill("SIGKILL");
        run("ip", "netns", "delete", this.name);
    }
}

const SERVER = `
const port = Number(process.argv[1]);
const addresses = Object.values(require("os").networkInterfaces()).flat().map(({ address }) => address);
const open = addresses.filter((address) => !address.startsWith("fe80")).flatMap((address) => [
    new Promise((done) => require("net").createServer((socket) => socket.end("yes")).listen(port, address, done)),
    new Promise((done) => {
        const socket = require("dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
        socket.on("message", (_, from) => socket.send("yes", from.port, from.address)).bind(port, address, done);
    }),
]);
Promise.all(open).then(() => console.log("open"));
`;

/** What is dropped is never answered: a second without an answer is taken for a no. */
const CLIENT = `
const [transport, host, port, localAddress] = process.argv.slice(1);
const say = (word) => { console.log(word); process.exit(0); };
setTimeout(() => say("nothing"), 1000);
if (transport === "tcp") {
    const socket = require("net").connect({ host, port, localAddress: localAddress || undefined });
    socket.on("data", () => say("answered")).on("error", () => say("nothing"));
} else {
    const socket = require("dgram").createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.on("message", () => say("answered")).on("error", () => say("nothing"));
    socket.bind(0, localAddress || undefined, () => socket.send("?", Number(port), host, (error) => error && say("nothing")));
}
`;
