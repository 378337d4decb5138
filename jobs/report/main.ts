import * as z from "zod";
import { commandsOf } from "../command";
import { runJob } from "../run";
import { readSettings } from "../settings";
import { Store, storeSettings } from "../store";
import { report } from "./report";

// jobs.js report -- mongosh --nodb --quiet cleanup.js
export const reportJob = (): Promise<never> =>
    runJob("report", async ({ args, log, signal }) => {
        const [command] = commandsOf(args, ["command"]);
        const settings = readSettings({
            ...storeSettings,
            REPORT_NAME: z
                .string()
                .regex(/^[a-z][a-z-]*$/, { error: "is a word in lower case" })
                .describe("name of the command's results in the bucket"),
        });
        return report({ command, store: new Store(settings), folder: `${settings.REPORT_NAME}/`, signal, log });
    });
