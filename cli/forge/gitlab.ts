import { z } from "zod";
import { limits } from "../review/render";
import type { Comment, Thread } from "./forge";
import { Api, shaped, type Clock } from "./http";

/** https://docs.gitlab.com/api/notes/ */
const notes = z.array(z.object({ id: z.number(), body: z.string(), author: z.object({ id: z.number() }) }));
const user = z.object({ id: z.number() });

export interface GitLabOptions {
    /** `CI_API_V4_URL`: https://gitlab.com/api/v4 */
    readonly api: string;
    readonly token: string;
    /** Number, or path such as `group/project`. */
    readonly project: string;
    readonly mergeRequest: number;
}

/** The notes of a merge request. */
export function gitLabThread({ api, token, project, mergeRequest }: GitLabOptions, clock: Clock): Thread {
    const permission = "The token needs the scope `api` and the role Reporter.";
    const calls = new Api(api, { "private-token": token }, clock, permission);
    const path = `/projects/${encodeURIComponent(project)}/merge_requests/${mergeRequest}/notes`;
    return {
        limit: limits.gitlab,
        comments: async () => {
            const self = shaped(user, (await calls.call("GET", "/user")).body, "users");
            return shaped(notes, await calls.list(`${path}?per_page=100&sort=asc&order_by=created_at`), "notes").map(
                ({ id, body, author }): Comment => ({ id, body, own: author.id === self.id }),
            );
        },
        create: async (body) => void (await calls.call("POST", path, { body })),
        update: async (id, body) => void (await calls.call("PUT", `${path}/${id}`, { body })),
    };
}
