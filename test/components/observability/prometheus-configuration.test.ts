import { parse } from "yaml";
import {
    prometheusConfiguration,
    prometheusFile,
    retentionSize,
    type PrometheusSources,
} from "../../../components/observability/prometheus-configuration";
import { deploymentRules, type Running, type Task } from "../../../components/observability/prometheus-rules";
import type { Resources } from "../../../components/pod";
import type { Matrix, Role } from "../../../matrix";
import { changedMatrix, onPort, watchedMatrix, withVolume } from "./watched-matrix";

function derived(matrix: Matrix = watchedMatrix(), more: Partial<PrometheusSources> = {}) {
    const { configuration, reports } = prometheusConfiguration({
        role: matrix.role("Prometheus"),
        matrix,
        alertmanager: matrix.role("Alertmanager"),
        longTerm: { role: matrix.role("InfluxDB"), database: "metrics", user: "writer", passwordFile: "/run/password" },
        rulesFolder: "/rules",
        ...more,
    });
    return {
        configuration: configuration as unknown as Configuration,
        reports,
        text: prometheusFile({ configuration, reports }),
    };
}
interface Configuration {
    scrape_configs: {
        job_name: string;
        dns_sd_configs?: { names: string[]; type: string; port: number }[];
        static_configs?: { targets: string[] }[];
        relabel_configs: { target_label: string; replacement: string }[];
    }[];
    remote_write?: { url: string; basic_auth: Record<string, string> }[];
    alerting?: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
}
const jobNames = (matrix?: Matrix) => derived(matrix).configuration.scrape_configs.map(({ job_name }) => job_name);
const jobOf = (configuration: Configuration, name: string) =>
    configuration.scrape_configs.find(({ job_name }) => job_name === name)!;

describe("The targets of Prometheus", () => {
    it("are itself and the roles of its rows of use scrape, in the order of the rows", () => {
        expect(jobNames()).toEqual([
            "prometheus",
            "influxdb",
            "web",
            "proxy",
            "loki",
            "grafana",
            "log-collector",
            "alertmanager",
        ]);
    });

    it("lose a role with its row", () => {
        expect(jobNames(watchedMatrix("|Prometheus|Web|"))).not.toContain("web");
    });

    it("do not have a role that Prometheus writes to and does not scrape", () => {
        const matrix = changedMatrix(
            (rows) => rows,
            (text) => text.replace('"remote-write, scrape"', "remote-write"),
        );
        expect(jobNames(matrix)).not.toContain("influxdb");
        expect(derived(matrix).configuration.remote_write).toHaveLength(1);
    });

    it("are found by the headless Service of the role's metrics, whole, on the port of the row", () => {
        const { configuration } = derived(onPort(9100, 9200));
        expect(jobOf(configuration, "web").dns_sd_configs).toEqual([
            {
                names: ["web-metrics.shop.svc.cluster.local."],
                type: "A",
                port: 9200,
                refresh_interval: "15s",
            },
        ]);
    });

    it("bear the role's slug as job, and its name, and no label that a metric may have of its own", () => {
        const { configuration } = derived();
        expect(jobOf(configuration, "log-collector").relabel_configs).toEqual([
            { target_label: "role", replacement: "Log collector" },
        ]);
    });

    it("have the volumes of a role as a job of their own, on the port of that row, by the same Service", () => {
        const { configuration } = derived(withVolume());
        expect(jobOf(configuration, "loki").dns_sd_configs?.[0].port).toBe(3110);
        expect(jobOf(configuration, "loki-volumes")).toMatchObject({
            dns_sd_configs: [{ names: ["loki-metrics.watch.svc.cluster.local."], port: 9105 }],
            relabel_configs: [{ target_label: "role", replacement: "Loki" }],
        });
    });

    it("have Prometheus itself over loopback, on the port of its row", () => {
        expect(jobOf(derived().configuration, "prometheus").static_configs).toEqual([{ targets: ["localhost:9099"] }]);
        expect(jobNames(watchedMatrix("|Grafana|Prometheus|"))).not.toContain("prometheus");
    });

    it("leave out what has no pods of the platform, and say so", () => {
        const matrix = changedMatrix(
            (rows) => [...rows, "|Prometheus|Slack|9443|HTTPS|Metrics|"],
            (text) => text.replace('"remote-write, scrape"', '"remote-write, scrape", Slack: scrape'),
        );
        const { configuration, reports } = derived(matrix);
        expect(configuration.scrape_configs.map(({ job_name }) => job_name)).not.toContain("slack");
        expect(reports).toEqual(["Slack is not scraped: it has no pods of the platform (matrix.md:19)."]);
    });
});

