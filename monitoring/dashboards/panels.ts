/** Uids under which Grafana's data sources are provisioned. */
export type DataSource = "prometheus" | "loki";

export interface Query {
    /** PromQL, or LogQL where the panel reads Loki. */
    readonly expr: string;
    /** Of the series in the legend: text with `{{label}}`. */
    readonly legend?: string;
}

/** What a panel shows, before it has a place. Widths are of Grafana's 24 columns, heights of its 30 px rows. */
export interface Panel {
    readonly type: "timeseries" | "stat" | "table" | "bargauge" | "logs";
    readonly title: string;
    /** What to see in it and when to worry; it stands behind the panel's "i". */
    readonly description: string;
    /** A unit of Grafana: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
    readonly unit: string;
    readonly queries: readonly Query[];
    readonly source?: DataSource;
    readonly width?: number;
    readonly height?: number;
    /** Values from which the colour changes to orange and to red; `falling` where low is bad. */
    readonly limits?: { readonly orange: number; readonly red: number; readonly falling?: boolean };
    readonly min?: number;
    readonly max?: number;
    /** Columns of a table to leave out. */
    readonly hidden?: readonly string[];
}

export interface Section {
    readonly title: string;
    readonly panels: readonly Panel[];
}

export interface Variable {
    readonly name: string;
    readonly label: string;
    readonly query: string;
}

export interface Dashboard {
    /** In its address; never changes. */
    readonly uid: string;
    readonly title: string;
    readonly description: string;
    readonly variables?: readonly Variable[];
    readonly sections: readonly Section[];
}

const COLUMNS = 24;
const HEIGHT = 8;

/** The dashboard in Grafana's classic JSON model, which every version provisions from files. */
export function render({ uid, title, description, variables = [], sections }: Dashboard): object {
    let id = 0;
    let y = 0;
    const panels: object[] = [];
    for (const section of sections) {
        panels.push({
            id: ++id,
            type: "row",
            title: section.title,
            collapsed: false,
            gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
            panels: [],
        });
        let x = 0;
        let tallest = 0;
        for (const panel of section.panels) {
            const { width = COLUMNS / 2, height = HEIGHT } = panel;
            if (x + width > COLUMNS) {
                y += tallest;
                x = tallest = 0;
            }
            panels.push(renderPanel(panel, ++id, { x, y, w: width, h: height }));
            x += width;
            tallest = Math.max(tallest, height);
        }
        y += tallest;
    }
    return {
        uid,
        title,
        description,
        tags: ["matrice"],
        schemaVersion: 39,
        version: 1,
        editable: false,
        graphTooltip: 1,
        refresh: "1m",
        timezone: "browser",
        time: { from: "now-6h", to: "now" },
        annotations: { list: [] },
        templating: { list: variables.map(renderVariable) },
        links: [],
        panels,
    };
}

function renderPanel(panel: Panel, id: number, gridPos: object): object {
    const { type, title, description, source = "prometheus", queries } = panel;
    const instant = type === "stat" || type === "table" || type === "bargauge";
    const dataSource = { type: source, uid: source };
    return {
        id,
        type,
        title,
        description,
        gridPos,
        datasource: dataSource,
        targets: queries.map(({ expr, legend }, index) => ({
            refId: String.fromCharCode("A".charCodeAt(0) + index),
            datasource: dataSource,
            expr,
            ...(legend !== undefined && { legendFormat: legend }),
            ...(source === "prometheus" && {
                instant,
                range: !instant,
                format: type === "table" ? "table" : "time_series",
            }),
            ...(source === "loki" && { queryType: "range" }),
        })),
        fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
        options: optionsOf(type),
        ...(type === "table" && {
            transformations: [
                {
                    id: "organize",
                    options: { excludeByName: Object.fromEntries((panel.hidden ?? []).map((name) => [name, true])) },
                },
            ],
        }),
    };
}

function fieldDefaults({ type, unit, limits, min, max }: Panel): object {
    return {
        unit,
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
        color: { mode: type === "timeseries" ? "palette-classic" : "thresholds" },
        thresholds: {
            mode: "absolute",
            steps: limits === undefined ? [{ color: "blue", value: null }] : steps(limits),
        },
        ...(type === "timeseries" && {
            custom: {
                lineWidth: 1,
                fillOpacity: 10,
                showPoints: "never",
                thresholdsStyle: { mode: limits === undefined ? "off" : "line" },
            },
        }),
    };
}

/** Grafana's first step has no value: it holds from below. */
function steps({ orange, red, falling = false }: NonNullable<Panel["limits"]>): object[] {
    return falling
        ? [
              { color: "red", value: null },
              { color: "orange", value: red },
              { color: "green", value: orange },
          ]
        : [
              { color: "green", value: null },
              { color: "orange", value: orange },
              { color: "red", value: red },
          ];
}

function optionsOf(type: Panel["type"]): object {
    switch (type) {
        case "timeseries":
            return {
                legend: { displayMode: "list", placement: "bottom", showLegend: true },
                tooltip: { mode: "multi" },
            };
        case "stat":
            return { colorMode: "background", graphMode: "none", reduceOptions: { calcs: ["lastNotNull"] } };
        case "bargauge":
            return { displayMode: "basic", orientation: "horizontal", reduceOptions: { calcs: ["lastNotNull"] } };
        case "table":
            return { showHeader: true, cellHeight: "sm" };
        case "logs":
            return { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: "Descending" };
    }
}

function renderVariable({ name, label, query }: Variable): object {
    return {
        name,
        label,
        type: "query",
        datasource: { type: "prometheus", uid: "prometheus" },
        query: { query, refId: name },
        definition: query,
        refresh: 2,
        sort: 1,
        multi: true,
        includeAll: true,
        allValue: ".+",
        current: { text: ["All"], value: ["$__all"] },
        options: [],
    };
}
