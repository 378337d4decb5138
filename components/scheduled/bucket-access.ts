import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { secret } from "../secrets";

/** How a job reaches the bucket, with a user of its own. */
export interface BucketAccess {
    /** "https://host" of the object storage, as pods reach it. */
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accessKey: pulumi.Input<string>;
    readonly secretKey: pulumi.Input<string>;
}

/** What a container needs to have secrets as files. */
export interface SecretFiles {
    readonly volume: k8s.types.input.core.v1.Volume;
    readonly mount: k8s.types.input.core.v1.VolumeMount;
    /** Where a file is in the container. */
    readonly path: (file: string) => string;
}

/** Creates a Secret whose values a container reads as files under /run/secrets/NAME. */
export function secretFiles(
    name: string,
    role: Role,
    volume: string,
    files: Record<string, pulumi.Input<string>>,
    opts: pulumi.CustomResourceOptions,
): SecretFiles {
    const mountPath = `/run/secrets/${volume}`;
    const { metadata } = secret(name, role, files, opts);
    return {
        volume: { name: volume, secret: { secretName: metadata.name, defaultMode: 0o440 } },
        mount: { name: volume, mountPath, readOnly: true },
        path: (file) => `${mountPath}/${file}`,
    };
}

/** The keys as files, and the variables by which a job finds the bucket (jobs/README.md). */
export function bucketFiles(
    name: string,
    role: Role,
    access: BucketAccess,
    opts: pulumi.CustomResourceOptions,
): SecretFiles & { readonly environment: Record<string, string> } {
    const keys = { "access-key": access.accessKey, "secret-key": access.secretKey };
    const files = secretFiles(name, role, "object-storage", keys, opts);
    const environment = {
        S3_ENDPOINT: access.endpoint,
        S3_REGION: access.region,
        S3_BUCKET: access.bucket,
        S3_ACCESS_KEY_FILE: files.path("access-key"),
        S3_SECRET_KEY_FILE: files.path("secret-key"),
    };
    return { ...files, environment };
}
