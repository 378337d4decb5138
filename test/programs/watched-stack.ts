import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { KubernetesObject } from "../../network";
import { object, objects } from "../components/render";
import { renderStack } from "../platforms/render-stack";
import { answers, Daemon } from "./daemon";
import { prepareInfluxDB, startInfluxDB } from "./influxdb";
import { freePort, Nginx, scratch } from "./nginx";

/** The database that the stack's metrics are kept in. */
export const DATABASE = "prometheus";

/**
 * What watches a stack, on this machine: its own configurations, with other folders and other ports, read by the real
 * programs. Roles that have no program here are left out; their targets do not answer, as when they are down.
 */
export class WatchedStack {
    readonly ports = new Map<string, number>();
    private readonly running: { stop(): Promise<void> }[] = [];
    private readonly scratches = new Map<string, ReturnType<typeof scratch>>();

    private constructor(private readonly all: readonly KubernetesObject[]) {}

    /** Starts those of a stack's programs that are the same on every platform, and the others that are named. */
    static async start(stack: string, others: { nginx: readonly string[]; influxdb: boolean }): Promise<WatchedStack> {
        const watched = new WatchedStack(objects((await renderStack(stack)).resources));
        try {
            await watched.redis();
            for (const name of others.nginx) await watched.nginx(name);
            await watched.volumes();
            if (others.influxdb) await watched.influxdb();
            await watched.alertmanager();
            await watched.prometheus();
        } catch (error) {
            await watched.stop();
            throw error;
        }
        return watched;
    }

    async stop(): Promise<void> {
        for (const program of this.running.reverse()) await program.stop();
        for (const { remove } of this.scratches.values()) remove();
    }

    /** The values of a Secret or the files of a ConfigMap. */
    texts(kind: "Secret" | "ConfigMap", name: string): Record<string, string> {
        const found = object(this.all, kind, name);
        return kind === "Secret" ? found.stringData : found.data;
    }

    /** A rendered stack's passwords are "<name>"; InfluxDB is given letters and digits alone, as the real ones have. */
    password(secret: string, key: string): string {
        return this.texts("Secret", secret)[key].replaceAll(/[^A-Za-z0-9]/g, "");
    }

    /** Where a program is asked. */
    url(name: string): string {
        return `http://127.0.0.1:${this.ports.get(name)}`;
    }

    /** What Prometheus answers to an expression. */
    async ask(expression: string): Promise<Sample[]> {
        const parameters = new URLSearchParams({ query: expression });
        const response = await fetch(`${this.url("prometheus")}/api/v1/query?${parameters}`);
        return ((await response.json()) as { data: { result: Sample[] } }).data.result;
    }

    /** The jobs of what an expression finds, in their order. */
    async jobsWhere(expression: string): Promise<(string | undefined)[]> {
        return (await this.ask(expression)).map(({ metric }) => metric.job).sort();
    }

    private async port(name: string): Promise<number> {
        const port = await freePort();
        this.ports.set(name, port);
        return port;
    }

    private folder(name: string): string {
        if (!this.scratches.has(name)) this.scratches.set(name, scratch());
        return this.scratches.get(name)!.folder;
    }

    private write(folder: string, files: Record<string, string>): void {
        mkdirSync(folder, { recursive: true });
        for (const [file, text] of Object.entries(files)) {
            writeFileSync(join(folder, file), text);
            chmodSync(join(folder, file), 0o644);
        }
    }

    private args(kind: string, name: string, container: string): string[] {
        const { containers } = object(this.all, kind, name).spec.template.spec;
        return containers.find((one: { name: string }) => one.name === container).args;
    }

    /** An exporter by its arguments, listening on a port of this machine. */
    private async exporter(name: string, program: string, args: readonly string[]): Promise<void> {
        const port = await this.port(name);
        const own = args.map((arg) => arg.replace(/^(--web\.listen-address=):\d+$/, `$1127.0.0.1:${port}`));
        const ready = () => answers(`http://127.0.0.1:${port}/metrics`);
        this.running.push(await Daemon.start(program, own, { folder: this.folder(name), ready }));
    }

