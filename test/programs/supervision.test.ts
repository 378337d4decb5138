import { connect } from "node:net";
import { producers } from "../monitoring/producers";
import { query } from "./influxdb";
import { eventually } from "./nginx";
import { DATABASE, WatchedStack } from "./watched-stack";

jest.setTimeout(90_000);

beforeAll(() => {
    jest.spyOn(console, "warn").mockReturnValue();
});

const volumesOf = (...roles: string[]) => roles.map((role) => `${role}-volumes`);
/** Jobs that have a program here, those of volumes by one exporter. */
const WATCHED = [
    {
        name: "prod",
        others: { nginx: ["proxy", "redirect"], influxdb: true },
        here: ["alertmanager", "influxdb", "prometheus", "proxy", "redirect", "redis"].concat(
            volumesOf("alertmanager", "influxdb", "loki", "mongodb", "prometheus"),
        ),
        tells: ["DeadMansSwitch prometheus", "RoleDown API", "SupervisionDown Loki"],
    },
    // Its proxy runs with its firewall's module in test/programs/waf.
    {
        name: "agents-prod",
        others: { nginx: [], influxdb: false },
        here: ["alertmanager", "monitoring", "redis"].concat(
            volumesOf("alertmanager", "loki", "monitoring", "postgresql"),
        ),
        tells: ["DeadMansSwitch prometheus", "RoleDown FastAPI Backend", "SupervisionDown Loki"],
    },
];

describe.each(WATCHED)("The stack $name, watched by the real programs", ({ name, others, here, tells }) => {
    let stack: WatchedStack;
    beforeAll(async () => {
        stack = await WatchedStack.start(name, others);
    });
    afterAll(() => stack?.stop());

    it("has a target for each program, which answers", async () => {
        await eventually(async () => expect(await stack.jobsWhere("up == 1")).toEqual([...here].sort()));
    });

    // Prometheus counts what it writes to another once there is another.
    const isShown = (metric: string) => others.influxdb || !metric.startsWith("prometheus_remote_storage_");
    const read = producers
        .filter(({ known, jobs }) => known === "run" && !jobs.includes("backup-status"))
        .filter(({ jobs }) => jobs.length === 0 || jobs.some((job) => here.includes(job)))
        .map((producer) => ({ ...producer, metrics: producer.metrics.filter(isShown) }))
        .filter(({ metrics }) => metrics.length > 0);
    it.each(read)("shows what is read of: $program", async ({ jobs, metrics, about = [] }) => {
        const own = jobs.filter((job) => here.includes(job));
        for (const metric of metrics) {
            await eventually(async () => {
                const found = new Set(await stack.jobsWhere(`count by (job) (${metric})`));
                const lacking = about.includes("*") ? [] : own.filter((job) => !found.has(job));
                expect([metric, found.size > 0, lacking]).toEqual([metric, true, []]);
            });
        }
    });

    it("reads nginx and Redis through their exporters", async () => {
        await eventually(async () => {
            const up = (await stack.ask("nginx_up")).map(({ value }) => value[1]);
            expect(up).toEqual(others.nginx.map(() => "1"));
            expect((await stack.ask("redis_up")).map(({ value }) => value[1])).toEqual(["1"]);
        });
        expect(await stack.ask('redis_exporter_last_scrape_error{err!=""}')).toEqual([]);
    });

    it("evaluates every rule, and none fails", async () => {
        await eventually(async () => {
            expect(await stack.ask("prometheus_rule_group_last_evaluation_timestamp_seconds == 0")).toEqual([]);
            const groups = await stack.ask("count(prometheus_rule_group_last_evaluation_timestamp_seconds)");
            expect(groups[0]).toBeDefined();
        });
        expect(await stack.ask("prometheus_rule_evaluation_failures_total > 0")).toEqual([]);
    });

    it("tells Alertmanager of the roles that do not answer, and that alerting works", async () => {
        const told = async () => {
            const response = await fetch(`${stack.url("alertmanager")}/api/v2/alerts`);
            const alerts = (await response.json()) as { labels: Record<string, string> }[];
            return alerts.map(({ labels }) => `${labels.alertname} ${labels.role}`);
        };
        await eventually(async () => expect(await told()).toEqual(expect.arrayContaining(tells)));
        expect(await told()).not.toContain("RoleDown Redis");
    });

    it("lets the exporter of Redis read neither keys nor the configuration", async () => {
        const [word] = Object.values(JSON.parse(stack.texts("Secret", "redis-exporter")["passwords.json"]) as object);
        for (const command of ["GET a", "CONFIG GET requirepass", "ACL LIST", "SUBSCRIBE a", "CLIENT LIST"]) {
            const answer = await tell(stack.ports.get("redis itself")!, `AUTH exporter ${word}`, command);
            expect([command, answer]).toEqual([command, expect.stringMatching(/^\+OK\r\n-NOPERM/)]);
        }
    });

    if (!others.influxdb) return;
    it("keeps metrics in InfluxDB", async () => {
        const account = { user: "admin", password: stack.password("influxdb-passwords", "admin-password") };
        const port = stack.ports.get("influxdb")!;
        await eventually(async () => {
            const { rows } = await query(port, `SELECT last("value") FROM "redis_up"`, account, DATABASE);
            expect(rows[0]?.[1]).toBe(1);
        });
        expect((await stack.ask("sum(prometheus_remote_storage_samples_failed_total)"))[0]?.value[1]).toBe("0");
    });
});

/** What Redis answers to lines of its protocol. */
function tell(port: number, ...lines: string[]): Promise<string> {
    return new Promise((done, fail) => {
        const socket = connect(port, "127.0.0.1", () => socket.end(`${[...lines, "QUIT"].join("\r\n")}\r\n`));
        let text = "";
        socket.setEncoding("utf8").on("data", (part) => (text += part));
        socket.once("error", fail).once("close", () => done(text));
    });
}
