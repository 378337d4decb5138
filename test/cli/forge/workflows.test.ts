/** The workflows that post reviews: their form, their rights, and their own commands against a fork and a double. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { parse } from "yaml";
import { removeRepositories, ROWS, shop, TemporaryRepository } from "../review/repositories";
import { GitHub, GitLab, REPOSITORY } from "./forges";

// Each command is a process or several.
jest.setTimeout(60_000);

const root = join(__dirname, "../../..");
const text = (file: string) => readFileSync(join(root, file), "utf8");

interface Step {
    name?: string;
    uses?: string;
    if?: string;
    run?: string;
    env?: Record<string, string>;
    with?: Record<string, unknown>;
}
interface Workflow {
    on: Record<string, unknown>;
    permissions?: Record<string, string>;
    jobs: Record<
        string,
        { if?: string; permissions?: Record<string, string>; env: Record<string, string>; steps: Step[] }
    >;
}

const REVIEW = ".github/workflows/review.yml";
const COMMENT = ".github/workflows/review-comment.yml";
const review = parse(text(REVIEW)) as Workflow;
const comment = parse(text(COMMENT)) as Workflow;
const gitlab = parse(text(".gitlab-ci.yml"));

/** What GitHub's parser has against a workflow. Its modules load in a bundler alone: neither Jest nor Node 20 reads them. */
function parserErrors(content: string): string[] {
    const contents = `
        import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
        const content = require("node:fs").readFileSync(0, "utf8");
        const { context, value } = parseWorkflow({ name: "workflow.yml", content }, new NoOperationTraceWriter());
        Promise.resolve(value && convertWorkflowTemplate(context, value)).then(() =>
            console.log(JSON.stringify(context.errors.getErrors().map(({ message }) => message))));`;
    const stdin = { contents, resolveDir: root };
    const [{ text: program }] = buildSync({ stdin, bundle: true, platform: "node", write: false }).outputFiles;
    const file = join(mkdtempSync(join(tmpdir(), "matrice-parser-")), "parser.js");
    writeFileSync(file, program);
    return JSON.parse(execFileSync(process.execPath, [file], { input: content, encoding: "utf8" }));
}

const steps = (workflow: Workflow): Step[] => Object.values(workflow.jobs).flatMap((job) => job.steps);
const script = (workflow: Workflow, name: string): string => steps(workflow).find((step) => step.name === name)!.run!;

