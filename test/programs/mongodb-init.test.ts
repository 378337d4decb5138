import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { scratch } from "./nginx";

const SCRIPTS = resolve(__dirname, "../../components/mongodb/scripts");
const STUB = resolve(__dirname, "mongosh-stub.js");
const MEMBERS = [0, 1, 2].map((ordinal) => `mongodb-${ordinal}.mongodb.shop.svc.cluster.local:27017`);
const PASSWORDS = { root: "r00t/p@ss word:%", application: "appl1cation-secret", metrics: "m3trics-secret" };

jest.setTimeout(30_000);

interface State {
    config?: { _id: string; version: number; members: { _id: number; host: string }[] };
    users: { id: string; pwd: string; roles: unknown }[];
    commands: { database: string; command: Record<string, unknown> }[];
    connections: { member: string; replicaSet: string | null }[];
    arguments: string[];
    environment: string[];
    [setting: string]: unknown;
}

const { folder, remove } = scratch();
afterAll(remove);

const users = [
    { user: "shop", database: "shop", passwordFile: "application", roles: [{ role: "readWrite", db: "shop" }] },
    { user: "metrics", database: "admin", passwordFile: "metrics", roles: [{ role: "clusterMonitor", db: "admin" }] },
];

/** A folder with what the Job mounts, and a replica set that exists in a file of it alone. */
function platform(state: Record<string, unknown> = {}) {
    const place = join(folder, String(Math.random()));
    mkdirSync(join(place, "bin"), { recursive: true });
    for (const [name, value] of Object.entries(PASSWORDS)) writeFileSync(join(place, name), `${value}\n`);
    const named = users.map((entry) => ({ ...entry, passwordFile: join(place, entry.passwordFile) }));
    writeFileSync(join(place, "users.json"), JSON.stringify(named));
    writeFileSync(join(place, "bin", "mongosh"), `#!/bin/sh\nexec ${process.execPath} ${STUB} "$@"\n`, { mode: 0o755 });
    const begin = { rootPassword: PASSWORDS.root, users: [], commands: [], connections: [], elections: 0, ...state };
    writeFileSync(join(place, "state.json"), JSON.stringify(begin));
    const read = () => JSON.parse(readFileSync(join(place, "state.json"), "utf8")) as State;
    const forget = () => writeFileSync(join(place, "state.json"), JSON.stringify({ ...read(), commands: [] }));
    return { place, read, forget };
}

function init(place: string, environment: Record<string, string> = {}, shell = ["sh"]) {
    const { status, stdout, stderr } = spawnSync(shell[0], [...shell.slice(1), join(SCRIPTS, "init.sh")], {
        encoding: "utf8",
        env: {
            PATH: `${join(place, "bin")}:${process.env.PATH}`,
            STUB_STATE: join(place, "state.json"),
            INIT_SCRIPT: join(SCRIPTS, "init.js"),
            MONGODB_REPLICA_SET: "rs0",
            MONGODB_MEMBERS: MEMBERS.join(","),
            MONGODB_ROOT_USERNAME: "root",
            MONGODB_ROOT_PASSWORD_FILE: join(place, "root"),
            MONGODB_USERS_FILE: join(place, "users.json"),
            ...environment,
        },
    });
    return { status, output: stdout + stderr };
}

const hosts = (state: State) => state.config?.members.map(({ host }) => host);
const verbs = (state: State) => state.commands.map(({ command }) => Object.keys(command)[0]);

describe.each([["sh"], ["dash"], ["bash --posix"]])("the init Job in %s, with a stub for mongosh", (name) => {
    const shell = name.split(" ");

    it("forms the set on its first member, then adds the others one by one, by their full names", () => {
        const { place, read } = platform();
        expect(init(place, {}, shell)).toMatchObject({ status: 0 });
        const state = read();
        expect(state.config?._id).toBe("rs0");
        expect(hosts(state)).toEqual(MEMBERS);
        const started = state.commands.find(({ command }) => "replSetInitiate" in command);
        expect(started?.command.replSetInitiate).toEqual({ _id: "rs0", members: [{ _id: 0, host: MEMBERS[0] }] });
        expect(state.connections[0]).toEqual({ member: MEMBERS[0], replicaSet: null });
        expect(state.connections.at(-1)?.replicaSet).toBe("rs0");
    });

    it("makes the users with the passwords of their files", () => {
        const { place, read } = platform();
        init(place, {}, shell);
        expect(read().users).toEqual([
            { id: "shop.shop", pwd: PASSWORDS.application, roles: users[0].roles },
            { id: "admin.metrics", pwd: PASSWORDS.metrics, roles: users[1].roles },
        ]);
    });

    it("changes nothing of the set when run again", () => {
        const { place, read, forget } = platform();
        init(place, {}, shell);
        const { config, users: made } = read();
        forget();
        expect(init(place, {}, shell)).toMatchObject({ status: 0 });
        expect(read()).toMatchObject({ config, users: made });
        expect(verbs(read())).not.toEqual(expect.arrayContaining(["replSetInitiate"]));
        expect(verbs(read())).not.toEqual(expect.arrayContaining(["replSetReconfig"]));
        expect(verbs(read())).not.toEqual(expect.arrayContaining(["createUser"]));
    });
});

it("gives a user the new password and roles when they have changed", () => {
    const { place, read } = platform();
    init(place);
    writeFileSync(join(place, "application"), "another");
    expect(init(place).status).toBe(0);
    expect(read().users[0]).toMatchObject({ id: "shop.shop", pwd: "another" });
});

