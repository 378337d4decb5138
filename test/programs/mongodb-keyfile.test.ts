import { spawnSync } from "node:child_process";
import {
    chmodSync,
    chownSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { scratch } from "./nginx";

const SCRIPT = resolve(__dirname, "../../components/mongodb/scripts/keyfile.sh");
const KEY = "c2VjcmV0IGtleSBvZiB0aGUgcmVwbGljYSBzZXQ=";
const isRoot = process.getuid?.() === 0;
/** The user that mongod has; where these tests run without privileges, their own. */
const MONGOD = isRoot ? 999 : (process.getuid?.() ?? 0);

const { folder, remove } = scratch();
afterAll(remove);

/** The folders of a pod: the mounted Secret, readable by the group, and an emptyDir of mongod's. */
function pod(key: string | undefined) {
    const place = join(folder, String(Math.random()));
    const [source, target] = [join(place, "mounted"), join(place, "own")];
    for (const path of [place, source, target]) mkdirSync(path);
    for (const path of [place, source, target]) chmodSync(path, 0o755);
    chownSync(target, MONGOD, MONGOD);
    if (key !== undefined) writeFileSync(join(source, "keyfile"), key, { mode: 0o644 });
    return { source: join(source, "keyfile"), target: join(target, "keyfile"), own: target };
}

function run(
    { source, target }: { source: string; target: string },
    options: { shell?: string; user?: number; environment?: Record<string, string> } = {},
) {
    const { shell = "sh", user = MONGOD, environment } = options;
    const [program, ...flags] = shell.split(" ");
    const { status, stdout, stderr } = spawnSync(program, [...flags, SCRIPT], {
        encoding: "utf8",
        env: {
            PATH: process.env.PATH,
            KEYFILE_SOURCE: source,
            KEYFILE_TARGET: target,
            KEYFILE_OWNER: String(MONGOD),
            ...environment,
        },
        ...(isRoot && { uid: user, gid: user }),
    });
    return { status, output: stdout + stderr };
}

describe.each([["sh"], ["dash"], ["bash --posix"]])("keyfile.sh in %s", (shell) => {
    it("copies the key so that its owner alone, mongod, can read it", () => {
        const files = pod(`${KEY}\n`);
        expect(run(files, { shell })).toEqual({ status: 0, output: "" });
        const { mode, uid } = statSync(files.target);
        expect([mode & 0o777, uid, readFileSync(files.target, "utf8")]).toEqual([0o400, MONGOD, `${KEY}\n`]);
    });

    it("replaces an earlier copy, and leaves nothing beside it", () => {
        const files = pod(KEY);
        run(files, { shell });
        writeFileSync(files.source, "YW5vdGhlcg==");
        expect(run(files, { shell }).status).toBe(0);
        expect(readFileSync(files.target, "utf8")).toBe("YW5vdGhlcg==\n");
        expect(statSync(files.target).mode & 0o777).toBe(0o400);
        expect(readdirSync(files.own)).toEqual(["keyfile"]);
    });

    it.each([
        ["a missing key", undefined, "is missing"],
        ["an empty key", "", "is empty"],
        ["a key of blanks", " \n\t\r\n", "is empty"],
        ["a key that is not base64", "a key!", "outside base64"],
        ["a short key", "abcd", "shorter than 6"],
        ["a long key", "a".repeat(1025), "longer than 1024"],
    ])("refuses %s, without telling it", (_case, key, message) => {
        const files = pod(key);
        const { status, output } = run(files, { shell });
        expect([status, existsSync(files.target)]).toEqual([1, false]);
        expect(output).toContain(message);
        if (key?.trim()) expect(output).not.toContain(key);
    });

    it("accepts the longest key, wrapped into lines", () => {
        const files = pod(`${"a".repeat(512)}\n${"b".repeat(512)}\n`);
        expect(run(files, { shell }).status).toBe(0);
        expect(readFileSync(files.target, "utf8")).toHaveLength(1025);
    });

    it("refuses to make a copy that mongod, another user, could not read", () => {
        const files = pod(KEY);
        const { status, output } = run(files, { shell, environment: { KEYFILE_OWNER: String(MONGOD + 1) } });
        expect([status, existsSync(files.target)]).toEqual([1, false]);
        expect(output).toContain(`mongod as user ${MONGOD + 1} could not read the copy`);
    });

    it("says which setting is missing", () => {
        const { status, output } = run(pod(KEY), { shell, environment: { KEYFILE_TARGET: "" } });
        expect(status).not.toBe(0);
        expect(output).toContain("KEYFILE_TARGET");
    });
});

it("keeps an earlier copy when the new key is refused", () => {
    const files = pod(KEY);
    run(files);
    writeFileSync(files.source, "");
    expect(run(files).status).toBe(1);
    expect(readFileSync(files.target, "utf8")).toBe(`${KEY}\n`);
});