    private async redis(): Promise<void> {
        const folder = this.folder("redis");
        const port = await this.port("redis itself");
        const here = (text: string) =>
            text.replace(/^port \d+$/m, `port ${port}`).replace(/^dir .*$/m, `dir ${folder}`);
        this.write(folder, { "redis.conf": here(this.texts("Secret", "redis-configuration")["redis.conf"]) });
        this.running.push(
            await Daemon.start("redis-server", [join(folder, "redis.conf")], { folder, ready: async () => true }),
        );
        const local = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${port}`);
        const accounts = this.texts("Secret", "redis-exporter");
        this.write(folder, { "passwords.json": local(accounts["passwords.json"]) });
        const args = this.args("Deployment", "redis", "exporter").map((arg) =>
            local(arg).replace(/=\/run\/secrets\/exporter/, `=${folder}`),
        );
        await this.exporter("redis", "prometheus-redis-exporter", args);
    }

    private async nginx(name: string): Promise<void> {
        const folder = this.folder(`${name} itself`);
        const ports = { "80": await this.port(`${name} itself`), "443": await freePort() };
        const text = this.texts("ConfigMap", name)
            ["nginx.conf"].replaceAll(/listen (80|443)\b/g, (_, port: "80" | "443") => `listen ${ports[port]}`)
            .replaceAll(/\/(tmp|run\/nginx-status)\//g, `${folder}/`);
        this.running.push(await Nginx.start(text, { folder, port: ports["80"], resolver: "127.0.0.1" }));
        const args = this.args("Deployment", name, "exporter").map((arg) => arg.replace("/run/nginx-status", folder));
        await this.exporter(name, "prometheus-nginx-exporter", args);
    }

    private async volumes(): Promise<void> {
        await this.exporter("volumes", "prometheus-node-exporter", this.args("StatefulSet", "loki", "volume-exporter"));
    }

    private async influxdb(): Promise<void> {
        const options = {
            folder: this.folder("influxdb"),
            port: await this.port("influxdb"),
            passwords: {
                admin: this.password("influxdb-passwords", "admin-password"),
                writer: this.password("influxdb-passwords", "writer-password"),
            },
            database: DATABASE,
            text: ({ port, folder }: { port: number; folder: string }) =>
                this.texts("ConfigMap", "influxdb")
                    ["influxdb.conf"].replaceAll("/var/lib/influxdb", folder)
                    .replace(/bind-address = ":\d+"/, `bind-address = "127.0.0.1:${port}"`),
        };
        const { ok, output } = prepareInfluxDB(options);
        if (!ok) throw new Error(`InfluxDB was not prepared:\n${output}`);
        this.running.push(await startInfluxDB(options));
    }

    private async alertmanager(): Promise<void> {
        const folder = this.folder("alertmanager");
        const port = await this.port("alertmanager");
        const local = (text: string) =>
            text
                .replaceAll("/etc/alertmanager", folder)
                .replaceAll("/run/secrets/alertmanager", folder)
                .replace(/=\/alertmanager$/, `=${join(folder, "data")}`)
                .replace(/^(--web\.listen-address=):\d+$/, `$1127.0.0.1:${port}`)
                // Debian's (0.25) does not know url_file of a webhook, which came with 0.26; nobody is called from here.
                .replaceAll(/\b(api_)?url_file: \S+/g, "$1url: http://127.0.0.1:9/");
        this.write(folder, this.texts("Secret", "alertmanager-channels"));
        this.write(folder, {
            "alertmanager.yaml": local(this.texts("ConfigMap", "alertmanager")["alertmanager.yaml"]),
        });
        const args = this.args("StatefulSet", "alertmanager", "alertmanager").map(local);
        const ready = () => answers(`http://127.0.0.1:${port}/-/ready`);
        this.running.push(await Daemon.start("prometheus-alertmanager", args, { folder, ready }));
    }

    private async prometheus(): Promise<void> {
        const folder = this.folder("prometheus");
        const port = await this.port("prometheus");
        const rules = join(folder, "rules");
        this.write(rules, this.shortened(this.texts("ConfigMap", "prometheus-rules")));
        const word = "remote-write-password";
        if (this.ports.has("influxdb")) this.write(folder, { [word]: this.password("prometheus-secrets", word) });
        const local = (text: string) =>
            text
                .replaceAll("/etc/prometheus-rules", rules)
                .replaceAll("/etc/prometheus/", `${folder}/`)
                .replaceAll("/run/secrets/prometheus", folder)
                .replace(/=\/prometheus$/, `=${join(folder, "data")}`)
                .replace(/^(--web\.listen-address=):\d+$/, `$1127.0.0.1:${port}`);
        const text = local(this.texts("ConfigMap", "prometheus")["prometheus.yaml"]);
        this.write(folder, { "prometheus.yaml": stringify(this.targets(parse(text))) });
        const args = this.args("StatefulSet", "prometheus", "prometheus").map(local);
        const ready = () => answers(`http://127.0.0.1:${port}/-/ready`);
        this.running.push(await Daemon.start("prometheus", args, { folder, ready }));
    }

    /** Rules that fire as soon as they may: a test does not wait for minutes. */
    private shortened(files: Record<string, string>): Record<string, string> {
        return Object.fromEntries(
            Object.entries(files).map(([file, text]) => [file, text.replaceAll(/^( +for): \S+$/gm, "$1: 1s")]),
        );
    }

    /** The same jobs with this machine's programs as their targets, every second. */
    private targets(configuration: Configuration): Configuration {
        const { scrape_configs, remote_write = [], alerting } = configuration;
        const address = (name: string) => `127.0.0.1:${this.ports.get(name)}`;
        return {
            ...configuration,
            global: {
                ...configuration.global,
                scrape_interval: "1s",
                scrape_timeout: "1s",
                evaluation_interval: "1s",
            },
            alerting: alerting && {
                alertmanagers: [{ static_configs: [{ targets: [address("alertmanager")] }] }],
            },
            remote_write: remote_write.map((one) => ({
                ...one,
                url: one.url.replace(/\/\/[^/]+/, `//${address("influxdb")}`),
            })),
            scrape_configs: scrape_configs.map(({ dns_sd_configs: _, ...job }) => {
                // The job whose target is no name is that of Prometheus itself, whatever its role is called.
                const own = job.static_configs ? "prometheus" : job.job_name;
                const name = own.endsWith("-volumes") ? "volumes" : own;
                // Port 9 of a machine discards: nothing answers there.
                const targets = [this.ports.has(name) ? address(name) : "127.0.0.1:9"];
                return { ...job, static_configs: [{ targets }] };
            }),
        };
    }
}

/** A value of Prometheus, with its labels and its time. */
export interface Sample {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
}

interface Configuration {
    global: Record<string, unknown>;
    scrape_configs: { job_name: string; dns_sd_configs?: unknown; static_configs?: unknown }[];
    remote_write?: { url: string }[];
    alerting?: unknown;
}
