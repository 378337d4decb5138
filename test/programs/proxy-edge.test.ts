import { connect } from "node:net";
import { join } from "node:path";
import { NameServer } from "./dns";
import { ask, askTls, issueCertificate, Listener } from "./http";
import { freePort, Nginx, scratch } from "./nginx";
import { HOSTS, networkSettings, onLocalPorts, platformProxy } from "./platform";

/** Where connections of the load balancer come from, and where others do. */
const LOAD_BALANCER = "127.0.0.2";
const NEIGHBOUR = "127.0.0.3";
const CLIENT = "203.0.113.9";
const HEADER = `PROXY TCP4 ${CLIENT} 198.51.100.1 40000 443\r\n`;
const UPSTREAM = "127.0.1.1";

jest.setTimeout(30_000);

const { folder, remove } = scratch();
let ports: { http: number; https: number; upstream: number; solver: number };
let dns: NameServer;
let nginx: Nginx;
let listener: Listener;

beforeAll(async () => {
    ports = { http: await freePort(), https: await freePort(), upstream: await freePort(), solver: await freePort() };
    const people = { clients: ["0.0.0.0/0", "::/0"], administrators: [`${CLIENT}/32`] };
    const network = networkSettings({ edge: "proxyProtocol", loadBalancerCidrs: [`${LOAD_BALANCER}/32`], people });
    const configuration = platformProxy(folder, network);
    dns = await NameServer.start();
    for (const { host, upstream } of configuration.sites) {
        dns.names.set(upstream.host, [UPSTREAM]);
        issueCertificate(join(folder, "certificates", host), [host]);
    }
    listener = await Listener.start("upstream", UPSTREAM, ports.upstream);
    const text = onLocalPorts(configuration, ports, folder);
    nginx = await Nginx.start(text, { folder, port: ports.http, resolver: dns.address });
});

afterAll(async () => {
    await nginx?.stop();
    await dns?.stop();
    await listener?.stop();
    remove();
});

const over443 = (host: string, from: string, proxyHeader?: string) =>
    askTls({ port: ports.https, host, from, proxyHeader });

it("takes the client's address from the load balancer's header", async () => {
    const { headers } = JSON.parse((await over443(HOSTS.api, LOAD_BALANCER, HEADER)).body);
    expect(headers).toMatchObject({ "x-real-ip": CLIENT, "x-forwarded-for": CLIENT });
});

it("does not believe the header of anyone else", async () => {
    const { headers } = JSON.parse((await over443(HOSTS.api, NEIGHBOUR, HEADER)).body);
    expect(headers).toMatchObject({ "x-real-ip": NEIGHBOUR, "x-forwarded-for": NEIGHBOUR });
});

it("judges who may open a site by the address of the header, when it comes from the load balancer", async () => {
    expect((await over443(HOSTS.grafana, LOAD_BALANCER, HEADER)).status).toBe(200);
    expect((await over443(HOSTS.grafana, NEIGHBOUR, HEADER)).status).toBe(403);
    const other = HEADER.replace(CLIENT, "203.0.113.10");
    expect((await over443(HOSTS.grafana, LOAD_BALANCER, other)).status).toBe(403);
});

it("takes an IPv6 client's address too", async () => {
    const header = "PROXY TCP6 2001:db8::9 2001:db8::1 40000 443\r\n";
    const { headers } = JSON.parse((await over443(HOSTS.api, LOAD_BALANCER, header)).body);
    expect(headers["x-real-ip"]).toBe("2001:db8::9");
});

it("answers 301 on port 80 behind the header", async () => {
    const answer = await ask({
        port: ports.http,
        host: HOSTS.api,
        path: "/a?b",
        from: LOAD_BALANCER,
        proxyHeader: HEADER,
    });
    expect([answer.status, answer.headers.location]).toEqual([301, `https://${HOSTS.api}:${ports.https}/a?b`]);
});

it("refuses connections that have no header, on both ports", async () => {
    await expect(ask({ port: ports.http, host: HOSTS.api, from: LOAD_BALANCER })).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(over443(HOSTS.api, LOAD_BALANCER)).rejects.toThrow();
});

it("accepts the probe's bare connection on port 80 without a word in the log", async () => {
    const before = nginx.errors();
    await new Promise<void>((done, fail) => {
        const socket = connect({ host: "127.0.0.1", port: ports.http }, () => socket.end());
        socket.once("close", () => done()).once("error", fail);
    });
    expect(nginx.errors()).toBe(before);
});
