import * as fs from "node:fs";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { freePorts } from "../../../toolchain/cluster/ports";
import type { StorageAccess } from "../../../toolchain/storage/storage";
import { isAlive } from "../../../toolchain/tools/lock";
import { startStorage, stopStorage, storageNamed } from "../../../toolchain/storage/storage";

/** The dev stack's object storage: a real versitygw, under a name of the test's own. */
const name = "conformance";
const { accessFile, folder, pidFile } = storageNamed(name);
const access = () => JSON.parse(fs.readFileSync(accessFile, "utf8")) as StorageAccess;
const pid = () => Number(fs.readFileSync(pidFile, "utf8"));

jest.setTimeout(120_000);
beforeAll(() => stopStorage(name));
afterAll(() => stopStorage(name));

async function buckets(user: keyof StorageAccess["users"]): Promise<number> {
    const { endpoint, region, users } = access();
    const { accessKey: accessKeyId, secretKey: secretAccessKey } = users[user];
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    return (await client.send(new ListBucketsCommand({}))).Buckets?.length ?? 0;
}

describe("the object storage", () => {
    it("comes up with keys of its own for every user, in a file that only its owner reads", async () => {
        const { endpoint } = await startStorage(name);
        expect(access().endpoint).toBe(endpoint);
        expect(fs.statSync(accessFile).mode & 0o777).toBe(0o600);
        for (const user of Object.keys(access().users)) expect(await buckets(user as "owner")).toBe(0);
        const words = Object.values(access().users).flatMap(({ accessKey, secretKey }) => [accessKey, secretKey]);
        expect(new Set(words).size).toBe(words.length);
        expect(access().recipients).toEqual([expect.stringMatching(/^age1/), expect.stringMatching(/^age1/)]);
    });

    it("is left as it is by a second start", async () => {
        const before = { pid: pid(), access: access() };
        await startStorage(name);
        expect({ pid: pid(), access: access() }).toEqual(before);
    });

    it("comes back on its port with its users when it was killed", async () => {
        const before = access();
        process.kill(pid(), "SIGKILL");
        await startStorage(name);
        expect(access()).toEqual(before);
        expect(await buckets("writer")).toBe(0);
    });

    it("moves to the port that is asked for, with its keys", async () => {
        const { users } = access();
        const [port] = await freePorts(1);
        expect((await startStorage(name, { port })).endpoint).toBe(`http://127.0.0.1:${port}`);
        expect(access()).toMatchObject({ users, endpoint: `http://127.0.0.1:${port}` });
    });

    it("says who holds a port that is taken, and how to choose another", async () => {
        const { endpoint } = access();
        await expect(startStorage(`${name}-other`, { port: Number(new URL(endpoint).port) })).rejects.toMatchObject({
            message: expect.stringContaining(`process ${pid()}`),
            mends: expect.arrayContaining([expect.stringContaining("STORAGE_PORT=")]),
        });
        await stopStorage(`${name}-other`);
    });

    it("leaves nothing when it is removed, and nothing to remove is no failure", async () => {
        const last = pid();
        await stopStorage(name);
        expect(fs.existsSync(folder)).toBe(false);
        expect(isAlive(last)).toBe(false);
        await stopStorage(name);
    });
});
