import { Daemon } from "./daemon";
import { prepareInfluxDB, query, startInfluxDB } from "./influxdb";
import { freePort, scratch } from "./nginx";

jest.setTimeout(60_000);

describe("InfluxDB as its pod prepares and starts it", () => {
    const { folder, remove } = scratch();
    const admin = { user: "admin", password: "second1" };
    let port: number;
    let influxdb: Daemon;
    beforeAll(async () => {
        port = await freePort();
        const first = { folder, port, passwords: { admin: "first1", writer: "first2" }, retention: "240h" };
        const second = { folder, port, passwords: { admin: "second1", writer: "second2" }, retention: "96h" };
        for (const options of [first, second]) expect(prepareInfluxDB(options)).toMatchObject({ ok: true });
        influxdb = await startInfluxDB(second);
    });
    afterAll(async () => {
        await influxdb?.stop();
        remove();
    });

    it("takes the passwords of the last preparation", async () => {
        expect((await query(port, "SHOW DATABASES", admin)).status).toBe(200);
        expect((await query(port, "SHOW DATABASES", { user: "admin", password: "first1" })).status).toBe(401);
    });

    it("answers nobody without a password", async () => {
        expect((await query(port, "SHOW DATABASES")).status).toBe(401);
    });

    it("keeps values as long as the last preparation says", async () => {
        const { rows } = await query(port, "SHOW RETENTION POLICIES", admin);
        expect(rows.filter((row) => row.includes(true))).toEqual([["kept", "96h0m0s", "24h0m0s", 1, true]]);
    });

    it("has one user who may write and nothing else", async () => {
        expect((await query(port, "SHOW USERS", admin)).rows).toEqual([
            ["admin", true],
            ["writer", false],
        ]);
        expect((await query(port, 'SHOW GRANTS FOR "writer"', admin)).rows).toEqual([["metrics", "WRITE"]]);
        const { status, error } = await query(port, "SHOW MEASUREMENTS", { user: "writer", password: "second2" });
        expect([status, error]).toEqual([403, expect.stringContaining("requires READ")]);
    });
});

describe("The preparation of InfluxDB", () => {
    it.each([
        ["an empty password", ""],
        ["a password that would end its quotes", "a' WITH ALL PRIVILEGES"],
    ])("refuses %s, and names the file", async (_, writer) => {
        const { folder, remove } = scratch();
        try {
            const { ok, output } = prepareInfluxDB({
                folder,
                port: await freePort(),
                passwords: { admin: "a", writer },
            });
            expect(ok).toBe(false);
            expect(output).toMatch(/the password in \S+\/writer-password is empty or has characters other than/);
        } finally {
            remove();
        }
    });
});
