import { comment, pullRequest } from "../../../cli/forge/command";
import type { Clock } from "../../../cli/forge/http";
import { MARKER } from "../../../cli/review/render";
import { UsageError } from "../../../cli/terminal";
import { folder, matriceOn } from "../run";
import { GitHub, GitLab, REPOSITORY } from "./forges";

const gitHub = new GitHub();
const gitLab = new GitLab();
const TOKEN = "token-that-nobody-may-see";

beforeAll(() => Promise.all([gitHub.start(), gitLab.start()]));
beforeEach(() => [gitHub, gitLab].forEach((forge) => forge.reset()));
afterAll(() => [gitHub, gitLab].forEach((forge) => forge.stop()));

const environment = (name: "github" | "gitlab"): Record<string, string> =>
    name === "github"
        ? { GITHUB_API_URL: gitHub.url, GITHUB_REPOSITORY: REPOSITORY, GITHUB_TOKEN: TOKEN }
        : {
              CI_API_V4_URL: gitLab.url,
              CI_PROJECT_ID: "shop/platform",
              CI_MERGE_REQUEST_IID: "7",
              MATRICE_GITLAB_TOKEN: TOKEN,
          };

const at = folder({ "one.md": `${MARKER}\nOne\n`, "two.md": `${MARKER}\nTwo\n`, "other.md": "# A page\n" });

/** A clock that goes on when somebody waits. */
class Hand implements Clock {
    time = 1_700_000_000_000;
    readonly waits: number[] = [];
    now = () => this.time;
    sleep = async (milliseconds: number) => {
        this.waits.push(milliseconds / 1000);
        this.time += milliseconds;
    };
}

async function post(name: "github" | "gitlab", file = "one.md", clock: Clock = new Hand(), request = "7") {
    let out = "";
    const terminal = {
        out: (text: string) => (out += text),
        err: (text: string) => (out += text),
        outIsTerminal: false,
        errIsTerminal: false,
        environment: environment(name),
    };
    await comment(name, at(file), { request }, terminal, clock);
    expect(out).not.toContain(TOKEN);
    return out;
}

const refusal = async (action: Promise<unknown>): Promise<string> => {
    const error = await action.then(() => undefined).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toContain(TOKEN);
    return (error as Error).message;
};

describe.each([
    ["github" as const, gitHub, "POST /repos/shop/platform/issues/7/comments", "PATCH"],
    ["gitlab" as const, gitLab, "POST /projects/shop%2Fplatform/merge_requests/7/notes", "PUT"],
])("the comment on %s", (name, forge, create, method) => {
    test("is made once, updated in place, and left alone when it says the same", async () => {
        expect(await post(name)).toBe("comment created\n");
        expect(await post(name)).toBe("comment unchanged\n");
        expect(await post(name, "two.md")).toBe("comment updated\n");
        expect(forge.notes).toEqual([expect.objectContaining({ body: `${MARKER}\nTwo\n`, author: forge.self })]);
        expect(forge.writes).toEqual([
            create,
            expect.stringMatching(new RegExp(`^${method} .*/${forge.notes[0].id}$`)),
        ]);
    });

    test("is found behind two hundred others", async () => {
        for (let i = 0; i < 230; i++) forge.add(forge.stranger, `Comment ${i}`);
        const own = forge.add(forge.self, `${MARKER}\nZero\n`);
        expect(await post(name)).toBe("comment updated\n");
        expect(own.body).toBe(`${MARKER}\nOne\n`);
        expect(forge.notes).toHaveLength(231);
    });

    test("is never somebody else's, whatever it begins with", async () => {
        const forged = forge.add(forge.stranger, `${MARKER}\nAll is well\n`);
        expect(await post(name)).toBe("comment created\n");
        expect(forged.body).toBe(`${MARKER}\nAll is well\n`);
        expect(forge.notes).toHaveLength(2);
    });

    test("is refused with the right that the token lacks", async () => {
        forge.refusals.push({ status: 403, body: { message: "Resource not accessible by integration" } });
        expect(await refusal(post(name))).toMatch(
            /answered 403: Resource not accessible by integration\. (The job needs `permissions: pull-requests: write`|The token needs the scope `api`)/,
        );
        expect(forge.requests).toHaveLength(1);
    });

    test("waits as long as the forge asks, then goes on", async () => {
        forge.refusals.push({ status: 429, headers: { "retry-after": "17" } });
        const clock = new Hand();
        expect(await post(name, "one.md", clock)).toBe("comment created\n");
        expect(clock.waits).toEqual([17]);
    });

    test("gives up where the wait is long, and when the forge goes on refusing", async () => {
        forge.refusals.push({ status: 429, headers: { "retry-after": "3600" } });
        const clock = new Hand();
        expect(await refusal(post(name, "one.md", clock))).toMatch(/would have to be asked again in 3600 s/);
        expect(clock.waits).toEqual([]);
        forge.refusals.push(...Array.from({ length: 9 }, () => ({ status: 429, headers: { "retry-after": "1" } })));
        expect(await refusal(post(name, "one.md", clock))).toMatch(/asked again in 1 s/);
        expect(clock.waits).toHaveLength(4);
    });

    test("is tried again after a failure of the forge's while it reads, never while it creates", async () => {
        forge.refusals.push({ status: 502 }, { status: 503 });
        const clock = new Hand();
        expect(await post(name, "one.md", clock)).toBe("comment created\n");
        expect(clock.waits).toEqual([1, 2]);

        forge.reset();
        const reads = name === "github" ? 1 : 2;
        forge.failing = "POST";
        expect(await refusal(post(name))).toMatch(/POST .* answered 502/);
        expect(forge.requests).toHaveLength(reads + 1);
    });

    test("is no page that is not a review", async () => {
        expect(await refusal(post(name, "other.md"))).toContain("this is no review");
        expect(forge.requests).toEqual([]);
    });
});

