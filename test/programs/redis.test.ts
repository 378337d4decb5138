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

describe("Redis on the component's configuration", () => {
    const { folder, remove } = scratch();
    let port: number;
    let redis: Daemon;
    beforeAll(async () => {
        port = await freePort();
        const matrix = resolve(
            [readDocument(`|Source|Destination|Port|Protocol|\n|-|-|-|-|\n|Web|Redis|${port}|TCP|`, "matrix.md")],
            readInventory(
                "{ platform: shop, namespaces: [shop], roles: { Web: { workload: shop/web }, " +
                    'Redis: { workload: shop/redis, ports: { redis: "from Web" } } } }',
                "inventory.yaml",
            ),
        );
        const { resources } = await render(
            () => new Redis("redis", { role: matrix.role("Redis"), image: "redis:1", exporterImage: "exporter:1" }),
        );
        const text: string = object(objects(resources), "Secret", "redis-configuration").stringData["redis.conf"];
        mkdirSync(join(folder, "data"));
        writeFileSync(join(folder, "redis.conf"), text.replace("dir /data", `dir ${join(folder, "data")}`));
        const ready = async () => (await ask(port, "PING").catch(() => "")) !== "";
        redis = await Daemon.start("redis-server", [join(folder, "redis.conf")], { folder, ready });
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
