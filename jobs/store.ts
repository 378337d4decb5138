import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
    AbortMultipartUploadCommand,
    DeleteObjectCommand,
    GetObjectCommand,
    GetObjectRetentionCommand,
    ListMultipartUploadsCommand,
    ListObjectVersionsCommand,
    type ListObjectVersionsCommandInput,
    type ListObjectVersionsCommandOutput,
    PutObjectCommand,
    S3Client,
    S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import * as z from "zod";
import { JobError, oneLine } from "./failure";
import { secretFile } from "./settings";

/** Environment variables of every job that speaks to the bucket. */
export const storeSettings = {
    S3_ENDPOINT: z.url({ error: "is a URL" }).describe("address of the object storage"),
    S3_REGION: z.string().default("us-east-1").describe("region of the object storage"),
    S3_BUCKET: z.string().describe("bucket of the backups"),
    S3_ACCESS_KEY_FILE: secretFile("file with the access key of this job's own user"),
    S3_SECRET_KEY_FILE: secretFile("file with the secret key of this job's own user"),
};
export type StoreSettings = z.output<z.ZodObject<typeof storeSettings>>;

/** One version of an object. In a bucket without versioning each object has one, with the id "null". */
export interface Version {
    key: string;
    versionId: string;
    size: number;
    /** When the store took it, by the store's clock: no writer can choose it. */
    stored: Date;
    /** A marker that hides the older versions, not content. */
    marker: boolean;
}

export interface UnfinishedUpload {
    key: string;
    uploadId: string;
    started: Date;
}

/** Ten thousand parts, S3's limit, make 80 GB. */
const partBytes = 8 * 1024 * 1024;
/** Parts in flight: what is held in memory is this many parts and one more. */
const partsAtOnce = 2;

/** Opens a client as every job does. */
export function openClient(settings: StoreSettings): S3Client {
    const client = new S3Client({
        endpoint: settings.S3_ENDPOINT,
        region: settings.S3_REGION,
        credentials: { accessKeyId: settings.S3_ACCESS_KEY_FILE, secretAccessKey: settings.S3_SECRET_KEY_FILE },
        forcePathStyle: true,
        // Stores other than Amazon's refuse the checksums that the SDK adds of itself since 2025.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
    });
    addContentMd5(client);
    return client;
}

/**
 * Sends the MD5 of each body: a bucket with object lock refuses content without a checksum
 * (docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, Content-MD5), and every store knows this one.
 */
function addContentMd5(client: S3Client): void {
    client.middlewareStack.add(
        (next) => (args) => {
            const request = args.request as { body?: unknown; method: string; headers: Record<string, string> };
            const { body } = request;
            if ((typeof body === "string" || body instanceof Uint8Array) && request.method !== "GET")
                request.headers["content-md5"] = createHash("md5").update(body).digest("base64");
            return next(args);
        },
        { step: "build", name: "contentMd5" },
    );
}

/** The bucket as the jobs use it. Every error is a JobError that names the operation and the key. */
export class Store {
    readonly client: S3Client;
    readonly bucket: string;

    constructor(settings: StoreSettings) {
        this.client = openClient(settings);
        this.bucket = settings.S3_BUCKET;
    }

    /** Puts a small text. @returns its version's id where the bucket has versions */
    put(key: string, text: string): Promise<string | undefined> {
        const input = { Bucket: this.bucket, Key: key, Body: text, ContentType: "application/json" };
        return this.call(`Putting ${key}`, async () => (await this.client.send(new PutObjectCommand(input))).VersionId);
    }

    /**
     * Uploads a stream in parts. The object exists when the stream has ended and this resolves; when the stream fails,
     * it never does. @returns its version's id where the bucket has versions
     */
    upload(key: string, body: Readable): Promise<string | undefined> {
        const params = { Bucket: this.bucket, Key: key, Body: body, ContentType: "application/octet-stream" };
        const upload = new Upload({ client: this.client, params, partSize: partBytes, queueSize: partsAtOnce });
        return this.call(`Uploading ${key}`, async () => (await upload.done()).VersionId);
    }

    get(key: string, versionId?: string): Promise<Readable> {
        const input = { Bucket: this.bucket, Key: key, VersionId: versionId };
        return this.call(`Getting ${key}`, async () => {
            const { Body } = await this.client.send(new GetObjectCommand(input));
            return Body as Readable;
        });
    }

    async text(key: string, versionId?: string): Promise<string> {
        const body = await this.get(key, versionId);
        return this.call(`Getting ${key}`, async () => Buffer.concat(await body.toArray()).toString("utf8"));
    }

    /** All versions below a prefix, and markers. */
    async versions(prefix: string): Promise<Version[]> {
        const found: Version[] = [];
        let place: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
        while (place) {
            const input: ListObjectVersionsCommandInput = { Bucket: this.bucket, Prefix: prefix, ...place };
            const page: ListObjectVersionsCommandOutput = await this.call(`Listing ${prefix}`, () =>
                this.client.send(new ListObjectVersionsCommand(input)),
            );
            for (const [entries, marker] of [
                [page.Versions ?? [], false],
                [page.DeleteMarkers ?? [], true],
            ] as const) {
                for (const entry of entries) {
                    found.push({
                        key: entry.Key ?? "",
                        versionId: entry.VersionId ?? "null",
                        size: (entry as { Size?: number }).Size ?? 0,
                        stored: entry.LastModified ?? new Date(NaN),
                        marker,
                    });
                }
            }
            place = page.IsTruncated
                ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
                : undefined;
        }
        return found;
    }

    /** Removes one version for good, unless the store's object lock holds it. */
    async remove({ key, versionId }: Version): Promise<"removed" | "locked"> {
        const input = { Bucket: this.bucket, Key: key, VersionId: versionId };
        try {
            await this.client.send(new DeleteObjectCommand(input));
            return "removed";
        } catch (error) {
            // A lock and a missing right are the same AccessDenied: its words or the version itself say which.
            if (error instanceof Error && (/object lock/i.test(error.message) || (await this.isLocked(input))))
                return "locked";
            throw describe(`Removing ${key}`, error);
        }
    }

    private async isLocked(input: { Bucket: string; Key: string; VersionId: string }): Promise<boolean> {
        try {
            const { Retention } = await this.client.send(new GetObjectRetentionCommand(input));
            return (Retention?.RetainUntilDate ?? 0) > new Date();
        } catch {
            return false;
        }
    }

    async unfinishedUploads(): Promise<UnfinishedUpload[]> {
        const page = await this.call("Listing unfinished uploads", () =>
            this.client.send(new ListMultipartUploadsCommand({ Bucket: this.bucket })),
        );
        return (page.Uploads ?? []).map(({ Key = "", UploadId = "", Initiated = new Date(NaN) }) => ({
            key: Key,
            uploadId: UploadId,
            started: Initiated,
        }));
    }

    async abortUpload({ key, uploadId }: UnfinishedUpload): Promise<void> {
        const input = { Bucket: this.bucket, Key: key, UploadId: uploadId };
        await this.call(`Dropping the unfinished ${key}`, () =>
            this.client.send(new AbortMultipartUploadCommand(input)),
        );
    }

    private async call<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
        try {
            return await work();
        } catch (error) {
            throw error instanceof JobError ? error : describe(what, error);
        }
    }
}

/** What the store answered, as one sentence; the SDK's own messages lack the operation. */
export function describe(what: string, error: unknown): JobError {
    const status = error instanceof S3ServiceException ? `${error.name}, ${error.$metadata.httpStatusCode}: ` : "";
    return new JobError(`${what} failed (${status}${oneLine(error)}).`, { cause: error });
}
