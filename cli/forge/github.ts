import { z } from "zod";
import { limits } from "../review/render";
import type { Comment, Thread } from "./forge";
import { Api, ForgeError, shaped, type Clock } from "./http";

/** https://docs.github.com/en/rest/issues/comments */
const comments = z.array(
    z.object({ id: z.number(), body: z.string().nullish(), user: z.object({ login: z.string() }) }),
);
const pulls = z.array(
    z.object({ number: z.number(), head: z.object({ sha: z.string() }), base: z.object({ sha: z.string() }) }),
);

export interface GitHubOptions {
    /** https://api.github.com, or that of a GitHub Enterprise Server. */
    readonly api: string;
    readonly token: string;
    /** `owner/name` */
    readonly repository: string;
}

/** Who comments with the token that a workflow is given. */
export const ACTIONS = "github-actions[bot]";

export function gitHubApi({ api, token, repository }: GitHubOptions, clock: Clock): Api {
    if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
        throw new ForgeError(`"${repository}" is no repository: expected owner/name.`);
    }
    const headers = {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    };
    return new Api(`${api}/repos/${repository}`, headers, clock, "The job needs `permissions: pull-requests: write`.");
}

/** The comments of a pull request; `author` is the login that the token comments with. */
export function gitHubThread(api: Api, number: number, author: string): Thread {
    return {
        limit: limits.github,
        comments: async () =>
            shaped(comments, await api.list(`/issues/${number}/comments?per_page=100`), "comments").map(
                ({ id, body, user }): Comment => ({ id, body: body ?? "", own: user.login === author }),
            ),
        create: async (body) => void (await api.call("POST", `/issues/${number}/comments`, { body })),
        update: async (id, body) => void (await api.call("PATCH", `/issues/comments/${id}`, { body })),
    };
}

/**
 * The open pull request whose branch (`owner:branch`) stands at a commit. A workflow that runs after another one is not
 * told which, when the branch is a fork's. Throws ForgeError when there is none.
 */
export async function findPullRequest(
    api: Api,
    head: string,
    commit: string,
): Promise<{ number: number; base: string }> {
    const found = shaped(
        pulls,
        await api.list(`/pulls?state=open&per_page=100&head=${encodeURIComponent(head)}`),
        "pull requests",
    );
    const pull = found.find((one) => one.head.sha === commit);
    if (pull === undefined) {
        throw new ForgeError(`no open pull request of ${head} stands at ${commit}: it was closed, or changed since.`);
    }
    return { number: pull.number, base: pull.base.sha };
}
