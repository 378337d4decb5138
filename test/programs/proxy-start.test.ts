import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { NameServer } from "./dns";
import { askTls, issueCertificate, Listener } from "./http";
import { eventually, freePort, Nginx, scratch } from "./nginx";
import { HOSTS, onLocalPorts, platformProxy } from "./platform";

const START = resolve(__dirname, "../../components/proxy/start.sh");
const STOP = resolve(__dirname, "../../components/proxy/stop.sh");

jest.setTimeout(30_000);

const { folder, remove } = scratch();
const running = scratch();
afterAll(remove);
afterAll(running.remove);

/** Runs start.sh with a stand-in for nginx that prints its arguments. */
function start(shell: string[], resolvConf: string, environment: Record<string, string> = {}) {
    const bin = join(folder, "bin-of-a-stand-in");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "nginx"), '#!/bin/sh\necho "nginx $*"\n', { mode: 0o755 });
    writeFileSync(join(folder, "resolv.conf"), resolvConf);
    const { status, stdout, stderr } = spawnSync(shell[0], [...shell.slice(1), START], {
        encoding: "utf8",
        env: {
            PATH: `${bin}:${process.env.PATH}`,
            NGINX_CONFIGURATION: "/etc/proxy/nginx.conf",
            NGINX_TEMPORARY: folder,
            RESOLV_CONF: join(folder, "resolv.conf"),
            ...environment,
        },
    });
    return { status, stdout, stderr, resolver: () => readFileSync(join(folder, "resolver.conf"), "utf8") };
}

describe.each([["sh"], ["dash"], ["bash --posix"]])("start.sh in %s", (name) => {
    const shell = name.split(" ");

    it("becomes nginx, with its messages on stderr from the first", () => {
        const { status, stdout } = start(shell, "nameserver 10.96.0.10\n");
        expect([status, stdout]).toEqual([0, "nginx -e stderr -c /etc/proxy/nginx.conf\n"]);
    });

    it.each([
        ["one server", "search a.svc b\nnameserver 10.96.0.10\noptions ndots:5\n", "10.96.0.10"],
        ["several", "nameserver 10.0.0.1\nnameserver 10.0.0.2\n", "10.0.0.1 10.0.0.2"],
        ["IPv6", "nameserver fd00::a\n", "[fd00::a]"],
        ["a link-local zone", "nameserver fe80::1%eth0\n", "[fe80::1]"],
        ["tabs, comments and no last line end", "# nameserver 9.9.9.9\nnameserver\t10.0.0.3", "10.0.0.3"],
    ])("writes the resolver from resolv.conf: %s", (_case, conf, servers) => {
        const { resolver } = start(shell, conf);
        expect(resolver()).toBe(`resolver ${servers} valid=5s;\n`);
    });

    it("clears away the socket of a nginx that was killed, and nothing where none is named", () => {
        const socket = join(folder, "nginx.sock");
        writeFileSync(socket, "");
        start(shell, "nameserver 10.0.0.1\n");
        expect(existsSync(socket)).toBe(true);
        const { status } = start(shell, "nameserver 10.0.0.1\n", { NGINX_STATUS_SOCKET: socket });
        expect([status, existsSync(socket)]).toEqual([0, false]);
    });

    it("asks other servers when told to", () => {
        const { resolver } = start(shell, "nameserver 10.0.0.1\n", { NGINX_RESOLVER: "192.0.2.53" });
        expect(resolver()).toBe("resolver 192.0.2.53 valid=5s;\n");
    });

    it("does not start nginx when there is nobody to ask", () => {
        const { status, stdout, stderr } = start(shell, "search a.svc\n");
        expect([status, stdout]).toEqual([1, ""]);
        expect(stderr).toContain("no name server in");
    });

    it("writes nothing of a line that is not an address", () => {
        const { status, stderr } = start(shell, "nameserver 1.1.1.1;include /etc/passwd\n");
        expect(status).toBe(1);
        expect(stderr).toContain("names no usable server");
    });

    it("says which setting is missing", () => {
        const { status, stderr } = start(shell, "nameserver 10.0.0.1\n", { NGINX_CONFIGURATION: "" });
        expect(status).not.toBe(0);
        expect(stderr).toContain("NGINX_CONFIGURATION");
    });
});

it("stop.sh lets a request that has begun end, and nginx then leaves by itself", async () => {
    const ports = {
        http: await freePort(),
        https: await freePort(),
        upstream: await freePort(),
        solver: await freePort(),
    };
    const configuration = platformProxy(running.folder);
    const dns = await NameServer.start();
    for (const { upstream } of configuration.sites) dns.names.set(upstream.host, ["127.0.1.1"]);
    issueCertificate(join(running.folder, "certificates", HOSTS.api), [HOSTS.api]);
    let release = () => {};
    const asked = new Promise<void>((reached) => {
        release = reached;
    });
    let answer = () => {};
    const slow = await Listener.start("slow", "127.0.1.1", ports.upstream, (_request, response) => {
        answer = () => response.end("done");
        release();
    });
    const text = onLocalPorts(configuration, ports, running.folder);
    let nginx: Nginx | undefined;
    try {
        nginx = await Nginx.start(text, { folder: running.folder, port: ports.http, resolver: dns.address });
        const begun = askTls({ port: ports.https, host: HOSTS.api });
        await asked;
        const environment = {
            NGINX_CONFIGURATION: join(running.folder, "nginx.conf"),
            NGINX_TEMPORARY: running.folder,
            DRAIN_SECONDS: "0",
        };
        const stop = runStop(environment);
        await eventually(() => expectRefused(ports.https));
        answer();
        expect((await begun).body).toBe("done");
        expect(await nginx.ended()).toBe(0);
        expect(await stop).toBe(0);
    } finally {
        await nginx?.stop();
        await slow.stop();
        await dns.stop();
    }
});

function runStop(environment: Record<string, string>): Promise<number | null> {
    const child = spawn("sh", [STOP], { env: { PATH: `${running.folder}/bin:${process.env.PATH}`, ...environment } });
    return new Promise((done) => child.once("exit", done));
}

function expectRefused(port: number): Promise<void> {
    return new Promise((done, fail) => {
        const socket = connect({ host: "127.0.0.1", port }, () => {
            socket.destroy();
            fail(new Error("still listening"));
        });
        socket.once("error", () => done());
    });
}
