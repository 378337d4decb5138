import * as pulumi from "@pulumi/pulumi";
import { Bucket, type Principals } from "../../components/backups/bucket";
import type { JobRunner } from "../../components/scheduled/job-pod";
import type { Schedule } from "../../components/scheduled/scheduled-job";
import { jobBundle } from "../../components/scheduled/scripts";
import type { Matrix, Role } from "../../matrix";
import { objectStorage, type BackupSettings, type ObjectStorage, type User } from "./settings";

/** The role of the object storage, and that of the job whose row says where it is. */
const STORE = "ObjectStorage OVH";
const BACKUP = "Job de backup";
const HOUR = 3600;

export interface JobsArgs<Other extends string> {
    readonly matrix: Matrix;
    readonly settings: BackupSettings & { readonly images: { readonly node: string } };
    /** Users of the object storage for jobs of the platform's own. */
    readonly others?: readonly Other[];
}

/** What the jobs of a platform share: the bucket that they put things into, the bundle that they run, the time zone. */
export class Jobs<Other extends keyof Principals = never> {
    readonly storage: ObjectStorage<Other>;
    /** For what comes once the bucket is there. */
    readonly after: pulumi.ComponentResourceOptions;
    private readonly bundle: JobRunner["bundle"];

    constructor(
        private readonly args: JobsArgs<Other>,
        opts: pulumi.ComponentResourceOptions,
    ) {
        const { matrix, settings, others = [] } = args;
        const { backups, jobsBundle } = settings;
        this.storage = objectStorage(settings, others);
        const { owner, ...users } = this.storage.users;
        const bucket = new Bucket("backups", {
            bucket: backups.bucket,
            endpoint: this.storage.endpoint ?? this.endpointOf(matrix.role(BACKUP)),
            region: this.storage.region,
            lockDays: backups.lockDays,
            owner,
            principals: principalsOf(users),
            bundle: jobsBundle,
        });
        this.after = pulumi.mergeOptions(opts, { dependsOn: bucket });
        this.bundle = jobBundle("jobs", matrix.role(BACKUP), jobsBundle, opts);
    }

    /** What a role's job is run by, as one of the users of the bucket. */
    runner(role: Role, user: User | Other): JobRunner {
        const { settings } = this.args;
        const { accessKey, secretKey } = this.storage.users[user];
        return {
            image: settings.images.node,
            bundle: this.bundle,
            access: {
                endpoint: this.endpointOf(role),
                region: this.storage.region,
                bucket: settings.backups.bucket,
                accessKey,
                secretKey,
            },
        };
    }

    /** When a job starts, in cron's five fields, and the hours that it may take. */
    at(cron: string, hours: number): Schedule {
        return { cron, timeZone: this.args.settings.timezone, deadlineSeconds: hours * HOUR };
    }

    /** Whether a row lets one role reach the other: without it there is no job, rather than one that fails every night. */
    listed(from: Role, to: Role): boolean {
        const found = this.args.matrix.flowsFrom(from).some((flow) => flow.to === to);
        if (!found) void pulumi.log.warn(`${from.name} is left out: no row lets it reach ${to.name}.`);
        return found;
    }

    /** Where a job reaches the object storage: the host of its role, on the port of its row. */
    private endpointOf(from: Role): string {
        const { matrix } = this.args;
        const [host] = matrix.role(STORE).hosts;
        return new URL(`https://${host}:${matrix.port(from.name, STORE)}`).origin;
    }
}

function principalsOf(users: Readonly<Record<string, { readonly principal: string }>>): Principals {
    const principals = Object.entries(users).map(([user, { principal }]) => [user, principal]);
    return Object.fromEntries(principals) as Principals;
}
