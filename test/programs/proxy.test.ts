import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ProxyConfiguration } from "../../components/proxy/configuration";
import { NameServer } from "./dns";
import { ask, askTls, issueCertificate, Listener, openTls } from "./http";
import { eventually, freePort, Nginx, scratch } from "./nginx";
import { HOSTS, onLocalPorts, platformProxy } from "./platform";

/** An address of this machine for each role; the numbers after 127. mean nothing. */
const ADDRESSES: Record<string, string> = {
    [HOSTS.api]: "127.0.1.1",
    [HOSTS.dashboard]: "127.0.1.2",
    [HOSTS.user]: "127.0.1.3",
    [HOSTS.driver]: "127.0.1.4",
    [HOSTS.redirect]: "127.0.1.5",
    [HOSTS.grafana]: "127.0.1.6",
};
const SOLVERS = ["127.0.2.1", "127.0.2.2"];
const ADMINISTRATOR = "127.0.0.9";
const CHALLENGE = "/.well-known/acme-challenge/token";

jest.setTimeout(30_000);

const { folder, remove } = scratch();
const certificates = (host: string) => join(folder, "certificates", host);
let ports: { http: number; https: number; upstream: number; solver: number };
let configuration: ProxyConfiguration;
let dns: NameServer;
let nginx: Nginx;
const listeners = new Map<string, Listener>();

const upstreamName = (host: string) => configuration.sites.find((site) => site.host === host)?.upstream.host ?? "";
const over443 = (host: string, path = "/", more = {}) => askTls({ port: ports.https, host, path, ...more });
const over80 = (host: string, path = "/", more = {}) => ask({ port: ports.http, host, path, ...more });
const seen = async (host: string, path = "/", more = {}) => JSON.parse((await over443(host, path, more)).body);

beforeAll(async () => {
    ports = { http: await freePort(), https: await freePort(), upstream: await freePort(), solver: await freePort() };
    configuration = platformProxy(folder);
    dns = await NameServer.start();
    for (const { host, upstream } of configuration.sites) {
        dns.names.set(upstream.host, [ADDRESSES[host]]);
        listeners.set(host, await Listener.start(host, ADDRESSES[host], ports.upstream));
        issueCertificate(certificates(host), [host]);
    }
    dns.names.set(configuration.solver?.host ?? "", SOLVERS);
    for (const [index, address] of SOLVERS.entries()) {
        const handler = (_request: unknown, response: { writeHead(status: number): { end(text: string): void } }) =>
            index === 0 ? response.writeHead(404).end("not mine") : response.writeHead(200).end("token.thumbprint");
        listeners.set(address, await Listener.start(address, address, ports.solver, handler));
    }
    const text = onLocalPorts(configuration, ports, folder);
    nginx = await Nginx.start(text, { folder, port: ports.http, resolver: dns.address });
});

afterAll(async () => {
    await nginx?.stop();
    await dns?.stop();
    for (const listener of listeners.values()) await listener.stop();
    remove();
});

describe("routes", () => {
    it("has one for every row that leaves the proxy for the platform's pods", () => {
        expect(configuration.sites.map(({ upstream }) => upstream.host.split(".")[0])).toEqual([
            "api",
            "app-dashboard",
            "app-user",
            "app-driver",
            "redirect",
            "grafana",
        ]);
    });

    it.each(Object.values(HOSTS))("sends %s to its own upstream, path and query as they came", async (host) => {
        const got = await seen(host, "/a%20b/../c?token=1&x=%2F", { from: ADMINISTRATOR });
        expect(got).toMatchObject({ name: host, method: "GET", url: "/a%20b/../c?token=1&x=%2F" });
    });

    it("passes method and body on", async () => {
        const body = "x".repeat(100_000);
        expect(await seen(HOSTS.api, "/rides", { method: "POST", body })).toMatchObject({ method: "POST", body });
    });

    it("refuses a body above the site's limit", async () => {
        const headers = { "Content-Length": String(11 * 1024 * 1024) };
        const socket = await openTls({ port: ports.https, host: HOSTS.api });
        socket.write(`POST / HTTP/1.1\r\nHost: ${HOSTS.api}\r\nContent-Length: ${headers["Content-Length"]}\r\n\r\n`);
        expect(await firstLine(socket)).toContain(" 413 ");
    });

    it("admits to a site for some people their addresses alone", async () => {
        expect((await over443(HOSTS.grafana)).status).toBe(403);
        expect((await over443(HOSTS.grafana, "/", { from: ADMINISTRATOR })).status).toBe(200);
    });
});

