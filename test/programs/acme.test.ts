import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crypto } from "acme-client";
import type { ProxyConfiguration } from "../../components/proxy/configuration";
import { Authority, startSolver } from "./authority";
import type { Daemon } from "./daemon";
import { NameServer } from "./dns";
import { issueCertificate, openTls } from "./http";
import { eventually, freePort, Nginx, scratch } from "./nginx";
import { HOSTS, onLocalPorts, platformProxy } from "./platform";

/*
 * What happens when a certificate is ordered, as far as it goes without pods: the authority is pebble, the entrance nginx
 * on the configuration that the proxy gets, and what answers is cert-manager's own solver. The order, which cert-manager's
 * controller places in a cluster, is placed by another client here.
 */

const UNPUBLISHED = "elsewhere.example.org";

jest.setTimeout(60_000);

const { folder, remove } = scratch();
const certificates = (host: string) => join(folder, "certificates", host);
let ports: { http: number; https: number; upstream: number; solver: number };
let configuration: ProxyConfiguration;
/** What pods are told, and what the world is. */
let inside: NameServer;
let outside: NameServer;
let nginx: Nginx;
let authority: Authority;

beforeAll(async () => {
    ports = { http: await freePort(), https: await freePort(), upstream: await freePort(), solver: await freePort() };
    configuration = platformProxy(folder);
    inside = await NameServer.start({ [configuration.solver!.host]: ["127.0.0.1"] });
    const hosts = [...Object.values(HOSTS), UNPUBLISHED];
    outside = await NameServer.start(Object.fromEntries(hosts.map((host) => [host, ["127.0.0.1"]])));
    // The temporary ones that cert-manager makes until the first are issued.
    for (const host of Object.values(HOSTS)) issueCertificate(certificates(host), [host], "temporary");
    const text = onLocalPorts(configuration, ports, folder);
    nginx = await Nginx.start(text, { folder, port: ports.http, resolver: inside.address });
    authority = await Authority.start({ folder, ports, resolver: outside.address });
});

afterAll(async () => {
    await authority?.stop();
    await nginx?.stop();
    await inside?.stop();
    await outside?.stop();
    remove();
});

describe("an order for a published host", () => {
    it("ends with a certificate that the proxy serves from then on", async () => {
        const { chain, key } = await order(HOSTS.api);
        const [certificate, issuer] = chain.map((pem) => new X509Certificate(pem));
        expect(certificate.checkHost(HOSTS.api)).toBe(HOSTS.api);
        expect(certificate.verify(issuer.publicKey)).toBe(true);

        // As the kubelet does once cert-manager has written the Secret.
        expect(await servedBy(HOSTS.api)).toContain("O=temporary");
        writeFileSync(join(certificates(HOSTS.api), "tls.key"), key);
        writeFileSync(join(certificates(HOSTS.api), "tls.crt"), chain.join("\n"));
        await eventually(async () => expect(await servedBy(HOSTS.api)).toContain("Pebble"));
    });

    it("is asked about on 80, sent on by a 301, and answered on 443 by cert-manager's solver", async () => {
        const { token } = await order(HOSTS.user);
        await eventually(() => {
            const lines = nginx.accessLog().trim().split("\n");
            const about = lines.map((line) => JSON.parse(line)).filter(({ path }) => path.endsWith(token));
            const steps = about.map(({ host, status, tls, upstream }) =>
                [host, status, tls === "" ? "http" : "https", upstream].join(" "),
            );
            // The authority looks from several places at once.
            expect(new Set(steps)).toEqual(
                new Set([`${HOSTS.user} 301 http `, `${HOSTS.user} 200 https 127.0.0.1:${ports.solver}`]),
            );
        });
    });
});

describe("no certificate is issued", () => {
    it("for a host that leads to the proxy and is not published", async () => {
        await expect(order(UNPUBLISHED)).rejects.toThrow(/connection reset by peer/);
    });

    it("while no solver answers", async () => {
        await expect(order(HOSTS.driver, { solver: "none" })).rejects.toThrow(/returned 502/);
    });

    it("while the one solver there is another host's", async () => {
        await expect(order(HOSTS.driver, { solver: HOSTS.dashboard })).rejects.toThrow(/returned 404/);
    });

    it("for a host whose name leads nowhere", async () => {
        outside.names.delete(HOSTS.dashboard);
        await expect(order(HOSTS.dashboard)).rejects.toThrow(/could not resolve/);
    });
});

/** Orders a certificate by HTTP-01, with the solver that cert-manager would start for the time of the challenge. */
async function order(host: string, options: { solver?: string } = {}) {
    const [key, csr] = await crypto.createCsr({ commonName: host });
    let asked = "";
    let solver: Daemon | undefined;
    try {
        const chain = await authority.client.auto({
            csr,
            termsOfServiceAgreed: true,
            challengePriority: ["http-01"],
            // Nobody inside looks whether the answer is there before the authority does (waitInsteadOfSelfCheck).
            skipChallengeVerification: true,
            challengeCreateFn: async (_authorization, { token }, keyAuthorization) => {
                asked = token;
                if (options.solver === "none") return;
                const answer = { host: options.solver ?? host, token, key: keyAuthorization };
                solver = await startSolver(folder, ports.solver, answer);
            },
            challengeRemoveFn: async () => undefined,
        });
        return { chain: crypto.splitPemChain(chain), key: key.toString(), token: asked };
    } finally {
        await solver?.stop();
    }
}

/** Who issued the certificate that the proxy shows for a host. */
async function servedBy(host: string): Promise<string> {
    const socket = await openTls({ port: ports.https, host });
    try {
        return socket.getPeerX509Certificate()!.issuer;
    } finally {
        socket.destroy();
    }
}
