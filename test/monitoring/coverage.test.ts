import { join } from "node:path";
import { scraped } from "../../components/observability/prometheus-configuration";
import { loadPlatform } from "../../matrix";
import { coverage, kinds, promises, unscraped, type Cover } from "./coverage";
import { elsewhere, producers } from "./producers";
import { admitsJob, readAlerts, ROOT, selectorsIn } from "./rules";

const matrix = loadPlatform(join(ROOT, "platforms/e-chauffeur"));
const prometheus = matrix.role("Prometheus");
const targets = scraped({ role: prometheus, matrix });
const scrapedRoles = [...new Set([prometheus, ...targets.map(({ role }) => role)])];
const workloads = matrix.roles.filter(({ isWorkload }) => isWorkload);
const alerts = new Map(readAlerts().map((alert) => [alert.alert, alert]));

/**
 * Whether an alert reads something that is shown by a job, or is about it. Where some of its selectors name jobs, these
 * decide: the others are joined to them.
 */
function concerns(name: string, job: string): boolean {
    const selectors = selectorsIn(alerts.get(name)?.expr ?? "");
    const naming = selectors.filter(({ matchers }) => /\bjob\b/.test(matchers));
    return (naming.length > 0 ? naming : selectors).some(
        (selector) =>
            (admitsJob(selector, job) || admitsJob(selector, `${job}-volumes`)) &&
            producers.some(
                ({ metrics, jobs, about = [] }) =>
                    metrics.includes(selector.metric) && [...jobs, ...about].some((one) => one === job || one === "*"),
            ),
    );
}

it("An alert concerns the roles whose metrics it reads and whose job it admits, and no other", () => {
    expect(concerns("RedisErrors", "redis")).toBe(true);
    expect(concerns("RedisErrors", "api")).toBe(false);
    expect(concerns("MemoryNearLimit", "api")).toBe(true);
    expect(concerns("MemoryNearLimit", "loki")).toBe(false);
    expect(concerns("RoleDown", "loki")).toBe(false);
    expect(concerns("VolumeFull", "loki")).toBe(true);
});

const alertsOf = (cover: Cover): readonly string[] => ("none" in cover ? [] : cover);

describe("Every role with pods", () => {
    it("is in the table of those that are scraped, or of those that are not", () => {
        const missing = workloads.filter(({ name }) => !(name in coverage) && !(name in unscraped));
        expect(missing.map(({ name }) => name)).toEqual([]);
        expect(scrapedRoles.filter(({ name }) => !(name in coverage)).map(({ name }) => name)).toEqual([]);
    });
});

describe.each(scrapedRoles.map((role) => [role.name, role] as const))("%s", (name, role) => {
    const covers = coverage[name];

    it.each(kinds)("has an alert on: %s, or a reason to have none", (kind) => {
        const cover = covers[kind];
        if ("none" in cover) return expect(cover.none).toMatch(/\w+ \w+/);
        expect(cover.length).toBeGreaterThan(0);
        expect(cover.filter((alert) => !concerns(alert, role.slug))).toEqual([]);
    });

    it("has alerts on its volume exactly where a row reads it", () => {
        const read = targets.some((target) => target.role === role && target.purpose === "volumes");
        expect(alertsOf(covers.disk).includes("VolumeFull")).toBe(read);
    });
});

it.each(Object.entries(unscraped))("%s is told of, or has a reason not to be", (name, cover) => {
    if ("none" in cover) return expect(cover.none).toMatch(/\w+ \w+/);
    const slug = name.toLowerCase().replaceAll(" ", "-");
    expect(cover.filter((alert) => !concerns(alert, slug))).toEqual([]);
});

it.each(promises)("there is an alert on %s", (_promise, name, expression) => {
    expect(alerts.get(name)?.expr.trim()).toMatch(expression);
});

it("there is no alert that the tables do not know", () => {
    const named = new Set([
        ...Object.values(coverage).flatMap((covers) => kinds.flatMap((kind) => alertsOf(covers[kind]))),
        ...Object.values(unscraped).flatMap(alertsOf),
        ...promises.map(([, name]) => name),
    ]);
    const ofEveryRole = ["RoleRestarting", "ScrapeSlow", "PrometheusWithoutAlertmanager"];
    expect([...alerts.keys()].filter((name) => !named.has(name) && !ofEveryRole.includes(name))).toEqual([]);
});

it("only what some clusters lack is read from elsewhere, by FlowsDenied alone", () => {
    const readers = [...alerts.values()].filter(({ expr }) =>
        selectorsIn(expr).some(({ metric }) => elsewhere.includes(metric)),
    );
    expect(readers.map(({ alert }) => alert)).toEqual(["FlowsDenied"]);
});