describe("port 80", () => {
    const paths = ["/", "/login?next=%2Fa&token=1", CHALLENGE, "/.well-known/", "/a/../x", "/a//b", "/index.html"];

    it.each(paths)("answers 301 to HTTPS on %s", async (path) => {
        for (const host of Object.values(HOSTS)) {
            const { status, headers } = await over80(host, path);
            expect([status, headers.location]).toEqual([301, `https://${host}:${ports.https}${path}`]);
        }
    });

    it.each(["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])("answers 301 to %s too", async (method) => {
        expect((await over80(HOSTS.api, "/", { method })).status).toBe(301);
    });

    it("answers 301 to the host in lower case and without the final dot", async () => {
        const { headers } = await over80(`${HOSTS.api.toUpperCase()}.`);
        expect(headers.location).toBe(`https://${HOSTS.api}:${ports.https}/`);
    });
});

describe("a host that is not published", () => {
    it.each(["unknown.example.org", "127.0.0.1", `x.${HOSTS.api}`, "example.org"])(
        "%s is refused on 80",
        async (host) => {
            await expect(over80(host)).rejects.toThrow(/socket hang up|ECONNRESET/);
        },
    );

    it.each(["unknown.example.org", `x.${HOSTS.api}`])("%s is refused on 443, before any certificate", async (host) => {
        await expect(over443(host)).rejects.toThrow(/unrecognized name/);
    });

    it("is refused on 443 when no name is given", async () => {
        await expect(askTls({ port: ports.https, host: "" }, { servername: "" })).rejects.toThrow(/unrecognized name/);
    });

    it("is refused on a connection opened for another host", async () => {
        const answer = await askTls({ port: ports.https, host: "unknown.example.org" }, { servername: HOSTS.api });
        expect(answer.status).toBe(421);
    });
});

describe("TLS", () => {
    it.each(["TLSv1.2", "TLSv1.3"] as const)("speaks %s", async (version) => {
        const socket = await openTls(
            { port: ports.https, host: HOSTS.api },
            { minVersion: version, maxVersion: version },
        );
        expect(socket.getProtocol()).toBe(version);
        socket.destroy();
    });

    it.each(["TLSv1", "TLSv1.1"] as const)("refuses %s", async (version) => {
        // Security level 0: else the client itself would not try.
        const old = { minVersion: version, maxVersion: version, ciphers: "DEFAULT:@SECLEVEL=0" };
        await expect(openTls({ port: ports.https, host: HOSTS.api }, old)).rejects.toThrow(/protocol version/);
    });

    it.each(["AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"])(
        "refuses the suite %s",
        async (ciphers) => {
            const weak = { maxVersion: "TLSv1.2" as const, ciphers };
            await expect(openTls({ port: ports.https, host: HOSTS.api }, weak)).rejects.toThrow(/handshake failure/);
        },
    );

    it("offers HTTP/2", async () => {
        const socket = await openTls({ port: ports.https, host: HOSTS.api }, { ALPNProtocols: ["h2", "http/1.1"] });
        expect(socket.alpnProtocol).toBe("h2");
        socket.destroy();
    });

    it("tells browsers to stay on HTTPS, and not which version of nginx it is", async () => {
        const { headers } = await over443(HOSTS.api);
        expect(headers["strict-transport-security"]).toMatch(/^max-age=\d{8}/);
        expect(headers.server).toBe("nginx");
    });

    it("serves each host its own certificate", async () => {
        for (const host of Object.values(HOSTS)) {
            const socket = await openTls({ port: ports.https, host });
            expect(socket.getPeerCertificate().subjectaltname).toBe(`DNS:${host}`);
            socket.destroy();
        }
    });

    it("serves a renewed certificate from the next handshake on", async () => {
        issueCertificate(certificates(HOSTS.user), [HOSTS.user], "renewed");
        const socket = await openTls({ port: ports.https, host: HOSTS.user });
        expect(socket.getPeerCertificate().subject.O).toBe("renewed");
        socket.destroy();
    });

    it("goes on without a certificate, and serves it once it is there", async () => {
        rmSync(certificates(HOSTS.driver), { recursive: true });
        await expect(over443(HOSTS.driver)).rejects.toThrow();
        expect((await over443(HOSTS.api)).status).toBe(200);
        issueCertificate(certificates(HOSTS.driver), [HOSTS.driver]);
        expect((await over443(HOSTS.driver)).status).toBe(200);
    });
});

