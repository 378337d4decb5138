import { backupJob } from "./backup/main";
import { bucketJob } from "./bucket/main";
import { drillJob } from "./drill/main";
import { JobError } from "./failure";
import { keysJob } from "./keys/main";
import { reportJob } from "./report/main";
import { retentionJob } from "./retention/main";
import { runJob } from "./run";
import { statusJob } from "./status/main";

const jobs: Readonly<Record<string, () => Promise<never>>> = {
    backup: backupJob,
    bucket: bucketJob,
    drill: drillJob,
    keys: keysJob,
    report: reportJob,
    retention: retentionJob,
    status: statusJob,
};

// node jobs.js backup …
const name = process.argv[2] ?? "";
const job = Object.hasOwn(jobs, name)
    ? jobs[name]
    : () =>
          runJob("jobs", () =>
              Promise.reject(new JobError(`There is no job "${name}": they are ${Object.keys(jobs).join(", ")}.`)),
          );
void job();
