import { join } from "node:path";
import { objects } from "../components/render";
import { renderStack } from "../platforms/render-stack";
import { NameServer } from "./dns";
import { ask, askTls, issueCertificate, Listener } from "./http";
import { freePort, Nginx, scratch } from "./nginx";

jest.setTimeout(60_000);

/** The address that a load balancer has, when a stack has one in front. */
const LOAD_BALANCER = "127.0.0.2";
const PROXY_HEADER = "PROXY TCP4 198.51.100.9 198.51.100.1 40000 443\r\n";

/** What a stack's ConfigMap holds for a component's nginx. */
async function renderedText(stack: string, name: string): Promise<string> {
    const all = objects((await renderStack(stack)).resources);
    const ofComponent = all.filter(
        ({ kind, metadata }) => kind === "ConfigMap" && metadata.name?.startsWith(`${name}-`),
    );
    expect(ofComponent).toHaveLength(1);
    return ofComponent[0].data["nginx.conf"] as string;
}

/** Hosts with their upstreams, as the text has them. */
function publishedIn(text: string): { host: string; upstream: string }[] {
    const servers = text.split(/^ {4}server \{$/m).slice(1);
    return servers.flatMap((server) => {
        const host = /server_name (\S+);/.exec(server)?.[1];
        const upstream = /location \/ \{[^}]*set \$upstream (\S+);/.exec(server)?.[1];
        return host !== undefined && upstream !== undefined ? [{ host, upstream }] : [];
    });
}

/** The text with the numbers of ports, the folders and the load balancer's addresses of this machine. */
function here(text: string, folder: string, ports: { http: number; https: number; upstream: number }): string {
    return text
        .replace(/listen 80\b/g, `listen ${ports.http}`)
        .replace(/listen 443\b/g, `listen ${ports.https}`)
        .replace(/(proxy_pass http:\/\/\$upstream):80;/g, `$1:${ports.upstream};`)
        .replace(/set_real_ip_from \S+;/g, `set_real_ip_from ${LOAD_BALANCER}/32;`)
        .replace(/\/(tmp|run\/nginx-status)\//g, `${folder}/`)
        .replace(/\/etc\/certificates\//g, `${folder}/certificates/`);
}

describe.each(["dev", "prod"])("the proxy as the stack %s has it", (stack) => {
    const { folder, remove } = scratch();
    let ports: { http: number; https: number; upstream: number };
    let published: { host: string; upstream: string }[];
    let behind: { from: string; proxyHeader?: string };
    let dns: NameServer;
    let nginx: Nginx;
    const listeners: Listener[] = [];

    beforeAll(async () => {
        ports = { http: await freePort(), https: await freePort(), upstream: await freePort() };
        const rendered = await renderedText(stack, "proxy");
        const text = here(rendered, folder, ports);
        published = publishedIn(text);
        behind = { from: LOAD_BALANCER, proxyHeader: rendered.includes("proxy_protocol") ? PROXY_HEADER : undefined };
        dns = await NameServer.start();
        for (const [index, { host, upstream }] of published.entries()) {
            const address = `127.0.3.${index + 1}`;
            dns.names.set(upstream, [address]);
            listeners.push(await Listener.start(upstream, address, ports.upstream));
            const certificate = new RegExp(`^ +${host.replaceAll(".", "\\.")} (/\\S+);`, "m").exec(text)?.[1];
            issueCertificate(certificate ?? join(folder, "nowhere"), [host]);
        }
        nginx = await Nginx.start(text, { folder, port: ports.http, resolver: dns.address });
    });
    afterAll(async () => {
        await nginx?.stop();
        await dns?.stop();
        for (const listener of listeners) await listener.stop();
        remove();
    });

    it("publishes a host for each row from the proxy to a pod that serves people", () => {
        expect(published.map(({ upstream }) => upstream.replace(".svc.cluster.local", "")).sort()).toEqual([
            "api.e-chauffeur",
            "app-dashboard.e-chauffeur",
            "app-driver.e-chauffeur",
            "app-user.e-chauffeur",
            "grafana.monitoring",
            "redirect.e-chauffeur",
        ]);
    });

    it("answers each host from its own upstream, or 403 where it is for some people", async () => {
        for (const { host, upstream } of published) {
            const { status, body } = await askTls({ port: ports.https, host, path: "/a?b=1", ...behind });
            if (upstream.startsWith("grafana.")) expect([host, status]).toEqual([host, 403]);
            else expect(JSON.parse(body)).toMatchObject({ name: upstream, url: "/a?b=1" });
        }
    });

    it("answers 301 to each host on port 80, and refuses any other", async () => {
        for (const { host } of published) {
            const { status, headers } = await ask({ port: ports.http, host, path: "/a?b=1", ...behind });
            expect([status, headers.location]).toEqual([301, `https://${host}/a?b=1`]);
        }
        const unknown = { port: ports.http, host: "unknown.example.org", ...behind };
        await expect(ask(unknown)).rejects.toThrow(/hang up|ECONNRESET/);
        await expect(askTls({ ...unknown, port: ports.https })).rejects.toThrow(/unrecognized name/);
    });
});

describe.each(["dev", "prod"])("the redirect as the stack %s has it", (stack) => {
    it("leads the former host to the new one", async () => {
        const { folder, remove } = scratch();
        const http = await freePort();
        const text = here(await renderedText(stack, "redirect"), folder, { http, https: 0, upstream: 0 });
        const from = /server_name (?!_)(\S+);/.exec(text)?.[1] ?? "";
        const nginx = await Nginx.start(text, { folder, port: http, resolver: "127.0.0.1" });
        try {
            const { status, headers } = await ask({ port: http, host: from, path: "/qr/1?a=b" });
            expect(status).toBe(301);
            expect(headers.location).toMatch(/^https:\/\/[a-z.-]+\/qr\/1\?a=b$/);
        } finally {
            await nginx.stop();
            remove();
        }
    });
});
