import { parse } from "yaml";
import {
    dashboardProvider,
    dataSources,
    grafanaEnvironment,
} from "../../../components/observability/grafana-configuration";
import { influxdbConfiguration } from "../../../components/observability/influxdb-configuration";
import {
    logCollectorConfiguration,
    type AccessLog,
} from "../../../components/observability/log-collector-configuration";
import { lokiConfiguration } from "../../../components/observability/loki-configuration";
import type { Matrix } from "../../../matrix";
import { onPort, watchedMatrix } from "./watched-matrix";

describe("InfluxDB's configuration", () => {
    it("listens on the port it is given alone, and asks for a password", () => {
        const text = influxdbConfiguration({ port: 8096 });
        expect(text.match(/^ *bind-address = .*$/gm)).toEqual([
            'bind-address = "127.0.0.1:0"',
            '  bind-address = ":8096"',
        ]);
        expect(text).toMatch(/^ {2}auth-enabled = true$/m);
        expect(text).toMatch(/^\[retention\]\n {2}enabled = true$/m);
    });

    it("listens on loopback without a port", () => {
        expect(influxdbConfiguration({ port: undefined })).toMatch(/^\[http\]\n.*\n {2}bind-address = "127.0.0.1:0"$/m);
    });
});

describe("Loki's configuration", () => {
    const configuration = (more = {}) => parse(lokiConfiguration({ port: 3110, retentionDays: 30, ...more }));

    it("deletes logs that are old, with everything that takes", () => {
        const { compactor, limits_config, schema_config } = configuration();
        expect(compactor).toMatchObject({ retention_enabled: true, delete_request_store: "filesystem" });
        expect(limits_config.retention_period).toBe("720h");
        expect(schema_config.configs[0].index.period).toBe("24h");
    });

    it("listens on the port it is given, and otherwise on loopback alone", () => {
        expect(configuration().server).toMatchObject({ http_listen_port: 3110, grpc_listen_address: "127.0.0.1" });
        expect(configuration({ port: undefined }).server).toEqual({
            http_listen_address: "127.0.0.1",
            grpc_listen_address: "127.0.0.1",
            log_level: "warn",
        });
    });

    it("writes under its volume alone", () => {
        const paths = lokiConfiguration({ port: 3110, retentionDays: 1 }).match(/: \/\S+/g) ?? [];
        expect(paths.length).toBeGreaterThan(3);
        expect(paths.filter((path) => !/^: \/loki(\/|$)/.test(path))).toEqual([]);
    });

    it.each([0, -1, 1.5])("refuses to keep logs for %d days", (retentionDays) => {
        expect(() => configuration({ retentionDays })).toThrow("is not a whole number of days from 1");
    });
});

