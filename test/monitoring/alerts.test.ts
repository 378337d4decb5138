import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MAX_CLIENTS } from "../../components/redis";
import { ALERTS, namesIn, readAlerts, readTests, ROOT, TESTS } from "./rules";
import { platforms } from "./watched";

const alerts = readAlerts();
const tests = readTests();
const byName = alerts.map((alert) => [alert.alert, alert] as const);
const readme = readFileSync(resolve(ROOT, "monitoring/README.md"), "utf8");

/** Those of a test's evaluations that concern an alert. */
const evaluationsOf = (name: string) =>
    tests.flatMap(({ alert_rule_test }) => alert_rule_test).filter(({ alertname }) => alertname === name);

it("names each alert once", () => {
    const names = alerts.map(({ alert }) => alert);
    expect(names).toEqual([...new Set(names)]);
});

it("tests each file of alerts in the file of the same name", () => {
    expect(namesIn(TESTS, ".yaml")).toEqual(namesIn(ALERTS, ".yaml"));
});

it("tests no alert that does not exist", () => {
    const tested = tests.flatMap(({ file, alert_rule_test }) => alert_rule_test.map((test) => [file, test.alertname]));
    const known = new Set(alerts.map(({ file, alert }) => `${file} ${alert}`));
    expect(tested.filter(([file, name]) => !known.has(`${file} ${name}`))).toEqual([]);
});

describe.each(byName)("%s", (name, { expr, labels, annotations, for: duration }) => {
    it("has a severity of the four", () => {
        expect(["critical", "high", "medium", "low"]).toContain(labels.severity);
    });

    it("adds no label but severity and role", () => {
        expect(Object.keys(labels).filter((label) => !["severity", "role"].includes(label))).toEqual([]);
    });

    it("waits before it fires", () => {
        expect(duration).toMatch(/^[1-9][0-9]*[mhd]$/);
    });

    it("has a summary, a description and a runbook", () => {
        expect(Object.keys(annotations).sort()).toEqual(["description", "runbook", "summary"]);
    });

    it("names its runbook, which exists", () => {
        expect(annotations.runbook).toBe(`runbooks/${name}.md`);
        expect(existsSync(resolve(ROOT, annotations.runbook))).toBe(true);
    });

    it("has a test in which it fires", () => {
        expect(evaluationsOf(name).some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
    });

    it("has a test in which it is quiet, with series that its expression reads", () => {
        const quiet = tests.filter(({ alert_rule_test }) =>
            alert_rule_test.some(({ alertname, exp_alerts }) => alertname === name && exp_alerts.length === 0),
        );
        const metrics = quiet.flatMap(({ input_series }) => input_series.map(({ series }) => series.split("{")[0]));
        expect(metrics.filter((metric) => new RegExp(`\\b${metric}\\b`).test(expr))).not.toEqual([]);
    });

    it("says whom it concerns", () => {
        const fired = evaluationsOf(name).flatMap(({ exp_alerts }) => exp_alerts);
        const concerned = fired.filter(({ exp_labels }) => exp_labels.role);
        expect(concerned).toHaveLength(fired.length);
    });

    it("uses no label in its texts that its series lack", () => {
        const used = [
            ...Object.values(annotations)
                .join(" ")
                .matchAll(/\$labels\.(\w+)/g),
        ].map(([, label]) => label);
        const fired = evaluationsOf(name).flatMap(({ exp_alerts }) => exp_alerts);
        const lacking = used.filter((label) => fired.some(({ exp_labels }) => !(label in exp_labels)));
        expect(lacking).toEqual([]);
    });
});

it("describes each metric of its own that an alert reads", () => {
    const used = new Set(alerts.flatMap(({ expr }) => expr.match(/\bmatrice_\w+/g) ?? []));
    expect([...used].filter((metric) => !readme.includes(metric.replace(/_count$|_sum$/, "")))).toEqual([]);
});

it("RedisClientsHigh follows the limit of the connections", () => {
    const { expr } = alerts.find(({ alert }) => alert === "RedisClientsHigh")!;
    expect(Number(/redis_connected_clients\) \/ (\d+)/.exec(expr)?.[1])).toBe(MAX_CLIENTS);
});

describe.each(platforms.map((watched) => [watched.platform, watched] as const))("Limits of %s", (_, watched) => {
    const programs = watched.recorded("matrice_expected_targets");
    const limitsOf = (job: string): { cpu: string; memory: string } => {
        const role = watched.roles.find(({ slug }) => slug === job)!;
        const workload = watched.objects.find(
            ({ kind, metadata }) =>
                ["Deployment", "StatefulSet"].includes(kind) && metadata?.name === role.workload!.name,
        ) as unknown as { spec: { template: { spec: { containers: { resources: { limits: never } }[] } } } };
        return workload.spec.template.spec.containers[0].resources.limits;
    };
    const cores = (cpu: string) => (cpu.endsWith("m") ? Number.parseInt(cpu) / 1000 : Number(cpu));
    const bytes = (memory: string) => Number.parseInt(memory) * (memory.endsWith("Gi") ? 2 ** 30 : 2 ** 20);
    const running = (...names: string[]) => [...programs].filter(([, { program }]) => names.includes(program!));

    it.each(running("application"))("%s: what an alert compares with is what its container may use", (job) => {
        const { cpu, memory } = limitsOf(job);
        expect(watched.recorded("matrice_cpu_limit_cores").get(job)?.value).toBe(cores(cpu));
        expect(watched.recorded("matrice_memory_limit_bytes").get(job)?.value).toBe(bytes(memory));
    });

    const { expr } = alerts.find(({ alert }) => alert === "SupervisionMemoryHigh")!;
    const thresholds = [...expr.matchAll(/program=~?"([^"]+)"[^>]*> 0\.85 \* (\d+)/g)];
    const supervision = running("alertmanager", "grafana", "influxdb", "log-collector", "loki", "prometheus");

    it.each(supervision)("%s: the memory of the alert is its container's", (job, { program }) => {
        const own = thresholds.find(([, pattern]) => new RegExp(`^(${pattern})$`).test(program!));
        expect(Number(own?.[2])).toBe(bytes(limitsOf(job).memory));
    });
});
