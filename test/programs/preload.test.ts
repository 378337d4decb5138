import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { preloadEnvironment } from "../../components/preload";
import { Listener } from "./http";
import { scratch } from "./nginx";

const API = "api.example.org";
const FOLDER = resolve(__dirname, "../../components/preload");

jest.setTimeout(30_000);

const { folder, remove } = scratch();
let service: Listener;
let other: Listener;

beforeAll(async () => {
    service = await Listener.start("service", "127.0.0.1", 0, (request, response) => {
        // As an API behind a proxy does when it sends a client elsewhere on itself.
        if (request.url === "/moved") return response.writeHead(302, { Location: `https://${API}/after` }).end();
        let body = "";
        request.setEncoding("utf8").on("data", (part) => (body += part));
        request.on("end", () => {
            const { method, url, headers } = request;
            response.end(JSON.stringify({ name: "service", method, url, headers, body }));
        });
    });
    other = await Listener.start("other", "127.0.0.1", 0);
});
afterAll(async () => {
    await service?.stop();
    await other?.stop();
    remove();
});

interface Seen {
    name?: string;
    method?: string;
    url?: string;
    headers?: Record<string, string>;
    body?: string;
    error?: string;
}

/** Ends a program with what it was answered, on its standard output. */
const REPORT = `
    const done = (value) => { process.stdout.write(JSON.stringify(value)); process.exit(0); };
    const read = (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => done(JSON.parse(text)));
    };
    const failed = (error) => done({ error: String(error.cause || error) });
`;

/** Runs a program on real Node.js with the preload, in a process of its own, and gives what it reported. */
async function run(program: string, environment: Record<string, string> = {}, extension = "cjs"): Promise<Seen> {
    const file = join(folder, `program.${extension}`);
    writeFileSync(file, `${REPORT}\n${program}`);
    const target = { host: "127.0.0.1", port: service.port };
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
        timeout: 20_000,
        env: {
            PATH: process.env.PATH,
            OTHER: String(other.port),
            ...preloadEnvironment({ folder: FOLDER, host: API, service: target }),
            ...environment,
        },
    });
    return JSON.parse(stdout) as Seen;
}

describe("calls for the API's public host reach its Service", () => {
    it.each([
        ["https.get(string)", `require("https").get("https://${API}/p?q=1", read).on("error", failed)`],
        ["https.get(URL)", `require("https").get(new URL("https://${API}/p?q=1"), read).on("error", failed)`],
        [
            "https.request(string, options)",
            `require("https").request("https://${API}/p?q=1", { method: "GET" }, read).on("error", failed).end()`,
        ],
        [
            "https.request(options)",
            `require("https").request({ hostname: "${API}", path: "/p?q=1" }, read).on("error", failed).end()`,
        ],
        [
            "https.request(options with host and port)",
            `require("https").request({ host: "${API}", port: 443, path: "/p?q=1" }, read).on("error", failed).end()`,
        ],
        ["http.get", `require("http").get("http://${API}/p?q=1", read).on("error", failed)`],
        [
            "an agent for HTTPS, as axios is given",
            `const https = require("https");
             https.get("https://${API}/p?q=1", { agent: new https.Agent({ keepAlive: true }) }, read).on("error", failed)`,
        ],
        [
            "a connection of the caller's making, as ws gives",
            `require("https").get({ host: "${API}", port: 443, path: "/p?q=1", createConnection: () => {
                 throw new Error("connected to the public host");
             } }, read).on("error", failed)`,
        ],
        [
            "upper case and a final dot",
            `require("https").get({ hostname: "API.Example.Org.", path: "/p?q=1" }, read).on("error", failed)`,
        ],
        ["fetch(string)", `fetch("https://${API}/p?q=1").then((r) => r.json()).then(done, failed)`],
        ["fetch(URL)", `fetch(new URL("https://${API}/p?q=1")).then((r) => r.json()).then(done, failed)`],
        ["fetch(Request)", `fetch(new Request("https://${API}/p?q=1")).then((r) => r.json()).then(done, failed)`],
    ])("%s", async (_case, program) => {
        const seen = await run(program);
        expect(seen).toMatchObject({ name: "service", method: "GET", url: "/p?q=1" });
        expect(seen.headers).toMatchObject({ host: API, "x-forwarded-proto": "https" });
    });

    it("import { get } from node:https", async () => {
        const program = `import { get } from "node:https"; get("https://${API}/p", read).on("error", failed)`;
        expect(await run(program, {}, "mjs")).toMatchObject({ name: "service", url: "/p" });
    });

    it.each([
        [
            "https.request",
            `const r = require("https").request("https://${API}/p", { method: "POST", headers: { A: "1", "X-Forwarded-Proto": "http" } }, read);
             r.on("error", failed); r.end("body")`,
        ],
        [
            "https.request with headers as a list",
            `const r = require("https").request("https://${API}/p", { method: "POST", headers: ["A", "1"] }, read);
             r.on("error", failed); r.end("body")`,
        ],
        [
            "fetch",
            `fetch("https://${API}/p", { method: "POST", headers: { A: "1", "X-Forwarded-Proto": "http" }, body: "body" })
                 .then((r) => r.json()).then(done, failed)`,
        ],
        [
            "fetch with a Request",
            `fetch(new Request("https://${API}/p", { method: "POST", headers: { A: "1" }, body: "body" }))
                 .then((r) => r.json()).then(done, failed)`,
        ],
        [
            "fetch with a Request and options",
            `fetch(new Request("https://${API}/p", { method: "PUT", body: "body" }), { method: "POST", headers: { A: "1" } })
                 .then((r) => r.json()).then(done, failed)`,
        ],
    ])("with method, headers and body: %s", async (_case, program) => {
        const seen = await run(program);
        expect(seen).toMatchObject({ method: "POST", body: "body" });
        expect(seen.headers).toMatchObject({ a: "1", host: API, "x-forwarded-proto": "https" });
    });

    it("through the redirects that fetch follows, and says the public address to the caller", async () => {
        const program = `fetch("https://${API}/moved").then(async (r) => done({ ...(await r.json()), error: r.url }), failed)`;
        expect(await run(program)).toMatchObject({ name: "service", url: "/after", error: `https://${API}/after` });
    });

    it("leaves the caller's options as they were", async () => {
        const program = `
            const options = Object.freeze({ hostname: "${API}", path: "/", headers: Object.freeze({ a: "1" }) });
            require("https").get(options, read).on("error", failed)`;
        expect(await run(program)).toMatchObject({ name: "service" });
    });
});

