import * as fc from "fast-check";
import { NginxValueError } from "../../components/nginx/text";
import { proxyConfiguration, type ProxyConfiguration, type ProxySite } from "../../components/proxy/configuration";
import { redirectConfiguration } from "../../components/redirect/configuration";

const site: ProxySite = {
    host: "www.example.org",
    upstream: { host: "web.shop.svc.cluster.local", port: 8080 },
    certificate: "/etc/certificates/www",
};
const small: ProxyConfiguration = { listeners: { http: 80, https: 443 }, sites: [site] };
const withSite = (more: Partial<ProxySite>) => proxyConfiguration({ ...small, sites: [{ ...site, ...more }] });

/** The lines of the first block whose head matches. */
function blockOf(text: string, head: RegExp): string[] {
    const lines = text.split("\n").map((line) => line.trim());
    const start = lines.findIndex((line) => head.test(line));
    return lines.slice(start + 1, lines.indexOf("}", start));
}

describe("the proxy's configuration", () => {
    it("leaves out the port of HTTPS where it is the scheme's own", () => {
        expect(proxyConfiguration(small)).toContain("return 301 https://$host$request_uri;");
        const other = proxyConfiguration({ ...small, listeners: { http: 80, https: 8443 } });
        expect(other).toContain("return 301 https://$host:8443$request_uri;");
    });

    it("reads neither upstreams nor certificates when it starts: both are variables", () => {
        const text = proxyConfiguration({ ...small, solver: { host: "solver.shop.svc.cluster.local", port: 8089 } });
        expect(text.match(/proxy_pass (\S+);/g)).toEqual([
            "proxy_pass http://$upstream:8089;",
            "proxy_pass http://$upstream:8080;",
        ]);
        expect(text.match(/ssl_certificate(_key)? (\S+);/g)).toEqual([
            "ssl_certificate $certificate/tls.crt;",
            "ssl_certificate_key $certificate/tls.key;",
        ]);
        expect(text).not.toContain("upstream {");
    });

    it("writes in one folder alone", () => {
        const text = proxyConfiguration(small);
        const written = [...text.matchAll(/^\s*(?:pid|\w+_temp_path) (\S+);/gm)].map(([, path]) => path);
        expect(written).toHaveLength(6);
        for (const path of written) expect(path).toMatch(/^\/tmp\//);
    });

    it("sets no header in a location, where it would undo those set above it", () => {
        const text = withSite({ websocket: true, allow: ["192.0.2.0/24"] });
        expect(blockOf(text, /^location \/ \{/).join("\n")).not.toContain("proxy_set_header");
    });

    it("admits the given ranges and denies the rest, unless they are the whole internet", () => {
        const some = blockOf(withSite({ allow: ["192.0.2.0/24", "2001:db8::/32"] }), /^location \/ \{/);
        expect(some.filter((line) => /^(allow|deny)/.test(line))).toEqual([
            "allow 192.0.2.0/24;",
            "allow 2001:db8::/32;",
            "deny all;",
        ]);
        expect(withSite({ allow: ["0.0.0.0/0", "::/0"] })).not.toContain("deny");
        expect(withSite({ allow: ["0.0.0.0/0"] })).toContain("deny all;");
        expect(withSite({ allow: [] })).toContain("deny all;");
    });

    it("expects a PROXY protocol header on every listener or on none", () => {
        const listens = (text: string) => [...text.matchAll(/listen .*;/g)].map(([line]) => line);
        expect(listens(proxyConfiguration(small)).join()).not.toContain("proxy_protocol");
        const behind = listens(proxyConfiguration({ ...small, proxyProtocolFrom: ["10.9.0.0/24"] }));
        expect(behind).toHaveLength(4);
        for (const line of behind) expect(line).toMatch(/ proxy_protocol;$/);
    });

    it("refuses PROXY protocol that nobody is believed for", () => {
        expect(() => proxyConfiguration({ ...small, proxyProtocolFrom: [] })).toThrow(/load balancer's address ranges/);
    });

    it("refuses a host that is published twice", () => {
        const twice = [site, { ...site, host: "WWW.example.org." }];
        expect(() => proxyConfiguration({ ...small, sites: twice })).toThrow("www.example.org is published twice");
    });

    it("is whole without any site", () => {
        expect(proxyConfiguration({ ...small, sites: [] })).not.toContain("return 301");
    });

    it.each([
        ["host", { host: "a b" }],
        ["host", { host: "a.example.org;" }],
        ["host", { host: "https://a.example.org" }],
        ["host", { host: "*.example.org" }],
        ["host", { host: "10.0.0.1" }],
        ["host", { host: "" }],
        ["upstream", { upstream: { host: "$evil", port: 80 } }],
        ["port", { upstream: { host: "a.svc", port: 70000 } }],
        ["port", { upstream: { host: "a.svc", port: 1.5 } }],
        ["address range", { allow: ["10.0.0.1"] }],
        ["address range", { allow: ["10.0.0.0/24; allow all"] }],
        ["certificate folder", { certificate: "/etc/../x" }],
        ["certificate folder", { certificate: "etc" }],
    ])("refuses a wrong %s: %j", (what, wrong) => {
        expect(() => withSite(wrong)).toThrow(NginxValueError);
        expect(() => withSite(wrong)).toThrow(new RegExp(`^${what} .* expected `));
    });

    it("has as many lines for any text as a host, or refuses it: no text becomes a directive", () => {
        const lines = withSite({}).split("\n").length;
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.domain()), (host) => {
                try {
                    expect(withSite({ host }).split("\n")).toHaveLength(lines);
                } catch (error) {
                    expect(error).toBeInstanceOf(NginxValueError);
                }
            }),
        );
    });
});

describe("the redirect's configuration", () => {
    it.each([
        ["a target with a query", "https://new.example.org/?a"],
        ["a target with a variable", "https://new.example.org/$host"],
        ["a target that ends the directive", "https://new.example.org; return 200"],
        ["another scheme", "ftp://new.example.org"],
        ["no URL", "new.example.org"],
    ])("refuses %s", (_case, to) => {
        expect(() => redirectConfiguration({ port: 80, from: "old.example.org", to })).toThrow(NginxValueError);
    });
});
