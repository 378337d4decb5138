import * as z from "zod";
import { commandsOf } from "../command";
import { dumpFormats } from "../dump-reader";
import { readRecipients } from "../encryption";
import { runJob } from "../run";
import { flag, readSettings } from "../settings";
import { Store, storeSettings } from "../store";
import { backup } from "./backup";

// jobs.js backup -- mongodump --config=/run/secrets/mongodump.yaml --archive --gzip --oplog
export const backupJob = (): Promise<never> =>
    runJob("backup", async ({ args, log, signal }) => {
        const [command] = commandsOf(args, ["DUMP"]);
        const settings = readSettings({
            ...storeSettings,
            AGE_RECIPIENTS: z.string().describe("public keys of age, one a line or separated by commas"),
            DUMP_FORMAT: z.enum(dumpFormats).default("mongodump").describe("what the dump is proved whole by"),
            AGE_SINGLE_RECIPIENT: flag("allows a single recipient"),
        });
        const recipients = readRecipients(settings.AGE_RECIPIENTS, settings.AGE_SINGLE_RECIPIENT);
        const { archive, dump } = await backup({
            command,
            format: settings.DUMP_FORMAT,
            recipients,
            store: new Store(settings),
            signal,
            log,
        });
        const documents = Object.values(dump.counts).reduce((sum, count) => sum + count, 0);
        return { archive: archive.key, size: archive.size, namespaces: Object.keys(dump.counts).length, documents };
    });
