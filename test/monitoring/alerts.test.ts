import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { MAX_CLIENTS } from "../../components/redis";
import { ALERTS, namesIn, readAlerts, readTests, ROOT, TESTS } from "./rules";

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

describe("thresholds follow the limits of the containers", () => {
    const file = resolve(ROOT, "test/golden/e-chauffeur.prod.yaml");
    const objects = parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS());
    const limitsOf = (name: string): { cpu: string; memory: string } => {
        const kinds = ["Deployment", "StatefulSet"];
        const workload = objects.find((object) => kinds.includes(object?.kind) && object.metadata?.name === name);
        return workload.spec.template.spec.containers[0].resources.limits;
    };
    const cores = (cpu: string) => (cpu.endsWith("m") ? Number.parseInt(cpu) / 1000 : Number(cpu));
    const bytes = (memory: string) => Number.parseInt(memory) * (memory.endsWith("Gi") ? 2 ** 30 : 2 ** 20);
    const thresholds = (name: string, share: string) => {
        const { expr } = alerts.find(({ alert }) => alert === name)!;
        const found = [...expr.matchAll(/job=~?"([^"]+)".*> ([0-9.]+) \* ([0-9.]+)/g)];
        expect(found.map(([, , part]) => part)).toEqual(found.map(() => share));
        return (job: string) => Number(found.find(([, pattern]) => new RegExp(`^(${pattern})$`).test(job))?.[3]);
    };
    const roles = ["api", "app-dashboard", "app-driver", "app-user"];

    it("Redis: clients", () => {
        const { expr } = alerts.find(({ alert }) => alert === "RedisClientsHigh")!;
        expect(Number(/redis_connected_clients\) \/ (\d+)/.exec(expr)?.[1])).toBe(MAX_CLIENTS);
    });

    it.each(roles)("%s: memory", (role) => {
        expect(thresholds("MemoryNearLimit", "0.85")(role)).toBe(bytes(limitsOf(role).memory));
    });

    it.each(roles)("%s: processor", (role) => {
        expect(thresholds("CpuNearLimit", "0.9")(role)).toBe(cores(limitsOf(role).cpu));
    });

    it.each(["alertmanager", "grafana", "influxdb", "log-collector", "loki", "prometheus"])("%s: memory", (role) => {
        expect(thresholds("SupervisionMemoryHigh", "0.85")(role)).toBe(bytes(limitsOf(role).memory));
    });
});
