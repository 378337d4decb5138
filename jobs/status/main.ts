import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { oneLine } from "../failure";
import { runJob } from "../run";
import { count, readSettings } from "../settings";
import { Store, storeSettings } from "../store";
import { metricsText } from "./metrics";
import { type BackupStatus, readStatus } from "./status";

// jobs.js status: runs until it is stopped.
export const statusJob = (): Promise<never> =>
    runJob("status", async ({ log, signal }) => {
        const settings = readSettings({
            ...storeSettings,
            METRICS_PORT: count("port on which the metrics are read", 0),
            STATUS_SECONDS: count("seconds between two looks into the bucket", 1, 300),
        });
        const store = new Store(settings);
        let status: BackupStatus | undefined;
        let readable = false;

        const server = createServer(({ url }, response) => {
            const known = url === "/metrics";
            response.writeHead(known ? 200 : 404, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
            response.end(known ? metricsText(status, readable) : "The metrics are under /metrics.\n");
        });
        server.listen(settings.METRICS_PORT);
        await once(server, "listening");
        log.info("listening", { address: server.address() });

        for (;;) {
            try {
                status = await readStatus(store);
                if (!readable) log.info("the bucket is read", { backups: status.count });
                readable = true;
            } catch (error) {
                readable = false;
                log.warning(`the bucket can't be read: ${oneLine(error)}`);
            }
            // Rejects when the job is told to stop, which ends it.
            await wait(settings.STATUS_SECONDS * 1000, undefined, { signal });
        }
    });
