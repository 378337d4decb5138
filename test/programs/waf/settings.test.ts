import { HOST, Waf } from "./waf";

jest.setTimeout(60_000);

const json = (value: object) => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
});
const SQL = `/v1/notes?text=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const XSS = `/v1/notes?text=${encodeURIComponent("<script>alert(1)</script>")}`;

describe("the degraded mode", () => {
    let waf: Waf;
    beforeAll(async () => {
        waf = await Waf.start({ mode: "detect" });
    });
    afterAll(() => waf?.stop());

    it("lets attacks pass, and logs the rules that they match", async () => {
        const client = "203.0.113.10";
        expect((await waf.ask({ path: SQL }, client)).status).toBe(200);
        const { messages, response } = await waf.transactionOf(client);
        expect(messages.map(({ details }) => details.ruleId)).toContainEqual(expect.stringMatching(/^942/));
        expect(response.http_code).toBe(200);
        expect(await waf.requestOf(client)).toMatchObject({ status: "200", waf: "" });
    });

    it("lets pass a body that cannot be read", async () => {
        const broken = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"a":' };
        expect((await waf.ask(broken)).status).toBe(200);
    });
});

describe("settings", () => {
    let waf: Waf;
    beforeAll(async () => {
        waf = await Waf.start({
            paranoiaLevel: 1,
            methods: ["GET", "POST", "PUT"],
            bodyKibibytes: 64,
            exclusions: [
                {
                    reason: "One may write SQL in notes",
                    tags: ["attack-sqli"],
                    path: "/v1/notes",
                    parameter: "text",
                },
                { reason: "The editor sends HTML", tags: ["attack-xss"], host: HOST, path: "/v1/pages" },
                { reason: "Another host's", tags: ["attack-xss"], host: "other.example.org" },
                { reason: "Braces of GraphQL", rules: [932100], path: "/graphql", parameter: "json.query" },
                {
                    reason: "A JSON value",
                    rules: [941100, 941110, 941160],
                    path: "/v1/json",
                    parameter: "json.html",
                },
            ],
        });
    });
    afterAll(() => waf?.stop());

    const status = async (path: string, more = {}) => (await waf.ask({ path, ...more })).status;

    describe("an exclusion", () => {
        it("lets pass the value that it names, under its path", async () => {
            expect(await status(SQL)).toBe(200);
        });

        it("leaves other values, paths and classes to the rules", async () => {
            expect(await status(SQL.replace("text=", "title="))).toBe(403);
            expect(await status(SQL.replace("/v1/notes", "/v1/tasks"))).toBe(403);
            expect(await status(XSS)).toBe(403);
        });

        it("is of its host alone", async () => {
            const page = XSS.replace("/v1/notes", "/v1/pages");
            expect(await status(page)).toBe(200);
            expect(await status(page, { headers: { Host: `${HOST.toUpperCase()}:8443` } })).toBe(200);
            expect(await status(XSS.replace("/v1/notes", "/v1/others"))).toBe(403);
        });

        it("is not won by a path that only begins like its own", async () => {
            expect(await status(SQL.replace("/v1/notes", "/v1/notes/../tasks"))).toBe(403);
        });

        it("lets a call of GraphQL pass, which the rules take for a command", async () => {
            const call = json({ query: "{ agents(first: 10) { id name } }" });
            expect(await status("/graphql", call)).toBe(200);
            expect(await status("/other", call)).toBe(403);
            expect(await status("/graphql", json({ query: "<script>alert(1)</script>" }))).toBe(403);
        });

        it("reaches a value inside JSON", async () => {
            const html = "<script>alert(1)</script>";
            expect(await status("/v1/json", json({ html }))).toBe(200);
            expect(await status("/v1/json", json({ text: html }))).toBe(403);
        });
    });

    it("say which methods are let through", async () => {
        expect(await status("/", { method: "PUT" })).toBe(200);
        expect(await status("/", { method: "DELETE" })).toBe(403);
    });

    it("say how large a body without files may be", async () => {
        const long = (length: number) => json({ text: "x ".repeat(length / 2) });
        expect(await status("/", long(60_000))).toBe(200);
        expect(await status("/", long(70_000))).toBe(403);
    });

    it("refuse a body that cannot be read, by the firewall and in its log", async () => {
        const client = "203.0.113.20";
        const broken = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"a":' };
        expect((await waf.ask(broken, client)).status).toBe(403);
        const { messages } = await waf.transactionOf(client);
        expect(messages.map(({ details }) => details.ruleId)).toContain("200002");
    });
});

describe("paranoia level 2", () => {
    it("refuses what level 1 lets pass", async () => {
        const waf = await Waf.start({ paranoiaLevel: 2 });
        try {
            const odd = { path: `/v1/search?q=${encodeURIComponent("a' and b is null and 'c' like 'd")}` };
            const client = "203.0.113.30";
            expect((await waf.ask(odd, client)).status).toBe(403);
            const { messages } = await waf.transactionOf(client);
            expect(messages.flatMap(({ details }) => details.tags)).toContain("paranoia-level/2");
        } finally {
            await waf.stop();
        }
    });
});
