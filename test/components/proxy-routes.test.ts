import { routes, sourceRanges, type Site } from "../../components/proxy/routes";
import type { NetworkSettings } from "../../network";
import { network, platformMatrix, SITES, without } from "./published";

function derived(
    change?: (text: string) => string,
    sites: readonly Site[] = SITES,
    settings: NetworkSettings = network(),
) {
    const matrix = platformMatrix(change);
    return routes({
        role: matrix.role("Proxy"),
        matrix,
        sites,
        solver: matrix.role("ACME solver"),
        network: settings,
        certificateFolder: (host) => `/etc/certificates/${host}`,
    });
}

describe("routes", () => {
    it("lead each host to the Service of its role, on the port of the row", () => {
        const { configuration, reports } = derived();
        expect(configuration.sites.map(({ host, upstream }) => [host, upstream.host, upstream.port])).toEqual([
            ["api.example.org", "api.e-chauffeur.svc.cluster.local", 80],
            ["dashboard.example.org", "app-dashboard.e-chauffeur.svc.cluster.local", 80],
            ["example.org", "app-user.e-chauffeur.svc.cluster.local", 80],
            ["driver.example.org", "app-driver.e-chauffeur.svc.cluster.local", 80],
            ["supervision.example.org", "grafana.monitoring.svc.cluster.local", 80],
            ["old.example.org", "redirect.e-chauffeur.svc.cluster.local", 80],
        ]);
        expect(configuration.solver).toEqual({ host: "acme-solver.e-chauffeur.svc.cluster.local", port: 8089 });
        expect(reports).toEqual([]);
    });

    it("follow the numbers of the matrix", () => {
        const change = (text: string) =>
            text
                .replace(/80\/443\*/g, "8080/8443*")
                .replace("|Proxy|API|80|", "|Proxy|API|1337|")
                .replace("|8089|", "|8090|");
        const { configuration } = derived(change);
        expect(configuration.listeners).toEqual({ http: 8080, https: 8443 });
        expect(configuration.sites[0].upstream.port).toBe(1337);
        expect(configuration.solver?.port).toBe(8090);
    });

    it.each(SITES.map(({ host, role }) => [role, host]))(
        "close to %s without its row, which a report names",
        (role, host) => {
            const { configuration, reports } = derived(without(`|Proxy|${role}|`));
            expect(configuration.sites.map((site) => site.host)).toEqual(
                SITES.map((site) => site.host).filter((one) => one !== host),
            );
            expect(reports).toHaveLength(1);
            expect(reports[0]).toMatch(`${host} is not published. No row opens Proxy → ${role}`);
            expect(reports[0]).toContain(`| Proxy | ${role} | <port> |`);
        },
    );

    it("answer no challenge without the row to the solver, and say so", () => {
        const { configuration, reports } = derived(without("|Proxy|ACME solver|"));
        expect(configuration.solver).toBeUndefined();
        expect(reports).toEqual([expect.stringContaining("No row opens Proxy → ACME solver")]);
    });

    it("report a row that no site leads to, at its place", () => {
        const { reports } = derived(
            undefined,
            SITES.filter(({ role }) => role !== "App Driver"),
        );
        expect(reports).toEqual([expect.stringMatching(/^No site leads to App Driver, .*\(matrix\.md:\d+\)\.$/)]);
    });

    it("refuse a role that the matrix does not know", () => {
        expect(() => derived(undefined, [{ host: "a.example.org", role: "Grafan" }])).toThrow(
            /did you mean "?Grafana/i,
        );
    });

    it("admit the people of a site alone, and refuse a key that no setting lists", () => {
        const { configuration } = derived();
        const allow = configuration.sites.map((site) => site.allow);
        expect(allow).toEqual([undefined, undefined, undefined, undefined, ["203.0.113.0/24"], undefined]);
        const sites = [{ host: "a.example.org", role: "Grafana", people: "auditors" }];
        expect(() => derived(undefined, sites)).toThrow(/"auditors".*it has: clients, administrators/);
    });

    it("believe PROXY protocol from the load balancer alone, and only where the stack says so", () => {
        expect(derived().configuration.proxyProtocolFrom).toBeUndefined();
        const settings = network({ edge: "proxyProtocol", loadBalancerCidrs: ["10.9.0.0/24"] });
        expect(derived(undefined, SITES, settings).configuration.proxyProtocolFrom).toEqual(["10.9.0.0/24"]);
    });
});

describe("source ranges of the load balancer", () => {
    const ranges = (change: (text: string) => string, clients: string[]) => {
        const matrix = platformMatrix(change);
        const people = { clients, administrators: ["203.0.113.0/24"] };
        return sourceRanges(matrix.role("Proxy"), matrix, network({ people }));
    };
    const byDns = without("Let's Encrypt");

    it("are everyone as long as the certificate authority has a row", () => {
        expect(ranges((text) => text, ["198.51.100.0/24"])).toBe("everyone");
    });

    it("are the people's own without it", () => {
        expect(ranges(byDns, ["198.51.100.0/24"])).toEqual(["198.51.100.0/24", "203.0.113.0/24"]);
    });

    it("are everyone when people are everywhere", () => {
        expect(ranges(byDns, ["0.0.0.0/0", "::/0"])).toBe("everyone");
    });
});
