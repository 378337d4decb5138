import { connect } from "node:net";
import { producers } from "../monitoring/producers";
import { query } from "./influxdb";
import { eventually } from "./nginx";
import { DATABASE, WatchedStack } from "./watched-stack";

jest.setTimeout(90_000);

let stack: WatchedStack;
beforeAll(async () => {
    jest.spyOn(console, "warn").mockReturnValue();
    stack = await WatchedStack.start("prod");
});
afterAll(() => stack?.stop());

interface Sample {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
}

async function ask(expression: string): Promise<Sample[]> {
    const parameters = new URLSearchParams({ query: expression });
    const response = await fetch(`${stack.url("prometheus")}/api/v1/query?${parameters}`);
    return ((await response.json()) as { data: { result: Sample[] } }).data.result;
}

const jobsWhere = async (expression: string) => (await ask(expression)).map(({ metric }) => metric.job).sort();

/** Jobs that have a program here, those of volumes by one exporter. */
const HERE = ["alertmanager", "influxdb", "prometheus", "proxy", "redirect", "redis"];
const VOLUMES = ["alertmanager", "influxdb", "loki", "mongodb", "prometheus"].map((role) => `${role}-volumes`);

describe("The stack prod, watched by the real programs", () => {
    it("has a target for each program, which answers", async () => {
        await eventually(async () => expect(await jobsWhere("up == 1")).toEqual([...HERE, ...VOLUMES].sort()));
    });

    it.each(producers.filter(({ known, jobs }) => known === "run" && !jobs.includes("backup-status")))(
        "shows what is read of: $program",
        async ({ jobs, metrics, about = [] }) => {
            const here = jobs.filter((job) => [...HERE, ...VOLUMES].includes(job));
            for (const metric of metrics) {
                await eventually(async () => {
                    const found = new Set(await jobsWhere(`count by (job) (${metric})`));
                    const lacking = about.includes("*") ? [] : here.filter((job) => !found.has(job));
                    expect([metric, found.size > 0, lacking]).toEqual([metric, true, []]);
                });
            }
        },
    );

    it("reads nginx and Redis through their exporters", async () => {
        await eventually(async () => {
            expect((await ask("nginx_up")).map(({ value }) => value[1])).toEqual(["1", "1"]);
            expect((await ask("redis_up")).map(({ value }) => value[1])).toEqual(["1"]);
        });
        expect(await ask('redis_exporter_last_scrape_error{err!=""}')).toEqual([]);
    });

    it("evaluates every rule, and none fails", async () => {
        await eventually(async () => {
            expect(await ask("prometheus_rule_group_last_evaluation_timestamp_seconds == 0")).toEqual([]);
            expect((await ask("count(prometheus_rule_group_last_evaluation_timestamp_seconds)"))[0]).toBeDefined();
        });
        expect(await ask("prometheus_rule_evaluation_failures_total > 0")).toEqual([]);
    });

    it("tells Alertmanager of the roles that do not answer, and that alerting works", async () => {
        const told = async () => {
            const response = await fetch(`${stack.url("alertmanager")}/api/v2/alerts`);
            const alerts = (await response.json()) as { labels: Record<string, string> }[];
            return alerts.map(({ labels }) => `${labels.alertname} ${labels.role}`);
        };
        await eventually(async () => {
            expect(await told()).toEqual(
                expect.arrayContaining(["DeadMansSwitch prometheus", "RoleDown API", "SupervisionDown Loki"]),
            );
        });
        expect(await told()).not.toContain("RoleDown Redis");
    });

    it("keeps metrics in InfluxDB", async () => {
        const account = { user: "admin", password: stack.password("influxdb-passwords", "admin-password") };
        const port = stack.ports.get("influxdb")!;
        await eventually(async () => {
            const { rows } = await query(port, `SELECT last("value") FROM "redis_up"`, account, DATABASE);
            expect(rows[0]?.[1]).toBe(1);
        });
        expect((await ask("sum(prometheus_remote_storage_samples_failed_total)"))[0]?.value[1]).toBe("0");
    });

    it("lets the exporter of Redis read neither keys nor the configuration", async () => {
        const [word] = Object.values(JSON.parse(stack.texts("Secret", "redis-exporter")["passwords.json"]) as object);
        for (const command of ["GET a", "CONFIG GET requirepass", "ACL LIST", "SUBSCRIBE a", "CLIENT LIST"]) {
            const answer = await tell(stack.ports.get("redis itself")!, `AUTH exporter ${word}`, command);
            expect([command, answer]).toEqual([command, expect.stringMatching(/^\+OK\r\n-NOPERM/)]);
        }
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
