import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import Ajv from "ajv";
import { dashboards } from "../../monitoring/dashboards";
import schema from "./dashboard.schema.json";
import { namesIn, ROOT } from "./rules";

const FOLDER = resolve(ROOT, "monitoring/dashboards");
const made = dashboards();

if (process.env.GOLDEN === "update") {
    const files = Object.entries(made).map(([file, dashboard]) => {
        const path = resolve(FOLDER, file);
        writeFileSync(path, JSON.stringify(dashboard, null, 4));
        return path;
    });
    const prettier = resolve(ROOT, "node_modules/prettier/bin/prettier.cjs");
    execFileSync(process.execPath, [prettier, "--write", ...files], { cwd: ROOT });
}

interface Panel {
    type: string;
    title: string;
    description?: string;
    datasource?: { uid: string };
    targets?: { datasource: { uid: string }; expr: string }[];
    fieldConfig?: { defaults: { unit?: string } };
    gridPos: { x: number; y: number; w: number; h: number };
}
interface Dashboard {
    uid: string;
    panels: Panel[];
    templating: { list: { datasource: { uid: string } }[] };
}
const committed = namesIn(FOLDER, ".json").map((name) => {
    const text = readFileSync(resolve(FOLDER, `${name}.json`), "utf8");
    return { file: `${name}.json`, dashboard: JSON.parse(text) as Dashboard };
});

it("are the ones that the builders make (GOLDEN=update refreshes them)", () => {
    expect(Object.fromEntries(committed.map(({ file, dashboard }) => [file, dashboard]))).toEqual(made);
});

it("have addresses of their own", () => {
    const uids = committed.map(({ dashboard }) => dashboard.uid);
    expect(uids).toEqual([...new Set(uids)]);
});

describe.each(committed)("$file", ({ dashboard }) => {
    const shown = dashboard.panels.filter(({ type }) => type !== "row");

    it("is a dashboard of Grafana's classic model", () => {
        const validate = new Ajv({ allErrors: true }).compile(schema);
        validate(dashboard);
        expect(validate.errors ?? []).toEqual([]);
    });

    it("reads the data sources that are provisioned", () => {
        const uids = [
            ...shown.flatMap(({ datasource, targets }) => [datasource, ...targets!.map((target) => target.datasource)]),
            ...dashboard.templating.list.map(({ datasource }) => datasource),
        ].map((source) => source?.uid);
        expect(uids.filter((uid) => uid !== "prometheus" && uid !== "loki")).toEqual([]);
    });

    it("gives each panel a unit and a description", () => {
        const bare = shown.filter(({ description, fieldConfig }) => !description || !fieldConfig?.defaults.unit);
        expect(bare.map(({ title }) => title)).toEqual([]);
    });

    it("names each panel once", () => {
        const titles = shown.map(({ title }) => title);
        expect(titles).toEqual([...new Set(titles)]);
    });

    it("places no panel over another or beyond the page", () => {
        const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
            Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
        );
        expect(new Set(cells).size).toBe(cells.length);
        expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    });
});
