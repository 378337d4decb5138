import { runJob } from "../run";
import { count, flag, readSettings } from "../settings";
import { Store, storeSettings } from "../store";
import { retain } from "./retention";

export const retentionJob = (): Promise<never> =>
    runJob("retention", async ({ log, signal }) => {
        const settings = readSettings({
            ...storeSettings,
            RETENTION_DAILY_DAYS: count("days that every backup is kept", 1, 15),
            RETENTION_MONTHLY_MONTHS: count("months that the first backup of each month is kept", 1, 24),
            RETENTION_AT_LEAST: count("newest good backups that are kept whatever their age", 1, 3),
            RETENTION_ORPHAN_DAYS: count("days after which an upload without manifest is removed", 1, 7),
            DRY_RUN: flag("says what would be removed and removes nothing"),
        });
        return retain({
            store: new Store(settings),
            rule: {
                dailyDays: settings.RETENTION_DAILY_DAYS,
                monthlyMonths: settings.RETENTION_MONTHLY_MONTHS,
                atLeast: settings.RETENTION_AT_LEAST,
            },
            orphanDays: settings.RETENTION_ORPHAN_DAYS,
            dryRun: settings.DRY_RUN,
            log,
            now: new Date(),
            signal,
        });
    });
