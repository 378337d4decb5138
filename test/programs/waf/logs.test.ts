import { HOST, Waf } from "./waf";

jest.setTimeout(60_000);

/** Stands where a request may carry something secret; the firewall matches all of it. */
const SECRET = "hunter2";
const attack = (text: string) => `${text}<script>alert("${SECRET}")</script>' OR '1'='1 (Value: \`${SECRET}' )`;

let waf: Waf;
beforeAll(async () => {
    waf = await Waf.start({});
});
afterAll(() => waf?.stop());

const WAYS = {
    "a query": { path: `/a?password=${encodeURIComponent(attack("q"))}&token=${SECRET}` },
    "a query with a quote in the path": { path: `/a"b\\c?token=${encodeURIComponent(attack("p"))}` },
    "a form": {
        path: "/login",
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: `password=${encodeURIComponent(attack("f"))}`,
    },
    "a JSON body": {
        path: "/v1/notes",
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ note: attack('j"\\') }),
    },
    "a header": { path: "/", headers: { "X-Token": attack("h"), Referer: `https://x/${attack("r")}` } },
    "a cookie": { path: "/", headers: { Cookie: `session=${SECRET}; other=${encodeURIComponent(attack("c"))}` } },
    "an authorisation": { path: "/?q=<script>alert(1)</script>", headers: { Authorization: `Bearer ${SECRET}` } },
};

/** The name of a value, by which an exclusion is written, alone or after the operator that matched it. */
const NAME = /^([A-Za-z]+ on `)?[A-Z_]+(:[A-Za-z0-9_.-]+)?'?$/;

describe("the audit log", () => {
    it.each(Object.entries(WAYS))(
        "tells which rules %s matched and where, and nothing of what it carried",
        async (_way, request) => {
            const client = `203.0.113.${40 + Object.values(WAYS).indexOf(request)}`;
            expect((await waf.ask(request, client)).status).toBe(403);
            const { messages, request: logged } = await waf.transactionOf(client);
            expect(messages.length).toBeGreaterThan(1);
            const names = messages.map(({ details }) => details.within ?? details.match);
            for (const name of names.slice(0, -1)) expect(name).toMatch(NAME);
            expect(logged.uri).toBe(request.path.split("?")[0]);
            expect(waf.nginx.accessLog() + waf.nginx.errors()).not.toContain(SECRET);
        },
    );

    it("names the client in front of the load balancer, and the request as the access log does", async () => {
        const client = "203.0.113.77";
        await waf.ask({ path: "/?q=<script>alert(1)</script>" }, client);
        const { unique_id } = await waf.transactionOf(client);
        expect(await waf.requestOf(client)).toMatchObject({ id: unique_id, host: HOST });
    });

    it("has one short line a request", async () => {
        await waf.ask({ path: `/?${"q=<script>alert(1)</script>&".repeat(20)}` }, "203.0.113.78");
        await waf.transactionOf("203.0.113.78");
        const lines = waf.nginx
            .accessLog()
            .split("\n")
            .filter((line) => line.includes('"transaction"'));
        for (const line of lines.slice(0, Object.keys(WAYS).length)) expect(line.length).toBeLessThan(4096);
    });
});

it("ends with nginx, its reader as well", async () => {
    await waf.nginx.stop();
    expect(waf.nginx.isRunning()).toBe(false);
});
