import { type ChildProcess, execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import "./job";

/*
 * The script as the pod runs it, in the real mongosh, on FerretDB. FerretDB has no replica set, no write concern and no
 * server-side plans: what is not covered is how long the batches take on MongoDB, and their majority write concern.
 */
const root = path.resolve(__dirname, "../..");
const script = path.join(root, "jobs", "cleanup", "cleanup.js");
const countsScript = path.join(root, "jobs", "drill", "counts.js");
const mongosh = path.join(root, ".tools", "npm", "mongosh", "node_modules", "mongosh", "bin", "mongosh.js");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrice-cleanup-"));
const uriFile = path.join(folder, "uri");
let server: ChildProcess;
let address: string;

beforeAll(async () => {
    const data = path.join(folder, "data");
    fs.mkdirSync(data);
    server = spawn(path.join(root, ".tools", "bin", "ferretdb"), ["-folder", data], {
        stdio: ["ignore", "pipe", "ignore"],
    });
    address = await new Promise<string>((resolve, reject) => {
        server.on("exit", () => reject(new Error("ferretdb ended")));
        createInterface({ input: server.stdout! }).once("line", resolve);
    });
});
afterAll(() => {
    server.kill("SIGKILL");
    fs.rmSync(folder, { recursive: true, force: true });
});

/** Runs mongosh on a database; a non-zero exit code comes as the result's, not as an error. */
async function shell(database: string, args: readonly string[], environment: Record<string, string> = {}) {
    fs.writeFileSync(uriFile, `${address}${database}\n`);
    const env = { PATH: process.env.PATH, HOME: folder, MONGODB_URI_FILE: uriFile, ...environment };
    const run = promisify(execFile)(process.execPath, [mongosh, "--nodb", "--quiet", ...args], { env });
    return run.then(
        ({ stdout }) => ({ code: 0, stdout }),
        ({ code, stdout, stderr }) => ({ code: code as number, stdout: `${stdout}${stderr}` }),
    );
}

/** Evaluates on the database and gives back what the expression is as JSON. */
async function evaluate(database: string, expression: string): Promise<unknown> {
    const connected = `const db = connect("${address}${database}"); console.log(JSON.stringify(${expression}))`;
    const { stdout } = await shell(database, ["--eval", connected]);
    return JSON.parse(stdout);
}

/** Documents on both sides of every limit, and rides whose owner is null or missing. */
async function fill(database: string): Promise<void> {
    const seed = `(() => {
        const ago = (days) => new Date(Date.now() - days * 24 * 3600 * 1000);
        db.logs.insertMany([...Array(7).keys()].map((at) => ({ _id: "old" + at, timestamp: ago(367) })));
        db.logs.insertMany([{ _id: "young", timestamp: ago(364) }, { _id: "undated" }]);
        db["geo-tracking"].insertMany([{ _id: "old", end: ago(93) }, { _id: "young", end: ago(88) }]);
        const person = { phone: "06", owner: { firstname: "A", lastname: "B", email: "c@d", _id: "u" } };
        db.rides.insertMany([
            { _id: "old", end: ago(15.1), ...person },
            { _id: "young", end: ago(14.9), ...person },
            { _id: "ownerless", end: ago(20), phone: "06" },
            { _id: "null owner", end: ago(20), phone: "06", owner: null },
            { _id: "done", end: ago(20), phone: null, owner: { firstname: null, lastname: null, email: null } },
        ]);
        return true;
    })()`;
    await evaluate(database, seed);
}

const lines = (stdout: string) =>
    stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
const idsOf = (database: string, name: string) =>
    evaluate(database, `db.getCollection("${name}").find().toArray().map((it) => it._id).sort()`);

it("removes what is too old, nulls personal data of ended rides, and leaves the rest", async () => {
    await fill("whole");
    const { code, stdout } = await shell("whole", [script], { BATCH: "3" });
    expect(lines(stdout).map(({ collection, matched, changed }) => [collection, matched, changed])).toEqual([
        ["logs", 7, 7],
        ["geo-tracking", 1, 1],
        ["rides", 3, 3],
        ["rides", 1, 1],
    ]);
    expect(code).toBe(0);
    expect(await idsOf("whole", "logs")).toEqual(["undated", "young"]);
    expect(await idsOf("whole", "geo-tracking")).toEqual(["young"]);
    const rides = (await evaluate("whole", "db.rides.find({}, { end: 0 }).sort({ _id: 1 }).toArray()")) as object[];
    const nobody = { firstname: null, lastname: null, email: null };
    expect(rides).toEqual([
        { _id: "done", phone: null, owner: nobody },
        { _id: "null owner", phone: null, owner: null },
        { _id: "old", phone: null, owner: { ...nobody, _id: "u" } },
        { _id: "ownerless", phone: null },
        { _id: "young", phone: "06", owner: { firstname: "A", lastname: "B", email: "c@d", _id: "u" } },
    ]);
});

it("finds nothing to do when it is run again", async () => {
    await fill("again");
    await shell("again", [script]);
    const { stdout } = await shell("again", [script]);
    expect(lines(stdout).map(({ matched, changed }) => [matched, changed])).toEqual(Array(4).fill([0, 0]));
});

it("changes nothing when it is a dry run, and counts what it would", async () => {
    await fill("dry");
    const { stdout } = await shell("dry", [script], { DRY_RUN: "true" });
    expect(lines(stdout).map(({ matched, changed }) => [matched, changed])).toEqual([
        [7, 0],
        [1, 0],
        [3, 0],
        [1, 0],
    ]);
    expect(await idsOf("dry", "logs")).toHaveLength(9);
});

it.each([
    [{ DRY_RUN: "yes" }, "DRY_RUN is true or false"],
    [{ BATCH: "0" }, "BATCH is a whole number"],
    [{ MONGODB_URI_FILE: "" }, "MONGODB_URI_FILE is not set"],
])("refuses %j and touches nothing", async (wrong, message) => {
    const { code, stdout } = await shell("wrong", [script], wrong as Record<string, string>);
    expect(stdout).toContain(message);
    expect(code).not.toBe(0);
});

it("the drill's script counts each collection of the scratch database", async () => {
    await fill("scratch");
    const { stdout } = await shell("scratch", [countsScript], { DATABASE: "scratch" });
    expect(JSON.parse(stdout)).toEqual({ logs: 9, "geo-tracking": 2, rides: 5 });
});
