import type { z } from "zod";
import { UsageError } from "../terminal";

/** A forge refused, or could not be reached. The message never holds the token. */
export class ForgeError extends UsageError {}

/** Where waiting and the time of day come from. */
export interface Clock {
    now(): number;
    sleep(milliseconds: number): Promise<void>;
}

export const wallClock: Clock = {
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
};

export interface Answer {
    readonly body: unknown;
    /** The next page, by the Link header (RFC 8288). */
    readonly next?: string;
}

const TRIES = 5;
/** A job that waits longer for its turn had better be run again. */
const LONGEST_WAIT_SECONDS = 120;
const REQUEST_SECONDS = 30;

/**
 * Calls of one forge's API with one token. Waits its turn when the forge says that there were too many; tries again
 * after a failure of the forge's, where that cannot do a thing twice.
 */
export class Api {
    constructor(
        private readonly root: string,
        private readonly headers: Readonly<Record<string, string>>,
        private readonly clock: Clock,
        /** What a 401 or 403 most likely means, and the mend. */
        private readonly permission: string,
    ) {}

    /** Throws ForgeError. */
    async call(method: "GET" | "POST" | "PATCH" | "PUT", path: string, body?: unknown): Promise<Answer> {
        const url = new URL(path.startsWith("http") ? path : `${this.root.replace(/\/$/, "")}${path}`);
        if (url.origin !== new URL(this.root).origin) {
            throw new ForgeError(`${url.origin} is not ${new URL(this.root).origin}: the token is not sent there.`);
        }
        for (let attempt = 1; ; attempt++) {
            const response = await this.fetch(method, url, body);
            if (response.ok) {
                return { body: await response.json(), next: nextPage(response.headers.get("link")) };
            }
            const what = `${method} ${url.pathname} answered ${response.status}`;
            const wait = this.wait(response, method, attempt);
            if (wait === undefined) {
                const denied = [401, 403].includes(response.status) ? ` ${this.permission}` : "";
                throw new ForgeError(`${what}: ${await messageOf(response)}.${denied}`);
            }
            if (attempt === TRIES || wait > LONGEST_WAIT_SECONDS) {
                throw new ForgeError(
                    `${what}, and would have to be asked again in ${wait} s. Run the job again later.`,
                );
            }
            await this.clock.sleep(wait * 1000);
        }
    }

    /** Everything of a list, page after page. Throws ForgeError. */
    async list(path: string): Promise<unknown[]> {
        const items: unknown[] = [];
        for (let next: string | undefined = path; next !== undefined;) {
            const answer: Answer = await this.call("GET", next);
            if (!Array.isArray(answer.body)) {
                throw new ForgeError(`GET ${path}: a list was expected.`);
            }
            items.push(...answer.body);
            ({ next } = answer);
        }
        return items;
    }

    private async fetch(method: string, url: URL, body: unknown): Promise<Response> {
        try {
            return await fetch(url, {
                method,
                headers: { "content-type": "application/json", "user-agent": "matrice", ...this.headers },
                body: body === undefined ? undefined : JSON.stringify(body),
                // A redirect would take the token along.
                redirect: "error",
                signal: AbortSignal.timeout(REQUEST_SECONDS * 1000),
            });
        } catch (error) {
            const { cause, message } = error as Error;
            throw new ForgeError(`${method} ${url.href}: ${(cause as Error | undefined)?.message ?? message}.`);
        }
    }

    /**
     * Seconds to wait before the same call again; undefined when it would be of no use.
     * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
     */
    private wait({ status, headers }: Response, method: string, attempt: number): number | undefined {
        const after = headers.get("retry-after");
        const limited = status === 429 || (status === 403 && (after || headers.get("x-ratelimit-remaining") === "0"));
        if (limited) {
            const reset = Number(headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset"));
            return after !== null && Number.isFinite(Number(after))
                ? Number(after)
                : reset > 0
                  ? Math.max(0, Math.ceil(reset - this.clock.now() / 1000))
                  : 60;
        }
        // A comment whose answer was lost may stand there already: created twice, it would never be one again.
        return status >= 500 && method !== "POST" ? 2 ** (attempt - 1) : undefined;
    }
}

/** An answer's body in the shape that the API documents. Throws ForgeError. */
export function shaped<T extends z.ZodType>(schema: T, body: unknown, what: string): z.infer<T> {
    const result = schema.safeParse(body);
    if (!result.success) {
        const [{ path, message }] = result.error.issues;
        throw new ForgeError(`${what} are not as the API documents them: ${path.join(".")}: ${message}.`);
    }
    return result.data;
}

function nextPage(link: string | null): string | undefined {
    return /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
}

async function messageOf(response: Response): Promise<string> {
    const text = await response.text();
    try {
        const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
        return String(message ?? error ?? text).slice(0, 300);
    } catch {
        return text.slice(0, 300);
    }
}