describe("what the upstream is told", () => {
    it("is of the connection, whatever the client claims", async () => {
        const lie = "203.0.113.66";
        const headers = {
            "X-Forwarded-For": lie,
            "X-Real-IP": lie,
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "evil.example.org",
            "X-Forwarded-Port": "1",
            "X-Forwarded-Prefix": "/evil",
            "X-Original-URL": "/evil",
            Forwarded: `for=${lie}`,
            "True-Client-IP": lie,
            Proxy: "http://evil.example.org",
        };
        const got = await seen(HOSTS.api, "/", { headers, from: "127.0.0.7" });
        expect(got.headers).toMatchObject({
            host: HOSTS.api,
            "x-real-ip": "127.0.0.7",
            "x-forwarded-for": "127.0.0.7",
            "x-forwarded-proto": "https",
            "x-forwarded-host": HOSTS.api,
            "x-forwarded-port": String(ports.https),
        });
        expect(JSON.stringify(got.rawHeaders)).not.toMatch(/203\.0\.113\.66|evil/);
    });
});

describe("websockets", () => {
    const upgrade = async (host: string, protocol: string) => {
        const socket = await openTls({ port: ports.https, host });
        socket.write(`GET /socket HTTP/1.1\r\nHost: ${host}\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n\r\n`);
        return socket;
    };

    it("pass to a site that has them, both ways", async () => {
        const socket = await upgrade(HOSTS.api, "websocket");
        expect(await firstLine(socket)).toContain(" 101 ");
        socket.write("hello");
        const [echoed] = await once<Buffer>(socket, "data");
        expect(echoed.toString()).toBe("hello");
        socket.destroy();
    });

    it.each([
        ["a site without them", HOSTS.user, "websocket"],
        ["another protocol", HOSTS.api, "h2c"],
    ])("do not pass for %s", async (_case, host, protocol) => {
        const socket = await upgrade(host, protocol);
        expect(await firstLine(socket)).toContain(" 200 ");
        socket.destroy();
    });
});

describe("challenges of the certificate authority", () => {
    it.each(Object.values(HOSTS))("for %s reach the solver that has the answer, from everywhere", async (host) => {
        for (let round = 0; round < 4; round++) {
            expect(await over443(host, CHALLENGE)).toMatchObject({ status: 200, body: "token.thumbprint" });
        }
    });

    it("are answered 404 when no solver has the answer", async () => {
        const name = configuration.solver?.host ?? "";
        dns.names.set(name, [SOLVERS[0]]);
        await eventually(async () => expect((await over443(HOSTS.api, CHALLENGE)).status).toBe(404));
        dns.names.set(name, SOLVERS);
    });
});

describe("an upstream that fails", () => {
    it("gives 502 when it is down, serves when it is back, and leaves the others alone", async () => {
        await listeners.get(HOSTS.dashboard)?.stop();
        expect((await over443(HOSTS.dashboard, "/?token=secret-of-a-user")).status).toBe(502);
        expect((await over443(HOSTS.api)).status).toBe(200);
        listeners.set(
            HOSTS.dashboard,
            await Listener.start(HOSTS.dashboard, ADDRESSES[HOSTS.dashboard], ports.upstream),
        );
        expect((await over443(HOSTS.dashboard)).status).toBe(200);
    });

    it("gives 502 when its name does not resolve, and serves once it does", async () => {
        const name = upstreamName(HOSTS.redirect);
        dns.names.delete(name);
        await eventually(async () => expect((await over443(HOSTS.redirect)).status).toBe(502));
        expect((await over443(HOSTS.api)).status).toBe(200);
        dns.names.set(name, [ADDRESSES[HOSTS.redirect]]);
        await eventually(async () => expect((await over443(HOSTS.redirect)).status).toBe(200));
    });
});

describe("logs", () => {
    it("are one JSON object a request, without query strings, referrers or messages that quote them", async () => {
        await over443(HOSTS.api, "/log?token=secret-of-a-user", { headers: { Referer: "https://x/?token=secret-2" } });
        const entries = await eventually(() => {
            const lines = nginx
                .accessLog()
                .trim()
                .split("\n")
                .map((line) => JSON.parse(line));
            const ride = lines.find(({ path }) => path === "/log");
            expect(ride).toMatchObject({ host: HOSTS.api, method: "GET", status: "200", remote: "127.0.0.1" });
            return lines;
        });
        expect(entries.some(({ status, upstream }) => status === "502" && upstream !== "")).toBe(true);
        expect(nginx.accessLog() + nginx.errors()).not.toContain("secret");
    });
});

it("is still the process that was started, and wrote where it may alone", () => {
    expect(nginx.isRunning()).toBe(true);
    expect(existsSync(join(folder, "nginx.pid"))).toBe(true);
});

function once<T>(emitter: NodeJS.EventEmitter, event: string): Promise<[T]> {
    return new Promise((done, fail) => {
        emitter.once(event, (value: T) => done([value]));
        emitter.once("error", fail);
    });
}

async function firstLine(socket: NodeJS.ReadableStream): Promise<string> {
    const [data] = await once<Buffer>(socket, "data");
    return data.toString().split("\r\n")[0];
}
