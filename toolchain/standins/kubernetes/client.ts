/**
 * The part of the Kubernetes API that this plugin speaks: one JSON request at a time over kept-alive connections.
 * A full client library takes longer to load than all of a small update takes to run.
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Properties, Value } from "../properties";
import type { ClusterAccess } from "./kubeconfig";
import { isRecord, list, text } from "./objects";

const connectMilliseconds = 5_000;
/** Admission webhooks may take 30 s, the longest that the API server lets them. */
const answerMilliseconds = 60_000;
/** Answers that ask to be tried again: too many requests, and a server that starts or changes its leader. */
const passing = new Set([429, 502, 503, 504]);
const passingTries = 4;
/**
 * So is a refusal by an admission policy that was made just now, and has not read its parameters yet: the server waits a
 * second for them (policy_dispatcher.go of k8s.io/apiserver).
 */
const notYetSynced = /paramKind kind .* not yet synced to use for admission/;

export interface ApiRequest {
    readonly query?: Readonly<Record<string, string | undefined>>;
    readonly body?: Value;
    readonly contentType?: string;
    readonly accept?: string;
}

/** An answer that refuses: the `Status` object of the Kubernetes API. */
export class ApiError extends Error {
    constructor(
        readonly code: number,
        readonly status: Properties,
    ) {
        super(text(status, "message") ?? `the Kubernetes API answered ${code}`);
    }
    get reason(): string {
        return text(this.status, "reason") ?? "";
    }
    /** Fields and messages of an invalid object or a conflict. */
    get causes(): Properties[] {
        return list(this.status, "details", "causes").filter(isRecord);
    }
}

/** No connection: nothing was sent. */
export class UnreachableError extends Error {}

/** The connection broke while the request was under way: whether it took effect is not known. */
export class InterruptedError extends Error {}

export class Client {
    private readonly agent: HttpAgent | HttpsAgent;
    private readonly secure: boolean;
    private readonly base: URL;

    constructor(readonly access: ClusterAccess) {
        this.base = new URL(access.server);
        this.secure = this.base.protocol === "https:";
        const options = { keepAlive: true, maxSockets: 64, scheduling: "lifo" as const };
        this.agent = this.secure
            ? new HttpsAgent({
                  ...options,
                  ca: access.ca,
                  cert: access.cert,
                  key: access.key,
                  servername: access.serverName,
                  rejectUnauthorized: !access.insecure,
              })
            : new HttpAgent(options);
    }

    get(path: string, query: ApiRequest["query"] = {}): Promise<Properties> {
        return this.send("GET", path, { query });
    }

    /** The object, or `undefined` when there is none. */
    async find(path: string): Promise<Properties | undefined> {
        try {
            return await this.get(path);
        } catch (error) {
            if (error instanceof ApiError && error.code === 404) return undefined;
            throw error;
        }
    }

    /**
     * Sends one request and reads its JSON answer. What the server asks to be tried again is tried again, as are requests
     * on a kept connection that the server had closed. Throws ApiError, UnreachableError or InterruptedError.
     */
    async send(method: string, path: string, request: ApiRequest = {}): Promise<Properties> {
        for (let attempt = 1; ; attempt++) {
            const answer = await this.exchange(method, path, request);
            const { code, body } = answer;
            if (code >= 200 && code < 300) return body;
            const isPassing = passing.has(code) || notYetSynced.test(String(body.message));
            if (!isPassing || attempt === passingTries) throw new ApiError(code, body);
            await pause(Math.min(answer.retryAfter ?? 2 ** attempt * 0.25, 10) * 1000);
        }
    }

    close(): void {
        this.agent.destroy();
    }

    private exchange(method: string, path: string, request: ApiRequest, again = true): Promise<Answer> {
        const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
        const search = new URLSearchParams(
            Object.entries(request.query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined),
        ).toString();
        const options: RequestOptions = {
            method,
            agent: this.agent,
            host: this.base.hostname.replace(/^\[|\]$/g, ""),
            port: this.base.port || (this.secure ? 443 : 80),
            path: `${this.base.pathname.replace(/\/$/, "")}${path}${search ? `?${search}` : ""}`,
            headers: {
                accept: request.accept ?? "application/json",
                ...(payload === undefined
                    ? {}
                    : {
                          "content-type": request.contentType ?? "application/json",
                          "content-length": Buffer.byteLength(payload),
                      }),
                ...(this.access.authorization ? { authorization: this.access.authorization } : {}),
            },
        };
        return new Promise((resolve, reject) => {
            let connected = false;
            const call = (this.secure ? httpsRequest : httpRequest)(options, (response) => {
                readAnswer(response).then(resolve, (error) => reject(new InterruptedError(error.message)));
            });
            call.on("socket", (socket) => {
                if (!socket.connecting) {
                    connected = true;
                    return;
                }
                const timer = setTimeout(
                    () => call.destroy(new Error(`no connection within ${connectMilliseconds / 1000} s`)),
                    connectMilliseconds,
                );
                const ready = () => {
                    connected = true;
                    clearTimeout(timer);
                };
                socket.once(this.secure ? "secureConnect" : "connect", ready);
                socket.once("close", () => clearTimeout(timer));
            });
            call.setTimeout(answerMilliseconds, () =>
                call.destroy(new Error(`no answer within ${answerMilliseconds / 1000} s`)),
            );
            call.on("error", (error: NodeJS.ErrnoException) => {
                // The server may close a kept connection just as it is used again: then nothing was read from it.
                if (call.reusedSocket && error.code === "ECONNRESET" && again) {
                    this.exchange(method, path, request, false).then(resolve, reject);
                } else if (connected) reject(new InterruptedError(`${error.message} (${method} ${path})`));
                else reject(new UnreachableError(error.message || String(error.code)));
            });
            call.end(payload);
        });
    }
}

interface Answer {
    readonly code: number;
    readonly body: Properties;
    /** Seconds. */
    readonly retryAfter?: number;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks).toString("utf8");
    const seconds = Number(response.headers["retry-after"]);
    return {
        code: response.statusCode ?? 0,
        body: parseBody(content),
        retryAfter: response.headers["retry-after"] && Number.isFinite(seconds) ? seconds : undefined,
    };
}

function parseBody(content: string): Properties {
    try {
        const value: unknown = JSON.parse(content);
        return isRecord(value) ? value : {};
    } catch {
        return { message: content.slice(0, 500) };
    }
}

export function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