describe.each([
    [REVIEW, review],
    [COMMENT, comment],
])("%s", (file, workflow) => {
    test("is a workflow by GitHub's own parser", () => {
        expect(parserErrors(text(file))).toEqual([]);
    });

    test("takes every action at a commit, its version beside", () => {
        const used = [...text(file).matchAll(/uses: (\S+)(.*)$/gm)];
        expect(used.length).toBeGreaterThan(1);
        for (const [, action, note] of used) {
            expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
            expect(note).toMatch(/^ # v\d+\.\d+\.\d+$/);
        }
    });

    test("puts nothing that a stranger writes into a script", () => {
        for (const { run = "" } of steps(workflow)) {
            expect(run).not.toContain("${{");
        }
    });
});

test("a made-up key is not a workflow by the same parser", () => {
    const content = text(REVIEW).replace("runs-on:", "runs-at:");
    expect(parserErrors(content)).toEqual([expect.stringContaining("Unexpected value 'runs-at'"), expect.anything()]);
});

describe("the workflow that runs a pull request's program", () => {
    test("may read and nothing else, and keeps no credentials beside the program", () => {
        expect(review.permissions).toEqual({ contents: "read" });
        expect(Object.values(review.jobs).map(({ permissions }) => permissions)).toEqual([undefined]);
        expect(Object.keys(review.on)).toEqual(["pull_request"]);
        const checkout = steps(review).find(({ uses }) => uses?.startsWith("actions/checkout"))!;
        expect(checkout.with).toMatchObject({ "persist-credentials": false });
        expect(text(REVIEW)).not.toContain("github.token");
    });

    test("gives secrets to the preview alone, which a fork does not get", () => {
        const withSecrets = steps(review).filter(({ env }) => JSON.stringify(env ?? {}).includes("secrets."));
        expect(withSecrets.map(({ name }) => name)).toEqual(["Preview"]);
        expect(withSecrets[0].if).toContain("env.OWN == 'true'");
    });
});

describe("the workflow that may write", () => {
    const [job] = Object.values(comment.jobs);

    test("writes comments and nothing else, in the one job that posts", () => {
        expect(comment.permissions).toEqual({});
        expect(job.permissions).toEqual({ contents: "read", actions: "read", "pull-requests": "write" });
        expect(Object.keys(comment.jobs)).toHaveLength(1);
        expect(Object.keys(comment.on)).toEqual(["workflow_run"]);
    });

    test("runs the default branch's tools, and reads no artifact of a fork's", () => {
        const checkouts = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout"));
        expect(checkouts.map((step) => step.with!.ref)).toEqual(["${{ github.event.repository.default_branch }}"]);
        expect(
            job.steps.filter(({ run }) => /git (checkout|switch|merge|pull|reset|worktree)/.test(run ?? "")),
        ).toEqual([]);
        const download = job.steps.find(({ uses }) => uses?.startsWith("actions/download-artifact"))!;
        expect(download.if).toBe("env.OWN == 'true'");
    });
});

describe("the pipeline on GitLab", () => {
    test("has the keys that GitLab documents, and runs for merge requests alone", () => {
        expect(Object.keys(gitlab)).toEqual(["workflow", "default", "stages", "review", "comment"]);
        expect(gitlab.workflow.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }]);
        const keys = ["stage", "timeout", "variables", "script", "artifacts", "needs", "rules", "environment"];
        for (const job of [gitlab.review, gitlab.comment]) {
            expect(keys).toEqual(expect.arrayContaining(Object.keys(job)));
            expect(gitlab.stages).toContain(job.stage);
        }
    });

    test("comments from the project itself alone, with a token that the other job is not given", () => {
        expect(gitlab.comment.rules).toEqual([
            { if: "$CI_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID", when: "always" },
        ]);
        expect(gitlab.comment.environment).toEqual({ name: "matrice-comment", action: "access" });
        expect(gitlab.review.environment).toBeUndefined();
    });
});

