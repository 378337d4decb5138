import { dashboards } from "../../monitoring/dashboards";
import { elsewhere, producers } from "./producers";
import { readAlerts, selectorsIn } from "./rules";
import { platforms } from "./watched";

const known = new Set([...producers.flatMap(({ metrics }) => metrics), ...elsewhere]);

interface Panel {
    title: string;
    targets?: { datasource: { uid: string }; expr: string }[];
}
const shown = Object.entries(dashboards()).flatMap(([file, dashboard]) =>
    (dashboard as { panels: Panel[] }).panels.flatMap(({ title, targets = [] }) =>
        targets
            .filter(({ datasource }) => datasource.uid === "prometheus")
            .map(({ expr }) => ({ where: `${file}: ${title}`, expr })),
    ),
);
const read = [...readAlerts().map(({ alert, expr }) => ({ where: alert, expr })), ...shown].flatMap(({ where, expr }) =>
    selectorsIn(expr).map(({ metric }) => ({ where, metric })),
);

describe("The metrics that alerts and dashboards read", () => {
    it("are each shown by a program of the table", () => {
        expect(read.length).toBeGreaterThan(150);
        expect(read.filter(({ metric }) => !known.has(metric))).toEqual([]);
    });

    it("leave no metric in the table that none of them reads", () => {
        const used = new Set(read.map(({ metric }) => metric));
        expect([...known].filter((metric) => !used.has(metric))).toEqual([]);
    });
});

describe("The programs of the table", () => {
    const named = new Set(producers.flatMap((producer) => producer.jobs));

    it("are targets of a platform's Prometheus", () => {
        expect([...named].filter((job) => !platforms.some(({ jobs }) => jobs.has(job)))).toEqual([]);
    });

    it.each(platforms)("are all targets of $platform: each shows something that is read", ({ jobs }) => {
        expect([...jobs].filter((job) => !named.has(job))).toEqual([]);
    });
});

describe("What an expression selects", () => {
    it.each([
        ["up", ["up"]],
        ['sum by (job, role) (rate(a_total{job=~"x|y", code!="5.."}[5m])) > 0.5 and b', ["a_total", "b"]],
        ["max(a) - on (job) group_left () b / 1e6 unless on () c offset 5m", ["a", "b", "c"]],
        ["time() - c > 26 * 3600", ["c"]],
        ['count by (reason) (d{text="} up {"}) or vector(0)', ["d"]],
    ])("%s", (expr, metrics) => expect(selectorsIn(expr).map(({ metric }) => metric)).toEqual(metrics));
});
