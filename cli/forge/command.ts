import { readText } from "../documents";
import { UsageError, type ExitCode, type Terminal } from "../terminal";
import { postReview, type Thread } from "./forge";
import { ACTIONS, findPullRequest, gitHubApi, gitHubThread } from "./github";
import { gitLabThread } from "./gitlab";
import { wallClock, type Clock } from "./http";

export interface CommentOptions {
    request?: string;
    author?: string;
}

/**
 * `matrice comment`: posts a review, or updates the one that stands there. What it needs to know it takes from the
 * environment that the forge gives its jobs. Throws UsageError.
 */
export async function comment(
    forge: "github" | "gitlab",
    file: string,
    options: CommentOptions,
    terminal: Terminal,
    clock: Clock = wallClock,
): Promise<ExitCode> {
    const body = readText(file);
    const thread = threadOf(forge, options, terminal.environment, clock);
    terminal.out(`comment ${await postReview(thread, body)}\n`);
    return 0;
}

/** `matrice pull-request`: number and base of a commit's pull request on GitHub, as lines for `$GITHUB_OUTPUT`. */
export async function pullRequest(
    options: { head: string; commit: string },
    terminal: Terminal,
    clock: Clock = wallClock,
): Promise<ExitCode> {
    const { number, base } = await findPullRequest(gitHub(terminal.environment, clock), options.head, options.commit);
    terminal.out(`number=${number}\nbase=${base}\n`);
    return 0;
}

function threadOf(
    forge: "github" | "gitlab",
    { request, author = ACTIONS }: CommentOptions,
    environment: Terminal["environment"],
    clock: Clock,
): Thread {
    if (forge === "github") {
        return gitHubThread(gitHub(environment, clock), numberOf(request, "--request"), author);
    }
    return gitLabThread(
        {
            api: environment.CI_API_V4_URL ?? "https://gitlab.com/api/v4",
            token: wanted(environment, "MATRICE_GITLAB_TOKEN"),
            project: wanted(environment, "CI_PROJECT_ID"),
            mergeRequest: numberOf(request ?? environment.CI_MERGE_REQUEST_IID, "--request, or CI_MERGE_REQUEST_IID,"),
        },
        clock,
    );
}

const gitHub = (environment: Terminal["environment"], clock: Clock) =>
    gitHubApi(
        {
            api: environment.GITHUB_API_URL ?? "https://api.github.com",
            token: wanted(environment, "GITHUB_TOKEN"),
            repository: wanted(environment, "GITHUB_REPOSITORY"),
        },
        clock,
    );

function wanted(environment: Terminal["environment"], name: string): string {
    const value = environment[name];
    if (value === undefined || value === "") {
        throw new UsageError(`${name} is not set in the environment.`);
    }
    return value;
}

function numberOf(text: string | undefined, name: string): number {
    if (text === undefined || !/^[1-9]\d{0,9}$/.test(text)) {
        throw new UsageError(`${name} has to be the number of the pull request.`);
    }
    return Number(text);
}
