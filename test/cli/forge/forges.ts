/** Doubles of the two forges' APIs: only what posting a comment asks of them, on an address of this machine. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Request {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, unknown>;
    readonly body: { body?: string } | undefined;
}

export interface Note {
    id: number;
    body: string;
    /** Login on GitHub, number on GitLab. */
    author: string | number;
}

/** An answer in place of the API's own, once. */
interface Refusal {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: object;
}

/** What both have: notes in pages of 100 at most, refusals on demand, a record of what was asked. */
export abstract class Forge {
    readonly requests: Request[] = [];
    readonly notes: Note[] = [];
    /** Answers to the next requests. */
    readonly refusals: Refusal[] = [];
    pulls: object[] = [];
    /** A method whose every request ends in a failure of the forge's. */
    failing?: string;
    private readonly server: Server;
    private next = 1;

    constructor() {
        this.server = createServer((request, response) => void this.answer(request, response));
    }

    async start(): Promise<this> {
        await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
        return this;
    }

    stop(): void {
        this.server.closeAllConnections();
        this.server.close();
    }

    reset(): void {
        [this.requests, this.notes, this.refusals].forEach((list) => list.splice(0));
        this.pulls = [];
        this.failing = undefined;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    add(author: string | number, body: string): Note {
        const note = { id: this.next++, body, author };
        this.notes.push(note);
        return note;
    }

    /** Requests that change something. */
    get writes(): string[] {
        return this.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
    }

    protected abstract respond(request: Request, url: URL): { status: number; body: unknown; headers?: object };

    /** One page of a list, with a link to the next (RFC 8288). */
    protected page(items: readonly unknown[], url: URL): { status: number; body: unknown; headers?: object } {
        const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 20));
        const number = Number(url.searchParams.get("page") ?? 1);
        const following = new URL(url);
        following.searchParams.set("page", String(number + 1));
        const more = items.length > number * size;
        return {
            status: 200,
            body: items.slice((number - 1) * size, number * size),
            headers: more ? { link: `<${this.url}/first>; rel="first", <${following.href}>; rel="next"` } : {},
        };
    }

    private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
        let text = "";
        for await (const chunk of incoming) text += chunk;
        const url = new URL(incoming.url!, this.url);
        const request = {
            method: incoming.method!,
            path: url.pathname,
            headers: incoming.headers,
            body: text === "" ? undefined : JSON.parse(text),
        };
        this.requests.push(request);
        const { status, headers, body } =
            this.refusals.shift() ??
            (this.failing === request.method ? { status: 502, headers: {}, body: {} } : this.respond(request, url));
        response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body ?? {}));
    }
}

export const REPOSITORY = "shop/platform";

/** https://docs.github.com/en/rest/issues/comments */
export class GitHub extends Forge {
    /** Who the token comments as. */
    readonly self = "github-actions[bot]";
    readonly stranger = "stranger";

    protected respond({ method, path, body }: Request, url: URL) {
        const shown = ({ id, body: text, author }: Note) => ({ id, body: text, user: { login: author } });
        const root = `/repos/${REPOSITORY}`;
        if (method === "GET" && path === `${root}/issues/7/comments`) return this.page(this.notes.map(shown), url);
        if (method === "POST" && path === `${root}/issues/7/comments`)
            return { status: 201, body: shown(this.add(this.self, body!.body!)) };
        const note = this.notes.find(({ id }) => path === `${root}/issues/comments/${id}`);
        if (method === "PATCH" && note !== undefined) {
            note.body = body!.body!;
            return { status: 200, body: shown(note) };
        }
        if (method === "GET" && path === `${root}/pulls`)
            return this.page(url.searchParams.get("head") === "stranger:a/b&c" ? this.pulls : [], url);
        return { status: 404, body: { message: "Not Found" } };
    }
}

/** https://docs.gitlab.com/api/notes/ */
export class GitLab extends Forge {
    readonly self = 42;
    readonly stranger = 99;

    protected respond({ method, path, body }: Request, url: URL) {
        const shown = ({ id, body: text, author }: Note) => ({ id, body: text, author: { id: author } });
        const root = "/projects/shop%2Fplatform/merge_requests/7/notes";
        if (method === "GET" && path === "/user") return { status: 200, body: { id: this.self } };
        if (method === "GET" && path === root) return this.page(this.notes.map(shown), url);
        if (method === "POST" && path === root) return { status: 201, body: shown(this.add(this.self, body!.body!)) };
        const note = this.notes.find(({ id }) => path === `${root}/${id}`);
        if (method === "PUT" && note !== undefined) {
            note.body = body!.body!;
            return { status: 200, body: shown(note) };
        }
        return { status: 404, body: { message: "404 Not Found" } };
    }
}