describe("What Prometheus writes", () => {
    it("goes to InfluxDB at the port of the row, with a password from a file", () => {
        const { configuration, reports } = derived(onPort(8096, 8097));
        expect(reports).toEqual([]);
        expect(configuration.remote_write).toMatchObject([
            {
                url: "http://influxdb.watch.svc.cluster.local:8097/api/v1/prom/write?db=metrics",
                basic_auth: { username: "writer", password_file: "/run/password" },
            },
        ]);
    });

    it("goes nowhere without a row, which a report names", () => {
        const { configuration, reports } = derived(watchedMatrix("|Prometheus|InfluxDB|"));
        expect(configuration.remote_write).toBeUndefined();
        expect(reports).toEqual([expect.stringContaining("| Prometheus | InfluxDB | <port> | TCP | <why> |")]);
    });

    it("goes nowhere when the row has another use", () => {
        const matrix = changedMatrix(
            (rows) => rows,
            (text) => text.replace('"remote-write, scrape"', "scrape"),
        );
        const { configuration, reports } = derived(matrix);
        expect(configuration.remote_write).toBeUndefined();
        expect(reports).toEqual([expect.stringContaining("its row is not of use remote-write")]);
    });

    it("goes nowhere without an account, which a report says of the row", () => {
        const { configuration, reports } = derived(watchedMatrix(), { longTerm: undefined });
        expect(configuration.remote_write).toBeUndefined();
        expect(reports).toEqual(["Nothing is written to InfluxDB, which a row opens (matrix.md:7)."]);
    });
});

describe("Alerts of Prometheus", () => {
    it("go to the Alertmanager at the port of the row", () => {
        expect(derived().configuration.alerting?.alertmanagers[0].static_configs[0].targets).toEqual([
            "alertmanager.watch.svc.cluster.local:9098",
        ]);
    });

    it("go nowhere without the row, which a report names", () => {
        const { configuration, reports } = derived(watchedMatrix("|Prometheus|Alertmanager|"));
        expect(configuration.alerting).toBeUndefined();
        expect(reports).toEqual([expect.stringContaining("Alerts are sent to nobody. No row opens Prometheus")]);
    });
});

it("is written as YAML that reads back the same", () => {
    const { configuration, text } = derived();
    expect(parse(text)).toEqual(configuration);
});

describe("retentionSize", () => {
    it.each([
        ["10Gi", "8192MB"],
        ["500Mi", "400MB"],
        ["1Ti", "838860MB"],
    ])("of %s is %s: four fifths", (volume, size) => expect(retentionSize(volume)).toBe(size));

    it.each(["10G", "0Gi", "1.5Gi", ""])("refuses %j", (volume) => {
        expect(() => retentionSize(volume)).toThrow("expected a quantity such as 15Gi");
    });
});

describe("deploymentRules", () => {
    const matrix = watchedMatrix();
    const resources: Resources = { cpu: ["100m", "500m"], memory: ["64Mi", "1Gi"] };
    const running = new Map<Role, Running>([
        [matrix.role("Web"), { program: "application", pods: 3, resources }],
        [matrix.role("Nightly job"), { program: "application", pods: 1 }],
    ]);

    it("say of each role how many of its volumes should be told of", () => {
        const watched = withVolume();
        const [counts] = parse(
            deploymentRules({
                role: watched.role("Prometheus"),
                matrix: watched,
                running: new Map([[watched.role("Loki"), { program: "loki", pods: 1, resources }]]),
            }),
        ).groups;
        expect(counts.rules.map(({ labels }: { labels: object }) => labels)).toEqual([
            { job: "prometheus", role: "Prometheus", program: "prometheus" },
            { job: "loki", role: "Loki", program: "loki" },
            { job: "loki", role: "Loki" },
            { job: "loki", role: "Loki" },
            { job: "loki-volumes", role: "Loki", program: "node-exporter" },
        ]);
    });

    const [expected, flows] = parse(deploymentRules({ role: matrix.role("Prometheus"), matrix, running })).groups;

    it("say how many targets each scraped role should have, Prometheus itself among them", () => {
        expect(expected.rules).toEqual([
            {
                record: "matrice_expected_targets",
                expr: "vector(1)",
                labels: { job: "prometheus", role: "Prometheus", program: "prometheus" },
            },
            {
                record: "matrice_expected_targets",
                expr: "vector(3)",
                labels: { job: "web", role: "Web", program: "application" },
            },
            { record: "matrice_memory_limit_bytes", expr: "vector(1073741824)", labels: { job: "web", role: "Web" } },
            { record: "matrice_cpu_limit_cores", expr: "vector(0.5)", labels: { job: "web", role: "Web" } },
        ]);
    });

    it("say what is done on a schedule, and by which role", () => {
        const scheduled = new Map<Role, Task>([[matrix.role("Nightly job"), "cleanup"]]);
        const prometheus = matrix.role("Prometheus");
        const [counts] = parse(deploymentRules({ role: prometheus, matrix, running: new Map(), scheduled })).groups;
        expect(counts.rules.at(-1)).toEqual({
            record: "matrice_scheduled_task",
            expr: "vector(1)",
            labels: { role: "Nightly job", task: "cleanup" },
        });
    });

    it("are refused for a limit that is no quantity", () => {
        const wrong = new Map<Role, Running>([
            [matrix.role("Web"), { program: "application", pods: 1, resources: { ...resources, cpu: ["1", "much"] } }],
        ]);
        expect(() => deploymentRules({ role: matrix.role("Prometheus"), matrix, running: wrong })).toThrow(
            "Quantity much: expected one such as 500m",
        );
    });

    it("have each row of the documents once", () => {
        expect(flows.rules).toHaveLength(16);
        expect(flows.rules[0]).toEqual({
            record: "matrice_flow_info",
            expr: "vector(1)",
            labels: { source: "Proxy", destination: "Web", ports: "8080", transport: "TCP", document: "matrix" },
        });
    });
});
