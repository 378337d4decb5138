import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { influxdbConfiguration } from "../../components/observability/influxdb-configuration";
import { answers, Daemon, runProgram } from "./daemon";

const PREPARE = resolve(__dirname, "../../components/observability/prepare-influxdb.sh");

export interface InfluxOptions {
    folder: string;
    port: number;
    passwords: { admin: string; writer: string };
    retention?: string;
    /** Defaults to "metrics". */
    database?: string;
    /** influxdb.conf, for its folder and its port. Defaults to what a component writes. */
    text?: (settings: { port: number; folder: string }) => string;
}

/** Prepares InfluxDB by the pods' own script and configuration. */
export function prepareInfluxDB(options: InfluxOptions) {
    const { folder, port, passwords, retention = "240h", database = "metrics", text = influxdbConfiguration } = options;
    const secrets = join(folder, "secrets");
    mkdirSync(secrets, { recursive: true });
    for (const [user, word] of Object.entries(passwords)) writeFileSync(join(secrets, `${user}-password`), word);
    const configuration = join(folder, "influxdb.conf");
    writeFileSync(configuration, text({ port, folder: join(folder, "data") }));
    chmodSync(configuration, 0o644);
    return runProgram("sh", [PREPARE], {
        INFLUXDB_CONFIGURATION: configuration,
        INFLUXDB_PREPARE_PORT: String(port),
        INFLUXDB_DATABASE: database,
        INFLUXDB_RETENTION: retention,
        INFLUXDB_ADMIN: "admin",
        INFLUXDB_WRITER: "writer",
        INFLUXDB_SECRETS: secrets,
        HOME: folder,
    });
}

/** Starts what was prepared. */
export function startInfluxDB({ folder, port }: InfluxOptions): Promise<Daemon> {
    const ready = () => answers(`http://127.0.0.1:${port}/ping`);
    return Daemon.start("influxd", ["-config", join(folder, "influxdb.conf")], { folder, ready });
}

/** What a user is answered: the status, and the rows of the first series. */
export async function query(
    port: number,
    question: string,
    account?: { user: string; password: string },
    database = "metrics",
) {
    const headers = account && {
        Authorization: `Basic ${Buffer.from(`${account.user}:${account.password}`).toString("base64")}`,
    };
    const parameters = new URLSearchParams({ db: database, q: question });
    const response = await fetch(`http://127.0.0.1:${port}/query?${parameters}`, { headers });
    const body = (await response.json()) as { results?: { series?: { values: unknown[][] }[] }[]; error?: string };
    return { status: response.status, rows: body.results?.[0]?.series?.[0]?.values ?? [], error: body.error };
}
