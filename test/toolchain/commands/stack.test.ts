import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { refuseRealStacks } from "../../../toolchain/commands/down";
import {
    contentsOf,
    explicitContext,
    removeDeadLocks,
    requireOwnBackend,
    requireSettings,
} from "../../../toolchain/commands/stack";
import { upSummary } from "../../../toolchain/commands/up";
import { devBackend } from "../../../toolchain/environment";

let folder: string;
beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "stack-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe("explicitContext", () => {
    const settings = (text: string) => fs.writeFileSync(path.join(folder, "Pulumi.prod.yaml"), text);

    it("is what the stack's settings say", () => {
        settings("config:\n  kubernetes:context: ovh-prod\n");
        expect(explicitContext("prod", folder)).toBe("ovh-prod");
    });

    it.each([
        ["no settings", undefined],
        ["empty settings", ""],
        ["settings without a context", "config:\n  matrice:platform: e-chauffeur\n"],
        ["a secret in its place", "config:\n  kubernetes:context:\n    secure: xyz\n"],
    ])("is demanded of a stack with %s", (_, text) => {
        if (text !== undefined) settings(text);
        expect(() => explicitContext("prod", folder)).toThrow(
            expect.objectContaining({
                message: expect.stringContaining("Stack prod does not say which cluster"),
                mends: expect.arrayContaining(["then: pulumi config set kubernetes:context NAME --stack prod"]),
            }),
        );
    });

    it("is not the embedded cluster", () => {
        settings("config:\n  kubernetes:context: matrice-dev\n");
        expect(() => explicitContext("prod", folder)).toThrow("names the embedded cluster");
    });
});

describe("requireSettings", () => {
    it("names the stacks that there are where one has no settings", () => {
        for (const stack of ["prod", "dev"]) fs.writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), "");
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "");
        expect(() => requireSettings("prdo", folder)).toThrow(
            expect.objectContaining({
                message: "There is no stack prdo: it has no Pulumi.prdo.yaml.",
                mends: expect.arrayContaining(["there are dev, prod"]),
            }),
        );
        expect(() => requireSettings("prod", folder)).not.toThrow();
    });
});

describe("a real stack", () => {
    it("is not taken down", () => {
        expect(() => refuseRealStacks("prod")).toThrow(/stack prod holds a real platform's data/);
        expect(() => refuseRealStacks("dev")).not.toThrow();
    });

    it("does not get its state where the throwaway one's is", () => {
        expect(() => requireOwnBackend("prod", { PULUMI_BACKEND_URL: devBackend })).toThrow("stack dev");
        expect(() => requireOwnBackend("prod", { PULUMI_BACKEND_URL: "s3://states" })).not.toThrow();
        expect(() => requireOwnBackend("prod", {})).not.toThrow();
    });
});

describe("removeDeadLocks", () => {
    it("removes the lock of an engine that is gone, no other", () => {
        const locks = path.join(folder, ".pulumi", "locks", "organization", "matrice", "dev");
        fs.mkdirSync(locks, { recursive: true });
        const lock = (name: string, pid: number, hostname = os.hostname()) =>
            fs.writeFileSync(path.join(locks, `${name}.json`), JSON.stringify({ pid, hostname }));
        lock("gone", 2 ** 22 + 1);
        lock("alive", process.pid);
        lock("elsewhere", 2 ** 22 + 1, "another-machine");
        const said: string[] = [];
        removeDeadLocks((text) => said.push(text), folder);
        expect(fs.readdirSync(locks).sort()).toEqual(["alive.json", "elsewhere.json"]);
        expect(said).toHaveLength(1);
    });

    it("does nothing before there is a state", () => {
        expect(() => removeDeadLocks(() => undefined, path.join(folder, "none"))).not.toThrow();
    });
});

describe("the summary of make up", () => {
    const contents = contentsOf([
        {
            type: "pulumi:pulumi:Stack",
            outputs: {
                address: "203.0.113.10",
                urls: ["a", "b"],
                password: { "4dabf18193072939515e22adb298388d": "secret" },
            },
        },
        { type: "pulumi:providers:kubernetes", custom: true },
        { type: "matrice:index:Redis" },
        { type: "kubernetes:apps/v1:Deployment", custom: true },
        { type: "kubernetes:core/v1:Service", custom: true },
        { type: "kubernetes:core/v1:Service", custom: true },
        { type: "kubernetes:core/v1:Service", custom: true, delete: true },
    ]);
    const text = upSummary("dev", contents, "  pulumi up  1.0 s", 75);

    it("counts what was made by kind, most first", () => {
        expect(text).toContain("Stack dev is up after 1 min 15 s: 3 resources\n  2 Service, 1 Deployment\n");
    });

    it("shows outputs, secrets excepted", () => {
        expect(text).toContain("Outputs\n  address: 203.0.113.10\n  urls: a, b\n");
        expect(text).not.toContain("password");
    });

    it("says what to try next", () => {
        expect(text).toContain('eval "$(make -s env)"');
        expect(upSummary("prod", contents, "", 1)).not.toContain("make down");
    });
});
