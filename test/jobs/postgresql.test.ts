import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Client } from "pg";
import type { Manifest } from "../../jobs/manifest";
import { eventually } from "../programs/nginx";
import { BackedUp, COUNTS, POD_NAME, TOTAL, USER } from "./backed-up";
import type { Outcome } from "./job";
import { decryptWithAge } from "./keys";

let all: BackedUp;
beforeAll(async () => {
    all = await BackedUp.start();
});
afterAll(() => all?.stop());

describe("a backup of PostgreSQL", () => {
    let outcome: Outcome;
    let manifest: Manifest;
    let plain: Buffer;
    beforeAll(async () => {
        const bucket = await all.newBucket();
        outcome = await all.backup(bucket);
        expect([outcome.code, outcome.last]).toEqual([0, expect.objectContaining({ message: "done" })]);
        const { bytes, ...rest } = await all.committed(bucket);
        manifest = rest.manifest;
        plain = decryptWithAge(bytes, all.keys[0]);
    });

    it("counts the rows of every table, those that row-level security hides from services among them", () => {
        expect(outcome.last).toMatchObject({ documents: TOTAL, namespaces: 7 });
        expect(manifest.dump.counts).toEqual(COUNTS);
        expect(manifest.dump.serverVersion).toMatch(/^15\.\d+/);
        expect(manifest.dump.toolVersion).toMatch(/^15\.\d+/);
    });

    it("is a tar of standard parts, cut where they are large", () => {
        const list = execFileSync("tar", ["--list", "--gzip"], { input: plain, encoding: "utf8" }).trim().split("\n");
        expect(list).toEqual(["roles.sql", "agents.dump.00000", "agents.dump.00001"]);
    });

    it("holds no password, and neither does its log", () => {
        expect(gunzipSync(plain).includes("SCRAM-SHA-256")).toBe(false);
        expect(outcome.output).not.toContain(fs.readFileSync(all.environment.PASSWORD_FILE, "utf8"));
    });

    it.each([
        ["in the middle of its compressed stream", (bytes: Buffer) => bytes.subarray(0, -9), "compressed stream"],
        ["between two of its parts", cutTar((bytes) => bytes.indexOf("agents.dump.00001")), "stops in the middle of"],
        ["before its end", cutTar((bytes) => bytes.length - 1024), "The dump stops in the middle of"],
        ["to an empty tar", () => gzipSync(Buffer.alloc(1024)), "The dump holds no database."],
        ["to text", () => gzipSync("pg_dump: error: connection refused".padEnd(1024)), "does not begin as a tar does"],
    ])("leaves no commit mark where a dump that exits with 0 is cut %s", async (_, cut, why) => {
        const file = all.file("cut", cut(plain));
        const empty = await all.newBucket();
        const { code, last } = await all.backup(empty, ["cat", file]);
        expect(last).toMatchObject({ level: "error", message: expect.stringContaining(why) });
        expect(code).toBe(1);
        expect(await all.keysIn(empty)).toEqual([]);
    });
});

describe("a pod that the cluster's DNS does not name yet", () => {
    const refusals = () => all.server.log().match(/rejects connection for host "127\.0\.0\.14"/g)?.length ?? 0;

    it("waits for its name, and is let in", async () => {
        const bucket = await all.newBucket();
        const running = all.backup(bucket, undefined, await all.reached("127.0.0.14"));
        await eventually(async () => expect(refusals()).toBeGreaterThan(0));
        all.server.name("127.0.0.14", POD_NAME);
        expect((await running).last).toMatchObject({ message: "done", documents: TOTAL });
    });

    it("fails with the server's words when the name does not come, and commits nothing", async () => {
        const bucket = await all.newBucket();
        const nowhere = { ...(await all.reached("127.0.0.15")), CONNECT_SECONDS: "1" };
        const { code, last } = await all.backup(bucket, undefined, nowhere);
        expect(last.message).toContain('pg_hba.conf rejects connection for host "127.0.0.15"');
        expect(code).toBe(1);
        expect(await all.keysIn(bucket)).toEqual([]);
    });
});

describe("the user of backups", () => {
    const tries = async (text: string, client: Client) =>
        client.query(text).then(
            () => "done",
            (error: Error) => error.message,
        );

    it("reads, and does nothing else", async () => {
        const client = await all.server.connect("127.0.0.11", USER);
        try {
            expect(await tries("SELECT * FROM oauth.tokens", client)).toBe("done");
            for (const text of [
                "INSERT INTO backend.notes (body) VALUES ('x')",
                "UPDATE backend.conversations SET title = ''",
                "DELETE FROM oauth.tokens",
                "TRUNCATE backend.messages",
                "CREATE TABLE backend.more (a int)",
                "CREATE SCHEMA more",
                "CREATE ROLE more",
                "SET ROLE agents_owner",
                "SET ROLE fastapi_backend",
                "SELECT rolpassword FROM pg_authid",
                "SELECT pg_read_file('/etc/passwd')",
            ])
                expect([text, await tries(text, client)]).toEqual([text, expect.stringContaining("permission denied")]);
            for (const text of ["COPY backend.notes TO '/tmp/notes'", "COPY backend.notes TO PROGRAM 'cat'"])
                expect([text, await tries(text, client)]).toEqual([text, expect.stringContaining("must be superuser")]);
        } finally {
            await client.end();
        }
    });

    it.each([
        [
            "once it may not pass row-level security",
            [`ALTER ROLE ${USER} NOBYPASSRLS`, `ALTER ROLE ${USER} BYPASSRLS`],
            "query would be affected by row-level security policy",
        ],
        [
            "once there is a table that it may not lock",
            [`REVOKE SELECT ON backend.notes FROM ${USER}`, `GRANT SELECT ON backend.notes TO ${USER}`],
            "permission denied for table notes",
        ],
    ])("commits nothing %s", async (_, [take, giveBack], why) => {
        all.server.sql("agents", take);
        const bucket = await all.newBucket();
        try {
            const { code, output } = await all.backup(bucket);
            expect(output).toContain(why);
            expect(code).toBe(1);
            expect(await all.keysIn(bucket)).toEqual([]);
        } finally {
            all.server.sql("agents", giveBack);
        }
    });
});

function cutTar(at: (bytes: Buffer) => number): (plain: Buffer) => Buffer {
    return (plain) => {
        const bytes = gunzipSync(plain);
        return gzipSync(bytes.subarray(0, at(bytes)));
    };
}