describe("the commands of the workflows", () => {
    const gitHub = new GitHub();
    const gitLab = new GitLab();
    const origin = new TemporaryRepository();
    const clone = new TemporaryRepository();
    const temporary = mkdtempSync(join(tmpdir(), "matrice-runner-"));
    let base: string;
    let stranger: string;

    beforeAll(async () => {
        if (!existsSync(join(root, "dist/matrice.js"))) throw new Error("dist/ is not built: npm run bundle");
        await Promise.all([gitHub.start(), gitLab.start()]);
        base = origin.commit(shop());
        origin.git("checkout", "--quiet", "-b", "stranger");
        stranger = origin.commit(shop({ rows: [...ROWS, "|Proxy|Store|5432|TCP|@owner <b>fine</b>|"] }));
        origin.git("checkout", "--quiet", "main");
        origin.git("config", "uploadpack.allowAnySHA1InWant", "true");
        clone.git("remote", "add", "origin", origin.folder);
        clone.git("fetch", "--quiet", "origin", "main");
        clone.git("reset", "--quiet", "--hard", base);
        symlinkSync(join(root, "dist"), join(clone.folder, "dist"));
    });

    afterAll(() => {
        gitHub.stop();
        gitLab.stop();
        removeRepositories();
        rmSync(temporary, { recursive: true });
    });

    /** Runs a step as GitHub does: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
    const shell = (run: string, env: Record<string, string>, ...options: string[]) =>
        new Promise<{ code: number; output: string }>((done) => {
            const child = spawn("bash", ["--noprofile", "--norc", "-e", ...options, "-c", run], {
                cwd: clone.folder,
                env: { PATH: process.env.PATH, HOME: temporary, ...env },
            });
            let output = "";
            child.stdout.on("data", (chunk) => (output += chunk));
            child.stderr.on("data", (chunk) => (output += chunk));
            child.on("close", (code) => done({ code: code!, output }));
        });

    const runner = { RUNNER_TEMP: temporary, GITHUB_STEP_SUMMARY: join(temporary, "summary.md") };

    test("review a pull request without credentials, and end as the review does", async () => {
        const env = { ...runner, BASE: base, HEAD: base, OWN: "false", STACK: "" };
        expect(await shell(script(review, "Review"), env)).toEqual({ code: 0, output: "" });
        const summary = readFileSync(join(temporary, "summary.md"), "utf8");
        expect(summary).toContain("No preview: fork without credentials.");
        expect(readFileSync(join(temporary, "review.md"), "utf8")).toBe(summary);
    });

    test("read the preview that the step before has left, and remove it", async () => {
        const file = join(temporary, "preview.json");
        const message = "error: [mandatory] role-known  Pod shop/x is of no role.";
        writeFileSync(file, JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message }] }));
        const env = { ...runner, BASE: base, HEAD: base, OWN: "true", STACK: "prod" };
        expect(await shell(script(review, "Review"), env)).toMatchObject({ code: 1 });
        expect(existsSync(file)).toBe(false);
        expect(readFileSync(join(temporary, "review.md"), "utf8")).toContain("**role-known**");
    });

    test("find a fork's pull request, review its revisions as data and comment once", async () => {
        gitHub.pulls = [{ number: 7, head: { sha: stranger }, base: { sha: base } }];
        const api = { GITHUB_API_URL: gitHub.url, GITHUB_REPOSITORY: REPOSITORY, GITHUB_TOKEN: "token" };
        const output = join(temporary, "output");
        const found = await shell(script(comment, "Pull request"), {
            ...api,
            BRANCH: "stranger:a/b&c",
            COMMIT: stranger,
            GITHUB_OUTPUT: output,
        });
        expect(found).toEqual({ code: 0, output: "" });
        const { number, base: from } = Object.fromEntries(
            readFileSync(output, "utf8")
                .trim()
                .split("\n")
                .map((line) => line.split("=")),
        );
        expect([number, from]).toEqual(["7", base]);

        const env = { ...runner, BASE: from, COMMIT: stranger };
        expect(await shell(script(comment, "Review of a fork"), env)).toEqual({ code: 0, output: "" });
        expect(clone.git("rev-parse", "HEAD")).toBe(base);
        for (const said of ["created", "unchanged"]) {
            expect(await shell(script(comment, "Comment"), { ...runner, ...api, NUMBER: number })).toEqual({
                code: 0,
                output: `comment ${said}\n`,
            });
        }
        const [{ body }] = gitHub.notes;
        expect(body).toContain("**1 opening**");
        expect(body).toContain("No preview: fork without credentials.");
        expect(body).not.toMatch(/@owner|<b>/);
    });

    test("on GitLab review a merge request without credentials and comment by the target branch's tools", async () => {
        clone.git("reset", "--quiet", "--hard", stranger);
        const npm = "npm() { :; }\n";
        const lines = (job: { script: string[] }) => npm + job.script.join("\n");
        const env = { CI_MERGE_REQUEST_DIFF_BASE_SHA: base, CI_COMMIT_SHA: stranger };
        expect(await shell(lines(gitlab.review), env, "-u")).toEqual({ code: 0, output: "" });
        expect(readFileSync(join(clone.folder, "review.md"), "utf8")).toContain("No preview: fork without credentials");

        const posted = await shell(lines(gitlab.comment).replaceAll("/tmp/", `${temporary}/`), {
            CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
            CI_API_V4_URL: gitLab.url,
            CI_PROJECT_ID: "shop/platform",
            CI_MERGE_REQUEST_IID: "7",
            MATRICE_GITLAB_TOKEN: "token",
        });
        expect(posted).toEqual({ code: 0, output: "comment created\n" });
        expect(clone.git("rev-parse", "HEAD")).toBe(base);
        expect(gitLab.notes[0].body).toContain("**1 opening**");
    });
});

test("the scripts are shell that parses", () => {
    const scripts = [review, comment].flatMap((workflow) => steps(workflow).flatMap(({ run }) => run ?? []));
    scripts.push(...[gitlab.review, gitlab.comment].map(({ script: lines }) => lines.join("\n")));
    for (const one of scripts) {
        execFileSync("bash", ["-n"], { input: one });
    }
});
