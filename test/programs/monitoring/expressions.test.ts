import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { dashboards } from "../../../monitoring/dashboards";
import { namesIn, promqlOf, RUNBOOKS } from "../../monitoring/rules";
import { scratch } from "../nginx";
import { promtool } from "./promtool";

jest.setTimeout(60_000);

/** Grafana's variables have their values when a query is sent. */
const filled = (expr: string) => expr.replaceAll("$__rate_interval", "2m").replaceAll("$role", ".+");

interface Panel {
    title: string;
    targets?: { datasource: { uid: string }; expr: string }[];
}

const shown = Object.entries(dashboards()).map(([file, dashboard]) => ({
    file,
    expressions: (dashboard as { panels: Panel[] }).panels
        .flatMap(({ targets = [] }) => targets)
        .filter(({ datasource }) => datasource.uid === "prometheus")
        .map(({ expr }) => filled(expr)),
}));
const printed = {
    file: "the runbooks",
    expressions: namesIn(RUNBOOKS, ".md").flatMap((name) =>
        promqlOf(readFileSync(resolve(RUNBOOKS, `${name}.md`), "utf8")),
    ),
};

it.each([...shown, printed])("every expression of $file is PromQL", async ({ expressions }) => {
    const { folder, remove } = scratch();
    const rules = expressions.map((expr, index) => ({ record: `expression_${index}`, expr }));
    writeFileSync(join(folder, "rules.yaml"), stringify({ groups: [{ name: "expressions", rules }] }));
    const { code, output } = await promtool(["check", "rules", "rules.yaml"], folder);
    remove();
    expect(expressions).not.toEqual([]);
    expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
});
