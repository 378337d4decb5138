import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { alertRules } from "../../components/observability/monitoring-files";
import { components } from "../components/observability/components";
import { object, objects, render } from "../components/render";
import type { Matrix } from "../../matrix";
import { changedMatrix, watchedMatrix } from "../components/observability/watched-matrix";
import { answers, Daemon, runProgram } from "./daemon";
import { Listener } from "./http";
import { prepareInfluxDB, query, startInfluxDB } from "./influxdb";
import { eventually, freePort, scratch } from "./nginx";

jest.setTimeout(60_000);

/** A metric with a label of its own that says what it is about, as cert-manager's have. */
const RIDES = '# TYPE rides_total counter\nrides_total{namespace="campus"} 42\n';

interface Rendered {
    file: string;
    args: string[];
}

/** What the component registers, its files and folders in a folder of this machine. */
async function rendered(
    matrix: Matrix,
    folder: string,
    change: (text: string) => string = (text) => text,
): Promise<Rendered> {
    const { resources } = await render(() =>
        components.prometheus(matrix, {
            alertmanager: matrix.role("Alertmanager"),
            longTerm: { role: matrix.role("InfluxDB"), database: "metrics", user: "writer", password: output("word") },
            rules: alertRules(),
            running: new Map([[matrix.role("Web"), { program: "application", pods: 1 }]]),
        }),
    );
    const all = objects(resources);
    const files: [string, Record<string, string>][] = [
        ["configuration", object(all, "ConfigMap", "prometheus").data],
        ["rules", object(all, "ConfigMap", "prometheus-rules").data],
        ["secrets", object(all, "Secret", "prometheus-secrets").stringData],
    ];
    const local = (text: string) =>
        text
            .replaceAll("/etc/prometheus-rules", join(folder, "rules"))
            .replaceAll("/etc/prometheus/", `${join(folder, "configuration")}/`)
            .replaceAll("/run/secrets/prometheus", join(folder, "secrets"))
            .replace(/=\/prometheus$/, `=${join(folder, "data")}`);
    for (const [name, texts] of files) {
        mkdirSync(join(folder, name), { recursive: true });
        for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, name, file), text);
    }
    const file = join(folder, "configuration", "prometheus.yaml");
    writeFileSync(file, change(local(files[0][1]["prometheus.yaml"])));
    const { args } = object(all, "StatefulSet", "prometheus").spec.template.spec.containers[0];
    return { file, args: args.map(local) };
}

describe("promtool", () => {
    const { folder, remove } = scratch();
    afterAll(remove);

    it("finds nothing wrong in the configuration and the rules", async () => {
        const { file } = await rendered(watchedMatrix(), folder);
        const { ok, output } = runProgram("promtool", ["check", "config", file]);
        expect([ok, output]).toEqual([true, expect.stringContaining("is valid prometheus config file syntax")]);
        expect(output).toContain(`${Object.keys(alertRules()).length + 1} rule files found`);
    });

    it("would find a field that Prometheus does not know", async () => {
        const { file } = await rendered(watchedMatrix(), folder, (text) =>
            text.replace("dns_sd_configs", "dns_sd_config"),
        );
        expect(runProgram("promtool", ["check", "config", file])).toMatchObject({
            ok: false,
            output: expect.stringContaining("field dns_sd_config not found"),
        });
    });
});

/** The interval of a test, and this machine in place of the names that the cluster's DNS knows. */
function here(text: string): string {
    const configuration = parse(text.replaceAll(/[a-z-]+\.watch\.svc\.cluster\.local\b(?!\.)/g, "127.0.0.1"));
    configuration.global = { ...configuration.global, scrape_interval: "1s", scrape_timeout: "1s" };
    configuration.global.evaluation_interval = "1s";
    for (const job of configuration.scrape_configs) {
        const [found] = job.dns_sd_configs ?? [];
        if (found === undefined) continue;
        delete job.dns_sd_configs;
        job.static_configs = [{ targets: [`127.0.0.1:${found.port}`] }];
    }
    return stringify(configuration);
}

describe("Prometheus on its configuration", () => {
    const { folder, remove } = scratch();
    const data = scratch();
    const passwords = { admin: "word0", writer: "word" };
    const account = { user: "admin", password: "word0" };
    let ports: { prometheus: number; influxdb: number; web: number };
    let web: Listener;
    let influxdb: Daemon;
    let prometheus: Daemon;
    const ask = async (expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
        const parameters = new URLSearchParams({ query: expression });
        const response = await fetch(`http://127.0.0.1:${ports.prometheus}/api/v1/query?${parameters}`);
        return ((await response.json()) as { data: { result: [] } }).data.result;
    };

    beforeAll(async () => {
        ports = { prometheus: await freePort(), influxdb: await freePort(), web: await freePort() };
        web = await Listener.start("web", "127.0.0.1", ports.web, (request, response) => {
            response.setHeader("Content-Type", "text/plain; version=0.0.4");
            response.end(request.url === "/metrics" ? RIDES : "");
        });
        const options = { folder: data.folder, port: ports.influxdb, passwords };
        const matrix = changedMatrix((rows) =>
            rows
                .filter((row) => /\|(Prometheus|Grafana)\|(Web|InfluxDB|Prometheus|Alertmanager)\|/.test(row))
                .map((row) => row.replace("|9099|", `|${ports.prometheus}|`))
                .map((row) => row.replace("|8096|", `|${ports.influxdb}|`))
                .map((row) => row.replace("|9100|", `|${ports.web}|`)),
        );
        const { args } = await rendered(matrix, folder, here);
        expect(prepareInfluxDB(options)).toMatchObject({ ok: true });
        influxdb = await startInfluxDB(options);
        const ready = () => answers(`http://127.0.0.1:${ports.prometheus}/-/ready`);
        prometheus = await Daemon.start("prometheus", args, { folder, ready });
    });
    afterAll(async () => {
        await prometheus?.stop();
        await influxdb?.stop();
        await web?.stop();
        data.remove();
        remove();
    });

    it("scrapes the role of its row, on the row's port, and labels what it finds beside the metric's own labels", async () => {
        const [found] = await eventually(async () => {
            const result = await ask("rides_total");
            expect(result).toHaveLength(1);
            return result;
        });
        expect(found.value[1]).toBe("42");
        const { instance, ...labels } = found.metric;
        expect(instance).toBe(`127.0.0.1:${ports.web}`);
        expect(labels).toEqual({ __name__: "rides_total", job: "web", role: "Web", namespace: "campus" });
    });

    it("scrapes itself", async () => {
        await eventually(async () => expect((await ask('up{job="prometheus"}'))[0]?.value[1]).toBe("1"));
    });

    it("knows how many targets a role should have, and the rows", async () => {
        await eventually(async () => {
            expect((await ask('matrice_expected_targets{job="web"}'))[0]?.value[1]).toBe("1");
            expect(await ask("matrice_flow_info")).toHaveLength(4);
        });
    });

    it("writes to InfluxDB, which then answers for it", async () => {
        await eventually(async () => {
            const { rows } = await query(ports.influxdb, 'SELECT last("value") FROM "rides_total"', account);
            expect(rows[0]?.[1]).toBe(42);
        });
        expect((await ask("sum(prometheus_remote_storage_samples_failed_total)"))[0]?.value[1]).toBe("0");
    });

    it("scrapes InfluxDB itself, which shows its metrics without a password", async () => {
        await eventually(async () => expect((await ask('up{job="influxdb"}'))[0]?.value[1]).toBe("1"));
    });
});
