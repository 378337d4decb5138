import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand, type S3Client } from "@aws-sdk/client-s3";
import { openClient, Store, type StoreSettings } from "../../jobs/store";
import { freePorts } from "../../toolchain/cluster/ports";
import { createUser, startGateway, type StorageUser, waitForGateway } from "../../toolchain/storage/gateway";

/** A user of the storage: secret is its access key with a suffix, so that a test can look for it in logs. */
export interface User {
    access: string;
    secret: string;
}

export const owner: User = { access: "owner", secret: "owner-secret-key" };
export const writer: User = { access: "writer", secret: "writer-secret-key" };
export const retention: User = { access: "retention", secret: "retention-secret-key" };
export const drill: User = { access: "drill", secret: "drill-secret-key" };
export const status: User = { access: "status", secret: "status-secret-key" };
export const cleanup: User = { access: "cleanup", secret: "cleanup-secret-key" };

/** A real object storage on a port of its own: versitygw with versioning, object lock and users. */
export class Storage {
    readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-storage-"));
    private process: ChildProcess | undefined;
    private port = 0;

    get endpoint(): string {
        return `http://127.0.0.1:${this.port}`;
    }

    async start(): Promise<void> {
        [this.port] = await freePorts(1);
        const gateway = { folder: this.folder, port: this.port, owner: keysOf(owner), stdio: "ignore" as const };
        this.process = startGateway(gateway);
        await waitForGateway(this.endpoint, ["node dist/toolchain.js test --only tools builds it"]);
        for (const user of [writer, retention, drill, status, cleanup])
            await createUser(this.endpoint, keysOf(owner), keysOf(user));
    }

    stop(): void {
        this.process?.kill("SIGKILL");
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    settings(user: User, bucket: string): StoreSettings {
        return {
            S3_ENDPOINT: this.endpoint,
            S3_REGION: "us-east-1",
            S3_BUCKET: bucket,
            S3_ACCESS_KEY_FILE: user.access,
            S3_SECRET_KEY_FILE: user.secret,
        };
    }

    /** The environment of a job: its keys in files. */
    environment(user: User, bucket: string): Record<string, string> {
        const file = (name: string, text: string) => {
            const place = path.join(this.folder, `${user.access}.${name}`);
            fs.writeFileSync(place, `${text}\n`);
            return place;
        };
        return {
            S3_ENDPOINT: this.endpoint,
            S3_BUCKET: bucket,
            S3_ACCESS_KEY_FILE: file("access", user.access),
            S3_SECRET_KEY_FILE: file("secret", user.secret),
        };
    }

    store(user: User, bucket: string): Store {
        return new Store(this.settings(user, bucket));
    }

    client(user: User): S3Client {
        return openClient(this.settings(user, "any"));
    }

    /** A bucket that has versions and no lock, as tests need that remove. */
    async createUnlockedBucket(bucket: string): Promise<void> {
        const client = this.client(owner);
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
        const versioning = { Bucket: bucket, VersioningConfiguration: { Status: "Enabled" as const } };
        await client.send(new PutBucketVersioningCommand(versioning));
    }

    /** Makes the store believe that it took an object then: it goes by the time of the file. */
    age(bucket: string, key: string, stored: Date): void {
        fs.utimesSync(path.join(this.folder, "data", bucket, key), stored, stored);
    }
}

function keysOf({ access, secret }: User): StorageUser {
    return { accessKey: access, secretKey: secret };
}
