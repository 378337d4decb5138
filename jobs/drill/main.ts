import * as os from "node:os";
import * as z from "zod";
import { commandsOf } from "../command";
import { oneLine } from "../failure";
import { prefixes } from "../manifest";
import { publishResult } from "../result";
import { runJob } from "../run";
import { readSettings, secretFile } from "../settings";
import { Store, storeSettings } from "../store";
import { drill } from "./drill";

// jobs.js drill -- mongorestore --config=… --archive --gzip --drop … -- mongosh --nodb --quiet counts.js
export const drillJob = (): Promise<never> =>
    runJob("drill", async ({ args, log, signal }) => {
        const [restore, count] = commandsOf(args, ["mongorestore", "counts"]);
        const settings = readSettings({
            ...storeSettings,
            AGE_IDENTITY_FILE: secretFile("age identity file (AGE-SECRET-KEY-1…) that opens the backups"),
            DRILL_DATABASE: z.string().describe("database of the backup whose collections are compared"),
            WORK_FOLDER: z.string().default(os.tmpdir()).describe("folder with room for one encrypted archive"),
        });
        const store = new Store(settings);
        const started = new Date();
        /** The result is published whatever it is: an absent one means that no drill ran. */
        const publish = (result: Parameters<typeof publishResult>[3]) =>
            publishResult(store, prefixes.drills, started, result);
        try {
            const restored = await drill({
                restore,
                count,
                database: settings.DRILL_DATABASE,
                identity: settings.AGE_IDENTITY_FILE,
                workFolder: settings.WORK_FOLDER,
                store,
                signal,
                log,
            });
            await publish({ outcome: "restored", ...restored });
            return { ...restored };
        } catch (error) {
            const reason = oneLine(signal.aborted ? signal.reason : error);
            await publish({ outcome: "failed", reason }).catch((refused) =>
                log.warning(`the result could not be published: ${oneLine(refused)}`),
            );
            throw error;
        }
    });
