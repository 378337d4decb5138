import { defaultFrame, frame, type Frame } from "../nginx/frame";
import { statusServer } from "../nginx/status";
import { absolutePath, block, cidr, hostName, isWholeInternet, portNumber } from "../nginx/text";
import { LIMIT_LOG_FIELD, limitRequests, rateLimitZones, RETRY_AFTER, type RateLimits } from "./rate-limits";
import { WAF_LOG_FIELD, wafDirectives } from "./waf/nginx";
import type { WafLayout } from "./waf/settings";

/** A name that the cluster's DNS resolves, and a port; resolved for each request, so it may come and go. */
export interface Upstream {
    readonly host: string;
    readonly port: number;
}

/** One published host. */
export interface ProxySite {
    readonly host: string;
    readonly upstream: Upstream;
    /** Lets `Upgrade: websocket` through and keeps such connections open while silent. */
    readonly websocket?: boolean;
    /** Address ranges that may open the site; left out or the whole internet: everyone. */
    readonly allow?: readonly string[];
    /** Folder with tls.crt and tls.key; it may be empty, or not exist yet. */
    readonly certificate: string;
    /** Largest request body, in MiB. Defaults to 10. */
    readonly bodyMebibytes?: number;
}

export interface ProxyConfiguration {
    readonly listeners: { readonly http: number; readonly https: number };
    readonly sites: readonly ProxySite[];
    /** cert-manager's solver pods; left out where certificates are not issued over HTTP-01. */
    readonly solver?: Upstream;
    /**
     * Address ranges of the load balancer: when given, every connection starts with a PROXY protocol header, which is
     * believed from these ranges alone.
     */
    readonly proxyProtocolFrom?: readonly string[];
    /** The socket on which nginx shows its counters; left out: nowhere. */
    readonly statusSocket?: string;
    /** Where the web application firewall and its configuration are; left out: there is none. */
    readonly waf?: WafLayout;
    readonly rateLimits?: RateLimits;
    readonly frame?: Frame;
}

/** Where RFC 8555 (8.3) has the certificate authority look for the answer to an HTTP-01 challenge. */
const CHALLENGE = "/.well-known/acme-challenge/";

/** Forward-secret AEAD suites for TLS 1.2 (Mozilla's "intermediate" profile); TLS 1.3 has only such. */
const CIPHERS = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
];

/** Headers by which a client could pretend to be someone or somewhere else; emptied before the upstream sees them. */
const CLIENT_CLAIMS = [
    "Forwarded",
    "X-Forwarded-Server",
    "X-Forwarded-Prefix",
    "X-Forwarded-Scheme",
    "X-Forwarded-Ssl",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    // A CGI upstream would take it for the address of its outgoing proxy (CVE-2016-5385).
    "Proxy",
];

/**
 * nginx's configuration for the proxy, as text; pure. Port numbers are the caller's, so that a test can run the same
 * text on other ports. Throws NginxValueError for a value that nginx would read as something else, Error for a host
 * that stands twice and for one port where two are needed.
 *
 * - Port 80 answers 301 on every path of a known host, `/.well-known/acme-challenge/` included; a host that is not
 *   published is refused on both ports, for a 301 that repeats whatever host was asked would be an open redirect.
 * - Upstreams and certificates are named by variables: nginx then looks them up when they are needed, so that neither
 *   an unresolved name nor a missing certificate stops it, and a renewed certificate is served from the next handshake
 *   on. (nginx 1.27.4 and later can cache such certificates; `ssl_certificate_cache` is off unless set.)
 */
export function proxyConfiguration(configuration: ProxyConfiguration): string {
    const { sites, listeners, waf, rateLimits } = configuration;
    const settings = configuration.frame ?? defaultFrame;
    const hosts = sites.map((site) => hostName(site.host));
    const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
    if (twice !== undefined) {
        throw new Error(`The host ${twice} is published twice: each host has one upstream.`);
    }
    if (listeners.http === listeners.https) {
        throw new Error(
            `HTTP and HTTPS are both to be served on ${listeners.http}: rows must open a port to the proxy for each.`,
        );
    }
    const listen = (port: number, options: string) =>
        `listen ${portNumber(port)}${options}${configuration.proxyProtocolFrom ? " proxy_protocol" : ""};`;
    // `http2` as a parameter of `listen`: deprecated since 1.25.1, yet the one spelling that every version reads.
    const http = (options = "") => listen(listeners.http, options);
    const https = (options = "") => listen(listeners.https, `${options} ssl http2`);

    const lines = [
        "# Written by start.sh from the pod's /etc/resolv.conf.",
        `include ${absolutePath(settings.temporary, "temporary folder")}/resolver.conf;`,
        "resolver_timeout 5s;",
        "",
        ...realAddress(configuration.proxyProtocolFrom),
        ...tls(sites),
        "",
        ...(waf === undefined ? [] : [...wafDirectives(waf, restricted(sites)), ""]),
        ...(rateLimits === undefined ? [] : [...rateLimitZones(rateLimits), ""]),
        ...upstreamDefaults(sites, listeners.https),
        "",
        ...statusServer(configuration.statusSocket),
        "# A host that is not published is refused.",
        ...block("server", [http(" default_server"), "server_name _;", "return 444;"]),
        ...block("server", [
            https(" default_server"),
            "server_name _;",
            "ssl_reject_handshake on;",
            "# Asked on a connection that was opened for another host (RFC 9110, 15.5.20).",
            "return 421;",
        ]),
        ...(hosts.length === 0
            ? []
            : [
                  "",
                  ...block("server", [
                      http(),
                      `server_name ${hosts.join(" ")};`,
                      `return 301 ${origin(listeners.https)}$request_uri;`,
                  ]),
              ]),
        ...sites.flatMap((site) => ["", ...server(site, https(), configuration)]),
    ];
    return frame(settings, lines, {
        modules: waf && [waf.module],
        logFields: { ...(waf && WAF_LOG_FIELD), ...(rateLimits && LIMIT_LOG_FIELD) },
    });
}

