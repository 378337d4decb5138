import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Redis } from "../../components/redis";
import { readDocument, readInventory, resolve } from "../../matrix";
import { object, objects, render } from "../components/render";
import { Daemon } from "./daemon";
import { freePort, scratch } from "./nginx";

jest.setTimeout(60_000);

/** What Redis answers to a line of its protocol. */
function ask(port: number, ...lines: string[]): Promise<string> {
    return new Promise((done, fail) => {
        const socket = connect(port, "127.0.0.1", () => socket.end(`${[...lines, "QUIT"].join("\r\n")}\r\n`));
        let text = "";
        socket.setEncoding("utf8").on("data", (part) => (text += part));
        socket.once("error", fail).once("close", () => done(text));
    });
}

/** Starts Redis on the configuration that the component makes of one row each for some clients. */
async function start(
    folder: string,
    clients: readonly string[],
    users: boolean,
): Promise<{ redis: Daemon; port: number }> {
    const port = await freePort();
    const rows = clients.map((name) => `|${name}|Redis|${port}|TCP|`);
    const entries = clients.map((name) => `${name}: { workload: shop/${name.toLowerCase()} }, `).join("");
    const matrix = resolve(
        [readDocument(["|Source|Destination|Port|Protocol|", "|-|-|-|-|", ...rows, ""].join("\n"), "matrix.md")],
        readInventory(
            `{ platform: shop, namespaces: [shop], roles: { ${entries}` +
                `Redis: { workload: shop/redis, ports: { redis: "from ${clients.join(", ")}" } } } }`,
            "inventory.yaml",
        ),
    );
    const own = users ? clients.map((name) => matrix.role(name)) : undefined;
    const args = { role: matrix.role("Redis"), image: "redis:1", exporterImage: "exporter:1", clients: own };
    const { resources } = await render(() => new Redis("redis", args));
    const text: string = object(objects(resources), "Secret", "redis-configuration").stringData["redis.conf"];
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "redis.conf"), text.replace("dir /data", `dir ${join(folder, "data")}`));
    const ready = async () => (await ask(port, "PING").catch(() => "")) !== "";
    return { port, redis: await Daemon.start("redis-server", [join(folder, "redis.conf")], { folder, ready }) };
}

describe("Redis on the component's configuration", () => {
    const { folder, remove } = scratch();
    let port: number;
    let redis: Daemon;
    beforeAll(async () => {
        ({ redis, port } = await start(folder, ["Web"], false));
    });
    afterAll(async () => {
        await redis?.stop();
        remove();
    });

    it("answers with the password and not without", async () => {
        expect(await ask(port, "PING")).toMatch(/^-NOAUTH/);
        expect(await ask(port, "AUTH <redis-password>", "PING")).toMatch(/^\+OK\r\n\+PONG/);
    });

    it("has nothing to write to disk", async () => {
        const answer = await ask(port, "AUTH <redis-password>", "CONFIG GET save", "CONFIG GET appendonly");
        expect(answer).toMatch(/\$4\r\nsave\r\n\$0\r\n\r\n/);
        expect(answer).toMatch(/appendonly\r\n\$2\r\nno/);
    });
});

describe("Redis with a user for each client", () => {
    const { folder, remove } = scratch();
    let port: number;
    let redis: Daemon;
    beforeAll(async () => {
        ({ redis, port } = await start(folder, ["Web", "Worker"], true));
    });
    afterAll(async () => {
        await redis?.stop();
        remove();
    });
    const as = (name: string, ...lines: string[]) =>
        ask(port, `AUTH ${name} <redis-${name}-password>`, ...lines).then((answer) => answer.split("\r\n").slice(1));

    it("lets nobody in without one", async () => {
        expect(await ask(port, "PING")).toMatch(/^-NOAUTH/);
        for (const login of ["AUTH <redis-web-password>", "AUTH default x", "AUTH worker <redis-web-password>"]) {
            expect(await ask(port, login, "PING")).toMatch(/^-WRONGPASS/);
        }
    });

    it("lets each use keys and channels of its own name", async () => {
        expect((await as("web", "SET web:1 mine EX 60", "GET web:1")).slice(0, 3)).toEqual(["+OK", "$4", "mine"]);
        expect((await as("web", "MULTI", "INCR web:n", "EXEC"))[0]).toBe("+OK");
        expect((await as("web", "PUBLISH web:news hello"))[0]).toBe(":0");
    });

    it.each([
        "GET web:1",
        "SET web:1 yours",
        "DEL web:1",
        "COPY web:1 worker:1",
        "RENAME web:1 worker:1",
        "MGET worker:1 web:1",
        "SORT web:1",
        "PUBLISH web:news hello",
        "SUBSCRIBE web:news",
        "PSUBSCRIBE *",
    ])("refuses another's: %s", async (command) => {
        await as("web", "SET web:1 mine");
        expect((await as("worker", command))[0]).toMatch(/^-NOPERM/);
        expect(await as("web", "GET web:1")).toContain("mine");
    });

    it.each([
        ...["SCAN 0", "KEYS *", "RANDOMKEY", "DBSIZE", "INFO", "MONITOR", "FLUSHALL", "CONFIG GET *", "ACL LIST"],
        ...["CLIENT LIST", "PUBSUB CHANNELS", "SHUTDOWN", "SAVE", "SWAPDB 0 1", "MOVE worker:1 1"],
        ...["REPLICAOF localhost 1", "MODULE LIST", "SLOWLOG GET", "MEMORY USAGE web:1", "OBJECT ENCODING web:1"],
        'EVAL "return 1" 0',
    ])("refuses what concerns the server or everybody's keys: %s", async (command) => {
        expect((await as("worker", command))[0]).toMatch(/^-NOPERM/);
    });
});
