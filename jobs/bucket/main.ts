import * as z from "zod";
import { runJob } from "../run";
import { count, readSettings } from "../settings";
import { openClient, storeSettings } from "../store";
import { ensureBucket } from "./bucket";

export const bucketJob = (): Promise<never> =>
    runJob("bucket", async ({ log }) => {
        const user = (job: string) =>
            z
                .string()
                .optional()
                .describe(`user of the ${job} as the store's policies name it; none sets no rights for it`);
        const settings = readSettings({
            ...storeSettings,
            LOCK_DAYS: count("days during which no one can remove a version", 1, 14),
            WRITER_PRINCIPAL: user("backup"),
            RETENTION_PRINCIPAL: user("retention"),
            DRILL_PRINCIPAL: user("drill"),
            STATUS_PRINCIPAL: user("backup-status exporter"),
            CLEANUP_PRINCIPAL: user("clean-up"),
        });
        const changed = await ensureBucket({
            client: openClient(settings),
            bucket: settings.S3_BUCKET,
            lockDays: settings.LOCK_DAYS,
            principals: {
                writer: settings.WRITER_PRINCIPAL,
                retention: settings.RETENTION_PRINCIPAL,
                drill: settings.DRILL_PRINCIPAL,
                status: settings.STATUS_PRINCIPAL,
                cleanup: settings.CLEANUP_PRINCIPAL,
            },
            log,
        });
        return { bucket: settings.S3_BUCKET, changed };
    });
