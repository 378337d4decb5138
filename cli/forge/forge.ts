import { MARKER } from "../review/render";
import { ForgeError } from "./http";

/** A comment on a pull request or merge request. */
export interface Comment {
    readonly id: number;
    readonly body: string;
    /** Whether the token's own account wrote it: nobody else's comment is ever taken for ours. */
    readonly own: boolean;
}

/** The comments of one pull request or merge request. */
export interface Thread {
    /** The most characters that a comment may have. */
    readonly limit: number;
    comments(): Promise<Comment[]>;
    create(body: string): Promise<void>;
    update(id: number, body: string): Promise<void>;
}

/** Posts a review, or updates the comment that holds an earlier one. Throws ForgeError. */
export async function postReview(thread: Thread, body: string): Promise<"created" | "updated" | "unchanged"> {
    if (!body.startsWith(MARKER)) {
        throw new ForgeError(`this is no review: it does not begin with ${MARKER}.`);
    }
    if (body.length > thread.limit) {
        throw new ForgeError(`the review has ${body.length} characters, ${thread.limit} at most are accepted.`);
    }
    const known = (await thread.comments()).find((comment) => comment.own && comment.body.startsWith(MARKER));
    if (known === undefined) {
        await thread.create(body);
        return "created";
    }
    if (known.body.trimEnd() === body.trimEnd()) {
        return "unchanged";
    }
    await thread.update(known.id, body);
    return "updated";
}