it("adds the members that a smaller set lacks", () => {
    const { place, read } = platform();
    init(place, { MONGODB_MEMBERS: MEMBERS[0] });
    expect(hosts(read())).toEqual([MEMBERS[0]]);
    expect(init(place).status).toBe(0);
    expect(hosts(read())).toEqual(MEMBERS);
});

it("reports a member that is not in the list and leaves it", () => {
    const { place, read } = platform();
    init(place);
    const { status, output } = init(place, { MONGODB_MEMBERS: MEMBERS.slice(0, 2).join(",") });
    expect(status).toBe(0);
    expect(output).toContain(`${MEMBERS[2]} is in rs0 but not in the list`);
    expect(hosts(read())).toEqual(MEMBERS);
});

it("waits for members that do not answer yet, for the election, and for a member that is not ready to join", () => {
    const { place, read } = platform({ unreachable: 3, elections: 4, notReady: 2 });
    const { status, output } = init(place);
    expect(status).toBe(0);
    expect(output).toContain("Waiting for");
    expect(hosts(read())).toEqual(MEMBERS);
});

it.each([
    ["no member answers", { unreachable: 1e6 }, /Gave up on mongodb-0.*after 20 s: connect ECONNREFUSED/],
    ["no primary is elected", { elections: 1e6 }, /Gave up on a primary of rs0 after 20 s/],
    ["a member never joins", { notReady: 1e6 }, /Gave up on mongodb-1.* to join after 20 s/],
])("gives up at the deadline when %s", (_case, state, message) => {
    const { place } = platform(state);
    const { status, output } = init(place, { MONGODB_DEADLINE_SECONDS: "20" });
    expect(status).toBe(1);
    expect(output).toMatch(message);
});

describe("with the administrator's password of the generation before", () => {
    const before = (place: string) => {
        writeFileSync(join(place, "before"), "the one before\n");
        return { MONGODB_ROOT_PASSWORD_BEFORE_FILE: join(place, "before") };
    };

    it("gives the administrator the new one, after everything else", () => {
        const { place, read } = platform({ rootPassword: "the one before" });
        const { status, output } = init(place, before(place));
        expect([status, output]).toEqual([0, expect.not.stringContaining("the one before")]);
        expect(read().rootPassword).toBe(PASSWORDS.root);
        expect(verbs(read()).at(-1)).toBe("updateUser");
        expect(hosts(read())).toEqual(MEMBERS);
    });

    it("passes when the new one is in force already", () => {
        const { place, read } = platform();
        expect(init(place, before(place))).toMatchObject({ status: 0 });
        expect(read().rootPassword).toBe(PASSWORDS.root);
    });

    it("stops when neither is right", () => {
        const { place, read } = platform({ rootPassword: "a third" });
        const { status, output } = init(place, before(place));
        expect([status, output]).toEqual([1, expect.stringContaining("AuthenticationFailed")]);
        expect(read().rootPassword).toBe("a third");
    });
});

it("stops at once on a wrong password, and prints it nowhere", () => {
    const { place, read } = platform({ rootPassword: "another" });
    const { status, output } = init(place);
    expect(status).toBe(1);
    expect(output).toContain("AuthenticationFailed");
    expect(read().connections).toHaveLength(1);
    expect(output).not.toContain(PASSWORDS.root);
});

it("keeps passwords out of its output, of mongosh's arguments and environment", () => {
    const { place, read } = platform({ userError: "the server quotes" });
    const { status, output } = init(place);
    expect(status).toBe(1);
    expect(output).toContain("the server quotes ***");
    const seen = output + JSON.stringify([read().arguments, read().environment]);
    for (const password of Object.values(PASSWORDS)) {
        expect(seen).not.toContain(password);
        expect(seen).not.toContain(encodeURIComponent(password));
    }
    expect(read().arguments).toEqual(["--quiet", "--norc", "--nodb", "--file", join(SCRIPTS, "init.js")]);
});

describe("a setting amiss stops it before it connects", () => {
    it.each([
        ["a missing setting", { MONGODB_REPLICA_SET: "" }, 2, "MONGODB_REPLICA_SET is not set"],
        ["a missing file", { MONGODB_USERS_FILE: "/nowhere" }, 2, "MONGODB_USERS_FILE: /nowhere is missing or empty"],
        ["an empty file", { MONGODB_ROOT_PASSWORD_FILE: "/dev/null" }, 2, "MONGODB_ROOT_PASSWORD_FILE: /dev/null is"],
        ["a short member name", { MONGODB_MEMBERS: "mongodb-0:27017" }, 1, "is not a full host name and a port"],
        ["a member without port", { MONGODB_MEMBERS: "mongodb-0.a.svc" }, 1, "is not a full host name and a port"],
        ["a deadline that is none", { MONGODB_DEADLINE_SECONDS: "soon" }, 1, "MONGODB_DEADLINE_SECONDS must be"],
    ])("%s", (_case, environment, code, message) => {
        const { place, read } = platform();
        const { status, output } = init(place, environment as Record<string, string>);
        expect(status).toBe(code);
        expect(output).toContain(message);
        expect(read().connections).toEqual([]);
    });

    it.each([
        ["text that is not JSON", "{", "is not JSON"],
        ["no list", "{}", "must hold a list"],
        ["a user without roles", '[{"user":"a","database":"b","passwordFile":"c"}]', "user 1 needs"],
        ["a user without its file", '[{"user":"a","database":"b","passwordFile":"/nowhere","roles":["r"]}]', "ENOENT"],
    ])("users: %s", (_case, text, message) => {
        const { place, read } = platform();
        writeFileSync(join(place, "users.json"), text);
        const { status, output } = init(place);
        expect(status).toBe(1);
        expect(output).toContain(message);
        expect(read().connections).toEqual([]);
    });
});