/** The sites that some people alone may open. */
function restricted(sites: readonly ProxySite[]): { host: string; allow: readonly string[] }[] {
    return sites.flatMap(({ host, allow }) => (allow === undefined || isWholeInternet(allow) ? [] : [{ host, allow }]));
}

/** `https://` and the host asked, with the port only where it is not the scheme's own. */
function origin(https: number): string {
    const { port } = new URL(`https://host:${portNumber(https)}`);
    return `https://$host${port === "" ? "" : `:${port}`}`;
}

function realAddress(from: readonly string[] | undefined): string[] {
    if (from === undefined) return [];
    if (from.length === 0) {
        throw new Error("PROXY protocol needs the load balancer's address ranges: from no address is nobody believed.");
    }
    return [
        "# The client's address is taken from the PROXY protocol header, and only when the load balancer sent it.",
        ...from.map((range) => `set_real_ip_from ${cidr(range, "load balancer's range")};`),
        "real_ip_header proxy_protocol;",
        "",
    ];
}

function tls(sites: readonly ProxySite[]): string[] {
    return [
        ...block("map $ssl_server_name $certificate", [
            'default "";',
            ...sites.map((site) => `${hostName(site.host)} ${absolutePath(site.certificate, "certificate folder")};`),
        ]),
        "ssl_certificate $certificate/tls.crt;",
        "ssl_certificate_key $certificate/tls.key;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        `ssl_ciphers ${CIPHERS.join(":")};`,
        "ssl_prefer_server_ciphers off;",
        "ssl_session_cache shared:tls:8m;",
        "ssl_session_timeout 1d;",
        "ssl_session_tickets off;",
    ];
}

function upstreamDefaults(sites: readonly ProxySite[], https: number): string[] {
    return [
        "# Only a websocket upgrade of a site that has websockets is passed on; h2c and others end here.",
        ...block("map $server_name $websockets", [
            'default "";',
            ...sites.filter((site) => site.websocket).map((site) => `${hostName(site.host)} yes;`),
        ]),
        ...block('map "$websockets $http_upgrade" $upgrade', ['default "";', '"~*^yes websocket$" websocket;']),
        ...block("map $upgrade $upgrade_connection", ['default "";', "websocket upgrade;"]),
        "proxy_set_header Upgrade $upgrade;",
        "proxy_set_header Connection $upgrade_connection;",
        "proxy_http_version 1.1;",
        "proxy_connect_timeout 5s;",
        "proxy_send_timeout 60s;",
        "proxy_read_timeout 60s;",
        "# Responses are not kept on disk: the writable folder is small.",
        "proxy_max_temp_file_size 0;",
        "# What the upstream is told of the client comes from the connection, never from the client's own headers.",
        "proxy_set_header Host $host;",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Host $host;",
        "proxy_set_header X-Forwarded-Proto https;",
        `proxy_set_header X-Forwarded-Port ${portNumber(https)};`,
        "proxy_set_header X-Request-ID $request_id;",
        ...CLIENT_CLAIMS.map((name) => `proxy_set_header ${name} "";`),
        "proxy_hide_header X-Powered-By;",
        "proxy_hide_header Strict-Transport-Security;",
    ];
}

function server(site: ProxySite, listen: string, { solver, waf, rateLimits }: ProxyConfiguration): string[] {
    const [people] = restricted([site]);
    return block("server", [
        listen,
        `server_name ${hostName(site.host)};`,
        'add_header Strict-Transport-Security "max-age=31536000" always;',
        ...(rateLimits === undefined ? [] : [RETRY_AFTER]),
        `client_max_body_size ${bodyMebibytes(site)}m;`,
        ...(waf === undefined ? [] : ["modsecurity on;"]),
        ...(solver === undefined ? [] : ["", ...challenge(solver, waf !== undefined)]),
        "",
        ...block("location /", [
            // nginx's messages at "error" quote the whole request line, query string included; the access log has the
            // upstream and both statuses of a failed request anyway.
            "error_log stderr crit;",
            ...(people ? [...people.allow.map((range) => `allow ${cidr(range)};`), "deny all;"] : []),
            ...(rateLimits === undefined ? [] : limitRequests(rateLimits)),
            ...(site.websocket ? ["proxy_read_timeout 1h;"] : []),
            ...passTo(site.upstream),
        ]),
    ]);
}

/** The largest request body that nginx lets in at a site, in MiB. */
export function bodyMebibytes(site: ProxySite): number {
    return site.bodyMebibytes ?? 10;
}

function challenge(solver: Upstream, waf: boolean): string[] {
    return block(`location ^~ ${CHALLENGE}`, [
        "error_log stderr crit;",
        // An answer that the authority does not get costs the certificate.
        ...(waf ? ["modsecurity off;"] : []),
        // Let's Encrypt publishes no addresses: whoever asks for an answer gets it.
        "allow all;",
        // The headless Service names every solver; the one of another challenge answers 404.
        "proxy_next_upstream error timeout http_404;",
        "proxy_next_upstream_tries 10;",
        ...passTo(solver),
    ]);
}

function passTo(upstream: Upstream): string[] {
    return [
        `set $upstream ${hostName(upstream.host, "upstream")};`,
        `proxy_pass http://$upstream:${portNumber(upstream.port)};`,
    ];
}
