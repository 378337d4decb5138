import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { defaultFrame } from "../../../components/nginx/frame";
import { bodyMebibytes, proxyConfiguration, type ProxyConfiguration } from "../../../components/proxy/configuration";
import { wafFiles } from "../../../components/proxy/waf/modsecurity";
import type { WafLayout, WafSettings } from "../../../components/proxy/waf/settings";
import { NameServer } from "../dns";
import { askTls, issueCertificate, Listener, type Answer } from "../http";
import { eventually, freePort, Nginx, scratch } from "../nginx";

/** Where Debian keeps the connector and its older rule set. */
const DEBIAN: Pick<WafLayout, "module" | "rules" | "unicodeMap"> = {
    module: "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so",
    rules: "/usr/share/modsecurity-crs/rules",
    unicodeMap: "/usr/share/nginx/docs/modsecurity/unicode.mapping",
};

export const HOST = "api.example.org";

export interface Request {
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** One line of the audit log, as far as tests read it. */
export interface Transaction {
    readonly client_ip: string;
    readonly unique_id: string;
    readonly request: { readonly method: string; readonly uri: string };
    readonly response: { readonly http_code: number };
    readonly messages: readonly {
        readonly message: string;
        readonly details: {
            readonly ruleId: string;
            readonly match: string;
            readonly within?: string;
            readonly tags: readonly string[];
        };
    }[];
}

/** The proxy with its firewall on the real nginx, ModSecurity and rule set, behind a load balancer's PROXY protocol. */
export class Waf {
    private constructor(
        readonly nginx: Nginx,
        private readonly port: number,
        private readonly closing: readonly (() => Promise<void> | void)[],
    ) {}

    static async start(settings: WafSettings, change: Partial<ProxyConfiguration> = {}): Promise<Waf> {
        for (const file of [DEBIAN.module, DEBIAN.rules]) {
            if (existsSync(file)) continue;
            throw new Error(
                `${file} is not there: these tests need ModSecurity and its rules (Debian: apt-get install ` +
                    "libnginx-mod-http-modsecurity modsecurity-crs).",
            );
        }
        const { folder, remove } = scratch();
        const [http, https] = [await freePort(), await freePort()];
        const certificate = join(folder, "certificate");
        issueCertificate(certificate, [HOST]);
        const upstream = await Listener.start(HOST, "127.0.0.1", 0);
        const dns = await NameServer.start({ "api.svc": ["127.0.0.1"] });
        const layout = { ...DEBIAN, configuration: folder, auditLog: join(folder, "audit") };
        const configuration: ProxyConfiguration = {
            listeners: { http, https },
            sites: [{ host: HOST, upstream: { host: "api.svc", port: upstream.port }, websocket: true, certificate }],
            proxyProtocolFrom: ["127.0.0.1/32"],
            waf: layout,
            frame: { ...defaultFrame, temporary: folder, shutdownSeconds: 1 },
            ...change,
        };
        const files = wafFiles(settings, layout, Math.max(...configuration.sites.map(bodyMebibytes)));
        for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
        copyFileSync(resolve(__dirname, "../../../components/proxy/waf/bodies.conf"), join(folder, "bodies.conf"));
        const nginx = await Nginx.start(proxyConfiguration(configuration), {
            folder,
            port: https,
            resolver: dns.address,
            auditLog: layout.auditLog,
        });
        const closing = [() => nginx.stop(), () => dns.stop(), () => upstream.stop(), remove];
        return new Waf(nginx, https, closing);
    }

    /** Sends a request as a browser would, from a client's address in front of the load balancer. */
    ask(request: Request, client = "203.0.113.1"): Promise<Answer> {
        return askTls(this.question(request, client));
    }

    question(request: Request, client = "203.0.113.1") {
        return {
            port: this.port,
            host: HOST,
            ...request,
            proxyHeader: `PROXY TCP4 ${client} 203.0.113.254 50000 ${this.port}\r\n`,
            headers: { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", Accept: "*/*", ...request.headers },
        };
    }

    /** The lines of the audit log. */
    transactions(): Transaction[] {
        return this.lines().flatMap((line) => ("transaction" in line ? [line.transaction as Transaction] : []));
    }

    /** The lines of the access log. */
    requests(): Record<string, string>[] {
        return this.lines().filter((line) => !("transaction" in line)) as Record<string, string>[];
    }

    /** What the log says of a client, once it says it. */
    transactionOf(client: string): Promise<Transaction> {
        return eventually(() => one(this.transactions(), ({ client_ip }) => client_ip === client, client));
    }

    requestOf(client: string): Promise<Record<string, string>> {
        return eventually(() => one(this.requests(), ({ remote }) => remote === client, client));
    }

    async stop(): Promise<void> {
        for (const close of this.closing) await close();
    }

    private lines(): Record<string, unknown>[] {
        const lines = this.nginx.accessLog().split("\n").slice(0, -1);
        return lines.map((line) => JSON.parse(line));
    }
}

/** A client's address for each number below 65,536 (RFC 2544's range for tests). */
export function clientOf(index: number): string {
    return `198.18.${index >> 8}.${index & 255}`;
}

function one<T>(all: readonly T[], is: (item: T) => boolean, what: string): T {
    const found = all.filter(is);
    if (found.length !== 1) throw new Error(`${found.length} lines of the log are of ${what}`);
    return found[0];
}
