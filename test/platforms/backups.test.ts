import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPlatform } from "../../matrix";
import { readStack as agents } from "../../platforms/agents/settings";
import { objectStorage } from "../../platforms/backups/settings";
import { readStack as eChauffeur } from "../../platforms/e-chauffeur/settings";
import { object, objects } from "../components/render";
import { least, leastAgents, stackOf } from "./double";
import { renderStack } from "./render-stack";

const USERS = ["owner", "writer", "retention", "drill", "status"];
const secretOf = (user: string) => `backup${user[0].toUpperCase()}${user.slice(1)}Key`;

describe.each([
    ["e-chauffeur", least, eChauffeur, [...USERS, "cleanup"]],
    ["agents", leastAgents, agents, USERS],
] as const)("The backups of %s", (_platform, settings, readStack, users) => {
    const storage = {
        region: "gra",
        users: Object.fromEntries(users.map((user) => [user, `key-of-${user}`])),
        recipients: ["age1one", "age1two"],
    };
    const secrets = Object.fromEntries([...users.map(secretOf), "drillIdentity"].map((key) => [key, "secret"]));
    const read = (backups: object, given: Record<string, string> = {}) =>
        readStack(stackOf({ ...settings, backups: { bucket: "backups", ...backups } }, given)).backups;

    it("go to the object storage of a stack, with a user for each that does something there", () => {
        expect(read({ storage }, secrets)).toMatchObject({ lockDays: 14, drillSize: "20Gi", storage });
    });

    it("ask for the secret of each user, and of no other", () => {
        let message = "";
        try {
            read({ storage });
        } catch (error) {
            ({ message } = error as Error);
        }
        const asked = [...message.matchAll(/matrice:(\w+): missing, while backups\.storage is set/g)];
        expect(asked.map(([, key]) => key).sort()).toEqual(Object.keys(secrets).sort());
        expect(message).toContain("pulumi config set --stack test --secret matrice:backupWriterKey <value>");
    });

    it.each<[string, object, RegExp]>([
        ["no storage", {}, /matrice:backups\.storage: missing: it says where backups go/],
        [
            "two storages",
            { storage, embedded: "access.json" },
            /matrice:backups\.embedded: is set beside storage: one of them/,
        ],
        [
            "one recipient, who may be lost",
            { storage: { ...storage, recipients: ["age1one"] } },
            /matrice:backups\.storage\.recipients: expected two public keys or more/,
        ],
        ["no users", { storage: { ...storage, users: {} } }, /matrice:backups\.storage\.users\.owner: missing/],
        [
            "a user that does nothing",
            { storage: { ...storage, principals: { reader: "x" } } },
            /matrice:backups\.storage\.principals\.reader: unknown key/,
        ],
        ["a lock that outlives what is kept", { storage, lockDays: 15 }, /matrice:backups\.lockDays: /],
    ])("are refused with %s", (_, backups, message) => {
        expect(() => read(backups, secrets)).toThrow(message);
    });

    it("name the command that starts the embedded storage where its keys are not there", () => {
        const stack = readStack(stackOf({ ...settings, backups: { bucket: "backups", embedded: "nowhere.json" } }));
        expect(() => objectStorage(stack, [])).toThrow(/nowhere\.json.*\n {2}Run: make up/);
    });
});

describe("The jobs of agents", () => {
    it("run at the hours of e-chauffeur's", async () => {
        const here = await schedulesOf("agents-dev");
        expect(here).toEqual({
            backup: "0 2 * * * Europe/Paris",
            retention: "0 3 * * * Europe/Paris",
            "restore-drill": "0 5 1 * * Europe/Paris",
        });
        expect(await schedulesOf("dev")).toMatchObject(here);
    });

    it("leave the backup and its user of the database out where no row lets it reach the database", async () => {
        const folder = mkdtempSync(join(tmpdir(), "backups-"));
        try {
            cpSync(join(__dirname, "../../platforms/agents"), folder, { recursive: true });
            const without = (file: string, line: RegExp) => {
                const text = readFileSync(join(folder, file), "utf8");
                expect(text).toMatch(line);
                writeFileSync(join(folder, file), text.replace(line, ""));
            };
            without("annex.md", /^\| Job de backup +\| PostgreSQL .*\n/m);
            without("inventory.yaml", /, Job de backup$/m);
            const matrix = loadPlatform(folder);
            const all = objects((await renderStack("agents-dev", () => matrix)).resources);
            const names = all.filter(({ kind }) => kind === "CronJob").map(({ metadata }) => metadata.name);
            expect(names).toEqual(["restore-drill", "retention"]);
            expect(object(all, "ConfigMap", "postgresql").data["pg_hba.conf"]).not.toContain("backup");
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

async function schedulesOf(stack: string): Promise<Record<string, string>> {
    const all = objects((await renderStack(stack)).resources);
    const jobs = all.filter(({ kind }) => kind === "CronJob");
    return Object.fromEntries(
        jobs.map(({ metadata, spec }) => [metadata.name, `${spec.schedule} ${spec.timeZone}`] as const),
    );
}