describe("everything else is left alone", () => {
    it.each([
        ["http.get", 'require("http").get(`http://127.0.0.1:${process.env.OTHER}/p`, read).on("error", failed)'],
        ["fetch", "fetch(`http://127.0.0.1:${process.env.OTHER}/p`).then((r) => r.json()).then(done, failed)"],
        [
            "a host that ends alike",
            `require("http").get({ host: "x.${API}", port: process.env.OTHER, path: "/p",
                 lookup: (_h, o, done) => (o.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4)) },
                 read).on("error", failed)`,
        ],
        [
            "another port of the API's host",
            `require("http").get({ host: "${API}", port: process.env.OTHER, path: "/p",
                 lookup: (_h, o, done) => (o.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4)) },
                 read).on("error", failed)`,
        ],
    ])("%s", async (_case, program) => {
        const seen = await run(program);
        expect(seen).toMatchObject({ name: "other", url: "/p" });
        expect(seen.headers).not.toHaveProperty("x-forwarded-proto");
    });

    it("and so is everything without the settings", async () => {
        const program = `
            const before = require("http").request;
            done({ error: String(/MATRICE|isPublicSite/.test(before.toString() + fetch.toString())) })`;
        expect(await run(program, { MATRICE_API_HOST: "", MATRICE_API_SERVICE: "" })).toEqual({ error: "false" });
    });

    it("and mistakes are reported as Node.js reports them", async () => {
        const program = `try { require("https").get("not a url"); } catch (error) { done({ error: error.code }); }`;
        expect(await run(program)).toEqual({ error: "ERR_INVALID_URL" });
    });
});

describe("a setting amiss stops the application at once", () => {
    it.each([
        ["a host that is a URL", { MATRICE_API_HOST: `https://${API}` }, /MATRICE_API_HOST must be a host name/],
        ["a missing host", { MATRICE_API_HOST: "" }, /MATRICE_API_HOST must be a host name/],
        ["a missing Service", { MATRICE_API_SERVICE: "" }, /MATRICE_API_SERVICE must be like/],
        ["a Service over TLS", { MATRICE_API_SERVICE: "https://api.a.svc" }, /MATRICE_API_SERVICE must be like/],
        ["a Service with a path", { MATRICE_API_SERVICE: "http://api.a.svc/v1" }, /MATRICE_API_SERVICE must be like/],
        ["the public host as Service", { MATRICE_API_SERVICE: `http://${API}` }, /is the public host itself/],
    ])("%s", async (_case, environment, message) => {
        await expect(run("done({})", environment as Record<string, string>)).rejects.toThrow(message);
    });
});
