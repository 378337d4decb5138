import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** The users of the bucket as the store's policies name them. */
export interface Principals {
    readonly writer: string;
    readonly retention: string;
    readonly drill: string;
    readonly status: string;
    /** Where the platform has a clean-up, which puts its results there. */
    readonly cleanup?: string;
}

export interface BucketArgs {
    readonly bucket: string;
    /** The object storage as the machine reaches it that Pulumi runs on. */
    readonly endpoint: string;
    readonly region: string;
    /** Days during which nobody, the owner included, can remove a version. */
    readonly lockDays: number;
    readonly owner: { readonly accessKey: pulumi.Input<string>; readonly secretKey: pulumi.Input<string> };
    readonly principals: Principals;
    /** The bundle of the jobs, from the project's folder. */
    readonly bundle: string;
}

const SCRIPT = "sh components/backups/bucket.sh";

/**
 * The bucket of the backups, with versions, object lock and the rights of each user. An existing one is made stricter,
 * never weaker. Deleting the resource leaves the bucket: its versions are locked, and are what one comes back for.
 */
export class Bucket extends pulumi.ComponentResource {
    constructor(name: string, args: BucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Bucket", name, {}, opts);
        const { bucket, principals } = args;
        new command.local.Command(
            name,
            {
                create: SCRIPT,
                update: SCRIPT,
                delete: `echo "Bucket ${bucket} is kept with the backups in it: remove it by hand once nobody needs them."`,
                environment: {
                    JOBS_BUNDLE: args.bundle,
                    S3_ENDPOINT: args.endpoint,
                    S3_REGION: args.region,
                    S3_BUCKET: bucket,
                    LOCK_DAYS: String(args.lockDays),
                    ...Object.fromEntries(
                        Object.entries(principals).map(([user, principal]) => [
                            `${user.toUpperCase()}_PRINCIPAL`,
                            principal,
                        ]),
                    ),
                },
                stdin: pulumi.secret(pulumi.interpolate`${args.owner.accessKey}\n${args.owner.secretKey}\n`),
                // Nothing of what a run says belongs to the next one.
                addPreviousOutputInEnv: false,
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}
