import { prefixes } from "../manifest";

export interface Statement {
    Sid: string;
    Effect: "Allow";
    Principal: { AWS: string[] };
    Action: string[];
    Resource: string[];
}

/** The users of the bucket, by the names that the store knows them by. */
export interface Principals {
    writer?: string;
    retention?: string;
    drill?: string;
    status?: string;
    cleanup?: string;
}

/** Ours among the statements of a bucket's policy; others are left as they are. */
export const ownSid = /^matrice/;

/**
 * What each job may do and no more. The writer puts backups; it can't read, list or remove one, nor learn that one is
 * there. Parts of an upload are put by the same right; what it leaves unfinished the retention drops.
 */
export function statements(bucket: string, users: Principals): Statement[] {
    const { writer, retention, drill, status, cleanup } = users;
    const whole = `arn:aws:s3:::${bucket}`;
    const below = (...folders: string[]) => folders.map((folder) => `${whole}/${folder}*`);
    const { archives, manifests, drills, cleanups } = prefixes;
    const allow = (sid: string, principal: string | undefined, actions: string[], resources: string[]): Statement[] =>
        principal === undefined
            ? []
            : [
                  {
                      Sid: `matrice${sid}`,
                      Effect: "Allow",
                      Principal: { AWS: [principal] },
                      Action: actions.map((action) => `s3:${action}`),
                      Resource: resources,
                  },
              ];
    return [
        ...allow("WriterPuts", writer, ["PutObject"], below(archives, manifests)),
        ...allow("RetentionLists", retention, ["ListBucketVersions", "ListBucketMultipartUploads"], [whole]),
        ...allow(
            "RetentionRemoves",
            retention,
            ["GetObjectRetention", "DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload"],
            below(archives, manifests),
        ),
        ...allow("RetentionReads", retention, ["GetObject", "GetObjectVersion"], below(manifests)),
        ...allow("DrillLists", drill, ["ListBucketVersions"], [whole]),
        ...allow("DrillReads", drill, ["GetObject", "GetObjectVersion"], below(archives, manifests)),
        ...allow("DrillPublishes", drill, ["PutObject"], below(drills)),
        ...allow("StatusLists", status, ["ListBucketVersions"], [whole]),
        ...allow("StatusReads", status, ["GetObject", "GetObjectVersion"], below(manifests, drills, cleanups)),
        ...allow("CleanupPublishes", cleanup, ["PutObject"], below(cleanups)),
    ];
}