describe("on GitHub", () => {
    test("a 403 with nothing left of the rate is waited for until its reset", async () => {
        const clock = new Hand();
        const reset = String(clock.time / 1000 + 30);
        gitHub.refusals.push({ status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } });
        expect(await post("github", "one.md", clock)).toBe("comment created\n");
        expect(clock.waits).toEqual([30]);
    });

    test("the token goes to the API alone, wherever a page leads", async () => {
        gitHub.refusals.push({ status: 200, headers: { link: '<https://evil.example/2>; rel="next"' }, body: [] });
        expect(await refusal(post("github"))).toContain("https://evil.example is not");
        gitHub.refusals.push({ status: 302, headers: { location: `${gitLab.url}/user` } });
        await refusal(post("github"));
        expect(gitLab.requests).toEqual([]);
    });

    test("a comment of more than 65,536 characters is not sent", async () => {
        const long = folder({ "long.md": `${MARKER}\n${"x".repeat(65_536)}` });
        const run = matriceOn(
            { outIsTerminal: false, environment: environment("github") },
            ...["comment", "github", long("long.md"), "--request", "7"],
        );
        expect(await run).toMatchObject({ code: 2, err: expect.stringContaining("65536 at most are accepted") });
    });

    test("the pull request of a fork's branch is found by branch and commit", async () => {
        const commit = "c".repeat(40);
        gitHub.pulls = [
            { number: 6, head: { sha: "d".repeat(40) }, base: { sha: "e".repeat(40) } },
            { number: 7, head: { sha: commit }, base: { sha: "b".repeat(40) } },
        ];
        const argv = ["pull-request", "--head", "stranger:a/b&c", "--commit"];
        const streams = { outIsTerminal: false, environment: environment("github") };
        expect(await matriceOn(streams, ...argv, commit)).toEqual({
            code: 0,
            out: `number=7\nbase=${"b".repeat(40)}\n`,
            err: "",
        });
        expect(await matriceOn(streams, ...argv, "a".repeat(40))).toMatchObject({
            code: 2,
            err: expect.stringContaining("it was closed, or changed since"),
        });
    });
});

describe("matrice comment", () => {
    const run = (environment: Record<string, string>, ...argv: string[]) =>
        matriceOn({ outIsTerminal: false, environment }, "comment", ...argv);

    test.each([
        ["github", {}, "GITHUB_TOKEN is not set in the environment."],
        ["github", { GITHUB_TOKEN: "x" }, "GITHUB_REPOSITORY is not set in the environment."],
        ["github", { GITHUB_TOKEN: "x", GITHUB_REPOSITORY: "a/b/../c" }, '"a/b/../c" is no repository'],
        ["github", { GITHUB_TOKEN: "x", GITHUB_REPOSITORY: "a/b" }, "--request has to be the number"],
        ["gitlab", {}, "MATRICE_GITLAB_TOKEN is not set in the environment."],
        ["gitea", {}, '"gitea" is no forge'],
    ])("on %s with %j says what is missing", async (forge, environment, message) => {
        expect(await run(environment as Record<string, string>, forge, at("one.md"))).toMatchObject({
            code: 2,
            err: expect.stringContaining(message),
        });
    });

    test("says that a forge can't be reached", async () => {
        const terminal = { environment: { ...environment("github"), GITHUB_API_URL: "http://127.0.0.1:1" } };
        expect(await run(terminal.environment, "github", at("one.md"), "--request", "7")).toMatchObject({
            code: 2,
            err: expect.stringMatching(/GET http:\/\/127\.0\.0\.1:1\/.*: (connect ECONNREFUSED|bad port)/),
        });
    });
});

test("pullRequest refuses an answer of another shape than the API's", async () => {
    gitHub.pulls = [{ number: "seven" }];
    const terminal = {
        out: () => undefined,
        err: () => undefined,
        outIsTerminal: false,
        errIsTerminal: false,
        environment: environment("github"),
    };
    await expect(pullRequest({ head: "stranger:a/b&c", commit: "c" }, terminal, new Hand())).rejects.toThrow(
        "pull requests are not as the API documents them: 0.number",
    );
});
