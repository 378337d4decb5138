import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { Daemon } from "../programs/daemon";
import { PostgreSQLServer, PROGRAMS } from "../programs/postgresql";
import { BackedUp, PATH, sentences, user } from "./backed-up";
import { script } from "./containers";
import { decryptWithAge } from "./keys";

const { uid, gid } = user;
const ROLES = ["--roles-only", "--no-role-passwords"];
const WHOLE = ["--create", "agents"];
const DIGEST = "SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM backend.messages r";

let all: BackedUp;
/** The newest archive, as it lies in the bucket. */
let encrypted: Buffer;

beforeAll(async () => {
    all = await BackedUp.start();
    const bucket = await all.newBucket();
    expect(await all.backup(bucket)).toMatchObject({ code: 0 });
    encrypted = (await all.committed(bucket)).bytes;
});
afterAll(() => all?.stop());

it("A backup is restored row for row, with roles, rights and policies, into an empty server", async () => {
    const place = all.folderOf("restored");
    const local = { PGHOST: place, PGPORT: "5432", PGUSER: "postgres" };
    const at = { uid, gid, cwd: place, env: { PATH, ...local, SPOOL: all.folderOf("unpacked") } };
    execFileSync("initdb", ["-D", `${place}/data`, "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "-N"], {
        ...at,
        stdio: "pipe",
    });
    const options = ["-D", `${place}/data`, "-k", place, "-c", "listen_addresses=", "-c", "row_security=on", "-F"];
    const restored = await Daemon.start(path.join(PROGRAMS, "postgres"), options, {
        folder: place,
        user,
        environment: {},
        ready: async () => {
            try {
                execFileSync("pg_isready", ["-q"], at);
                return true;
            } catch {
                return false;
            }
        },
    });
    try {
        const input = decryptWithAge(encrypted, all.keys[0]);
        execFileSync("bash", [script("postgresql/restore.sh")], { ...at, input, stdio: "pipe" });
        const of = (program: string, args: readonly string[]) =>
            execFileSync(program, args, { ...at, encoding: "utf8", maxBuffer: 1 << 28 });
        expect(sentences(of("pg_dumpall", ROLES))).toEqual(sentences(all.server.program("pg_dumpall", ROLES)));
        expect(sentences(of("pg_dump", WHOLE))).toEqual(sentences(all.server.program("pg_dump", WHOLE)));
        expect(of("pg_dump", WHOLE)).toMatch(/CREATE POLICY tenant_only ON oauth\.tokens AS RESTRICTIVE/);
        expect(of("psql", ["-XAtc", DIGEST, "agents"]).trim()).toBe(all.server.sql("agents", DIGEST));
        const seen = "SET ROLE fastapi_backend; SELECT count(*) FROM backend.conversations";
        expect(of("psql", ["-XAtqc", seen, "agents"]).trim()).toBe("0");
    } finally {
        await restored.stop("SIGQUIT");
    }
});

describe("The commands of docs/production.md", () => {
    const [whole, table] = commandsOf("Bring PostgreSQL back");
    let fresh: PostgreSQLServer;
    let here: string;

    beforeAll(async () => {
        here = all.folderOf("administrator");
        fs.writeFileSync(path.join(here, "archive.gz.age"), encrypted);
        fs.copyFileSync(all.keys[1].identityFile, path.join(here, "identity.txt"));
        // As the platform starts: users with passwords of their own, tables without rows.
        fresh = await PostgreSQLServer.start(all.folderOf("fresh"), {
            ...all.files,
            passwords: Object.fromEntries(Object.keys(all.files.passwords).map((name) => [name, `new-${name}`])),
        });
        fresh.name("127.0.0.16", "fastapi-backend.agents.svc.cluster.local");
        await fresh.keep();
    });
    afterAll(() => fresh?.stop());

    /** Runs them as a shell does; the words that reached kubectl, pulumi and make. */
    function run(commands: string): string[] {
        const programs = path.join(here, "programs");
        fs.mkdirSync(programs, { recursive: true });
        const calls = path.join(here, "calls");
        fs.writeFileSync(calls, "");
        // Doubles of what speaks to a cluster: `kubectl exec` runs the command here, as the user of the pod's container.
        const as = process.getuid?.() === 0 ? `setpriv --reuid=${uid} --regid=${gid} --clear-groups` : "";
        const local = Object.entries(fresh.local()).map(([name, value]) => `${name}=${value}`);
        const kubectl = [
            `case " $* " in *" exec "*) until [ "$1" = -- ]; do shift; done; shift`,
            `exec ${as} env ${local.join(" ")} "$@";; esac`,
        ];
        for (const name of ["kubectl", "pulumi", "make"]) {
            const lines = ["#!/bin/sh", `echo "${name} $*" >>${calls}`, ...(name === "kubectl" ? kubectl : [])];
            fs.writeFileSync(path.join(programs, name), `${lines.join("\n")}\n`, { mode: 0o755 });
        }
        execFileSync("bash", ["-euc", commands], {
            cwd: here,
            env: { PATH: `${programs}:${PATH}` },
            stdio: ["ignore", "pipe", "pipe"],
        });
        return fs.readFileSync(calls, "utf8").trim().split("\n");
    }

    it("restore the platform's database, whose users keep the passwords of now", async () => {
        const calls = run(whole);
        expect(fresh.sql("agents", DIGEST)).toBe(all.server.sql("agents", DIGEST));
        expect(sentences(fresh.program("pg_dump", WHOLE))).toEqual(sentences(all.server.program("pg_dump", WHOLE)));
        expect(sentences(fresh.program("pg_dumpall", ROLES))).toEqual(
            sentences(all.server.program("pg_dumpall", ROLES)),
        );
        expect(calls.slice(-3)).toEqual([
            "kubectl -n agents delete pod postgresql-0",
            "pulumi refresh --stack agents-prod",
            "make up STACK=agents-prod",
        ]);
        // What the pod does when it starts again.
        await fresh.keep();
        const service = await fresh.connect("127.0.0.16", "fastapi_backend");
        try {
            const { rows } = await service.query("SELECT count(*)::int FROM backend.conversations");
            expect(rows).toEqual([{ count: 0 }]);
            await service.query("BEGIN; SET LOCAL app.user_id = 'cfcd2084-95d5-65ef-66e7-dff9f98764da'");
            const own = await service.query("SELECT count(*)::int FROM backend.conversations");
            expect(own.rows).toEqual([{ count: 428 }]);
        } finally {
            await service.end();
        }
    });

    it("restore one table that was emptied", () => {
        fresh.sql("agents", "TRUNCATE backend.messages");
        run(`${whole.split("\n").find((line) => line.startsWith("inside()"))}\n${table}`);
        expect(fresh.sql("agents", DIGEST)).toBe(all.server.sql("agents", DIGEST));
    });
});

/** The blocks of commands under a heading. */
function commandsOf(heading: string): string[] {
    const text = fs.readFileSync(path.join(__dirname, "../../docs/production.md"), "utf8");
    const section = text.split(`### ${heading}\n`)[1].split(/^#+ /m)[0];
    return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block);
}
