import type { RateLimits } from "../../components/proxy/rate-limits";
import { NameServer } from "./dns";
import { askTls, issueCertificate, Listener, type Answer } from "./http";
import { proxyConfiguration } from "../../components/proxy/configuration";
import { defaultFrame } from "../../components/nginx/frame";
import { eventually, freePort, Nginx, scratch } from "./nginx";
import { readFileSync } from "node:fs";
import { join } from "node:path";

jest.setTimeout(60_000);

const HOST = "api.example.org";

/** So slow that nothing comes back while the test runs: what counts is the burst. */
const LIMITS: RateLimits = {
    address: { perMinute: 1, burst: 19 },
    user: { perMinute: 2, burst: 4, key: { header: "Authorization" } },
    integrations: [
        { name: "notion", host: HOST, path: "/integrations/notion", perMinute: 1, burst: 1 },
        { name: "google", host: HOST, path: "/integrations/google", perMinute: 3, burst: 1, each: "everyone" },
    ],
};

interface Caller {
    readonly user?: string;
    readonly from: string;
}

/** The proxy with limits on the real nginx, before a program that answers whatever it is asked. */
class Limited {
    private constructor(
        readonly nginx: Nginx,
        private readonly port: number,
        private readonly closing: readonly (() => Promise<void> | void)[],
    ) {}

    static async start(rateLimits: RateLimits): Promise<Limited> {
        const { folder, remove } = scratch();
        const [http, https] = [await freePort(), await freePort()];
        const certificate = join(folder, "certificate");
        issueCertificate(certificate, [HOST]);
        const upstream = await Listener.start(HOST, "127.0.0.1", 0, (request, response) =>
            response.writeHead(request.url === "/busy" ? 429 : 200).end(),
        );
        const dns = await NameServer.start({ "api.svc": ["127.0.0.1"] });
        const text = proxyConfiguration({
            listeners: { http, https },
            sites: [{ host: HOST, upstream: { host: "api.svc", port: upstream.port }, certificate }],
            rateLimits,
            frame: { ...defaultFrame, temporary: folder, shutdownSeconds: 1 },
        });
        const nginx = await Nginx.start(text, { folder, port: https, resolver: dns.address });
        return new Limited(nginx, https, [() => nginx.stop(), () => dns.stop(), () => upstream.stop(), remove]);
    }

    ask({ user, from }: Caller, path = "/"): Promise<Answer> {
        const headers: Record<string, string> = user === undefined ? {} : { Authorization: `Bearer ${user}` };
        return askTls({ port: this.port, host: HOST, path, from, headers });
    }

    /** How many of some requests are let through, one after the other. */
    async passed(requests: number, caller: Caller, path?: string): Promise<number> {
        let passed = 0;
        for (let index = 0; index < requests; index++) passed += (await this.ask(caller, path)).status === 200 ? 1 : 0;
        return passed;
    }

    async stop(): Promise<void> {
        for (const close of this.closing) await close();
    }
}

/** An address of this machine that no other test uses, so that each starts with whole limits. */
let last = 0;
const address = () => `127.0.5.${++last}`;
const user = () => `${"header.payload."}${"s".repeat(300)}${++last}`;

let proxy: Limited;
beforeAll(async () => {
    proxy = await Limited.start(LIMITS);
});
afterAll(() => proxy?.stop());

describe("a user's limit", () => {
    it("lets the burst and one more through, then answers 429 with the time to wait", async () => {
        const caller = { user: user(), from: address() };
        expect(await proxy.passed(8, caller)).toBe(5);
        const { status, headers } = await proxy.ask(caller);
        expect([status, headers["retry-after"]]).toEqual([429, "60"]);
        expect(headers["strict-transport-security"]).toBeDefined();
    });

    it("is not touched by another user's flood, from the same address either", async () => {
        const from = address();
        expect(await proxy.passed(30, { user: user(), from })).toBe(5);
        expect(await proxy.passed(5, { user: user(), from })).toBe(5);
        expect(await proxy.passed(5, { user: user(), from: address() })).toBe(5);
    });

    it("is the same from every address", async () => {
        const one = user();
        expect(await proxy.passed(3, { user: one, from: address() })).toBe(3);
        expect(await proxy.passed(5, { user: one, from: address() })).toBe(2);
    });

    it("is not escaped by keys that are made up: the limit of the address holds", async () => {
        const from = address();
        let passed = 0;
        for (let index = 0; index < 30; index++) passed += await proxy.passed(1, { user: user(), from });
        expect(passed).toBe(20);
    });

    it("is not used up by those who make up another's key without its end", async () => {
        const [one, from] = [user(), address()];
        await proxy.passed(20, { user: `${one}x`, from });
        expect(await proxy.passed(5, { user: one, from: address() })).toBe(5);
    });

    it("is not escaped by what comes before the end of the key", async () => {
        const [signature, from] = ["s".repeat(96), address()];
        expect(await proxy.passed(5, { user: `a${signature}`, from })).toBe(5);
        expect(await proxy.passed(5, { user: `b${signature}`, from })).toBe(0);
    });

    it("survives a reload of the configuration", async () => {
        const caller = { user: user(), from: address() };
        expect(await proxy.passed(5, caller)).toBe(5);
        const workers = () => readFileSync(`/proc/${proxy.nginx.pid}/task/${proxy.nginx.pid}/children`, "utf8").trim();
        const before = workers();
        process.kill(proxy.nginx.pid, "SIGHUP");
        await eventually(() => {
            const now = workers();
            if (now === before || now === "" || now.split(" ").some((id) => before.split(" ").includes(id))) {
                throw new Error("the old workers are still there");
            }
        });
        expect(await proxy.passed(5, caller)).toBe(0);
    });
});