describe("The log collector's configuration", () => {
    const derived = (matrix: Matrix = watchedMatrix(), accessLog: Partial<AccessLog> = {}) =>
        logCollectorConfiguration({
            role: matrix.role("Log collector"),
            matrix,
            loki: matrix.role("Loki"),
            accessLog: { role: matrix.role("Proxy"), container: "nginx", ...accessLog },
        });

    it("reads pods of the platform's namespaces alone", () => {
        expect(derived().text).toMatch(/namespaces \{\n *names = \["shop", "watch"\]\n/);
    });

    it("writes to Loki at the port of the row", () => {
        expect(derived(onPort(3110, 3111)).text).toContain(
            'url = "http://loki.watch.svc.cluster.local:3111/loki/api/v1/push"',
        );
    });

    it("collects nothing without the row, which a report names", () => {
        const { text, reports } = derived(watchedMatrix("|Log collector|Loki|"));
        expect(text).not.toMatch(/kubernetes|loki/);
        expect(reports).toEqual([expect.stringContaining("| Log collector | Loki | <port> | TCP | <why> |")]);
    });

    it("names a stream after the role, where its pods bear another name", () => {
        const { text } = derived();
        expect(text).toMatch(/regex += "shop\/nightly"\n *target_label += "job"\n *replacement += "nightly-job"/);
        expect(text).not.toContain('"shop/web"');
    });

    it("counts the lines of the access log, whose statuses make no streams", () => {
        const { text } = derived();
        expect(text).toContain('selector = "{job=\\"proxy\\", container=\\"nginx\\"}"');
        for (const name of ["proxy_responses_total", "proxy_response_seconds"]) {
            expect(text).toMatch(new RegExp(`name += "${name}"\\n *prefix += "matrice_"`));
        }
        expect(text.lastIndexOf('values = ["status"]')).toBeGreaterThan(text.indexOf("stage.metrics"));
    });

    it("counts what the proxy's firewall and limits refuse, where it has them", () => {
        const refused = /proxy_waf_blocked_total|proxy_rate_limited_total/g;
        expect(derived().text).not.toMatch(refused);
        const { text } = derived(watchedMatrix(), { waf: true, rateLimits: true });
        expect(text.match(refused)).toHaveLength(2);
        expect(text).toMatch(/source += "waf"\n *value += "blocked"/);
        expect(text).toMatch(/source += "limit"\n *value += "REJECTED"/);
    });

    it("takes no line of the firewall's log for a request", () => {
        const { text } = derived(watchedMatrix(), { waf: true });
        const selector = JSON.parse(/selector = (".*")/.exec(text)?.[1] ?? "");
        expect(selector).toBe('{job="proxy", container="nginx"} != "{\\"transaction\\":"');
    });

    it("opens as many blocks as it closes", () => {
        const { text } = derived(watchedMatrix(), { waf: true, rateLimits: true });
        expect(text.match(/\{$/gm)).toHaveLength(text.match(/^ *\}$/gm)!.length);
    });
});

describe("Grafana's data sources", () => {
    const sources = (matrix: Matrix) =>
        dataSources(matrix.role("Grafana"), matrix, {
            prometheus: matrix.role("Prometheus"),
            loki: matrix.role("Loki"),
        });

    it("are at the ports of Grafana's rows, under the uids that dashboards name", () => {
        const { text, reports } = sources(onPort(9099, 9199));
        expect(reports).toEqual([]);
        expect(parse(text).datasources).toMatchObject([
            { uid: "prometheus", url: "http://prometheus.watch.svc.cluster.local:9199", isDefault: true },
            { uid: "loki", url: "http://loki.watch.svc.cluster.local:3110", isDefault: false },
        ]);
    });

    it("lose one with its row, and Grafana forgets it", () => {
        const { text, reports } = sources(watchedMatrix("|Grafana|Loki|"));
        const { datasources, prune } = parse(text);
        expect(datasources.map(({ uid }: { uid: string }) => uid)).toEqual(["prometheus"]);
        expect(prune).toBe(true);
        expect(reports).toEqual([expect.stringContaining("| Grafana | Loki | <port> | TCP | <why> |")]);
    });
});

describe("Grafana's settings", () => {
    const settings = {
        port: 81,
        url: "https://watch.example.org/",
        secretsFolder: "/run/secrets/grafana",
        provisioningFolder: "/etc/grafana/provisioning",
        dataFolder: "/data",
    };

    it("ask people to sign in, with a password that stands in a file", () => {
        expect(grafanaEnvironment(settings)).toMatchObject({
            GF_AUTH_ANONYMOUS_ENABLED: "false",
            GF_USERS_ALLOW_SIGN_UP: "false",
            GF_SECURITY_ADMIN_PASSWORD__FILE: "/run/secrets/grafana/admin-password",
        });
    });

    it("know the address that people open, with one slash at its end", () => {
        expect(grafanaEnvironment(settings)).toMatchObject({
            GF_SERVER_ROOT_URL: "https://watch.example.org/",
            GF_SERVER_DOMAIN: "watch.example.org",
            GF_SERVER_HTTP_PORT: "81",
        });
    });

    it("listen on loopback without a port", () => {
        const variables = grafanaEnvironment({ ...settings, port: undefined });
        expect(variables.GF_SERVER_HTTP_ADDR).toBe("127.0.0.1");
        expect(variables).not.toHaveProperty("GF_SERVER_HTTP_PORT");
    });

    it("provision dashboards from the folder, which the page cannot change", () => {
        expect(parse(dashboardProvider("/boards")).providers).toMatchObject([
            { allowUiUpdates: false, disableDeletion: true, options: { path: "/boards" } },
        ]);
    });
});