describe("an unknown caller", () => {
    it("is limited by the address", async () => {
        const from = address();
        expect(await proxy.passed(25, { from })).toBe(20);
        expect(await proxy.passed(1, { from: address() })).toBe(1);
    });
});

describe("an integration's limit", () => {
    const notion = "/integrations/notion/pages";

    it("is each user's own, and leaves them the other integrations and routes", async () => {
        const [one, from] = [user(), address()];
        expect(await proxy.passed(3, { user: one, from }, notion)).toBe(2);
        expect(await proxy.passed(1, { user: one, from }, "/integrations/google")).toBe(1);
        expect(await proxy.passed(1, { user: one, from }, "/integrations")).toBe(1);
        expect(await proxy.passed(2, { user: user(), from }, notion)).toBe(2);
    });

    it.each([
        ["the case", "/Integrations/NOTION/pages"],
        ["an encoded letter", "/%69ntegrations/notion/pages"],
        ["a doubled slash", "//integrations//notion/pages"],
        ["a detour", "/x/../integrations/notion/pages"],
        ["a query", "/integrations/notion?x=/integrations/google"],
    ])("is not escaped by %s", async (_way, path) => {
        const caller = { user: user(), from: address() };
        expect(await proxy.passed(2, caller, notion)).toBe(2);
        expect(await proxy.passed(1, caller, path)).toBe(0);
    });

    it("is not that of a path which only begins like its own", async () => {
        const caller = { user: user(), from: address() };
        expect(await proxy.passed(4, caller, "/integrations/notions")).toBe(4);
    });

    it("can be one for everyone, with its own time to wait", async () => {
        const callers = [1, 2, 3].map(() => ({ user: user(), from: address() }));
        let refused: Answer | undefined;
        for (const caller of callers) {
            const answer = await proxy.ask(caller, "/integrations/google/files");
            if (answer.status === 429) refused = answer;
        }
        expect(refused?.headers["retry-after"]).toBe("60");
    });
});

describe("what is logged and said", () => {
    it("is the decision, and no key", async () => {
        const caller = { user: "hunter2".repeat(20), from: address() };
        await proxy.passed(6, caller);
        await eventually(() => {
            const lines = proxy.nginx
                .accessLog()
                .trim()
                .split("\n")
                .map((line) => JSON.parse(line));
            const own = lines.filter(({ remote }) => remote === caller.from).map(({ limit }) => limit);
            expect(own).toEqual(["PASSED", "PASSED", "PASSED", "PASSED", "PASSED", "REJECTED"]);
        });
        expect(proxy.nginx.accessLog() + proxy.nginx.errors()).not.toContain("hunter2");
    });

    it("an upstream's own 429 is its own, without the proxy's time to wait", async () => {
        const { status, headers } = await proxy.ask({ user: user(), from: address() }, "/busy");
        expect([status, headers["retry-after"]]).toEqual([429, undefined]);
    });
});

describe("a dry run", () => {
    it("refuses nothing, and logs what would be", async () => {
        const dry = await Limited.start({ ...LIMITS, dryRun: true });
        try {
            expect(await dry.passed(7, { user: user(), from: address() })).toBe(7);
            await eventually(() => expect(dry.nginx.accessLog().match(/"limit":"REJECTED_DRY_RUN"/g)).toHaveLength(2));
        } finally {
            await dry.stop();
        }
    });
});
