import * as net from "node:net";
import { isPortFree, portHolder, requireFreePort } from "../../../toolchain/cluster/ports";

let server: net.Server;
let port: number;
beforeEach(async () => {
    server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as net.AddressInfo).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const free = () => new Promise((resolve) => server.close(resolve));

describe("a port that a program listens on", () => {
    it("is not free", async () => expect(await isPortFree(port)).toBe(false));

    it("is refused with its number, its holder and the mends", async () => {
        await expect(requireFreePort(port, ["take another"])).rejects.toMatchObject({
            message: expect.stringMatching(new RegExp(`^Port ${port} is taken by process ${process.pid} `)),
            mends: [`stop it: kill ${process.pid}`, "take another"],
        });
    });
});

describe("a port that nothing listens on", () => {
    it("is free and has no holder", async () => {
        await free();
        server = net.createServer();
        expect(await isPortFree(port)).toBe(true);
        expect(portHolder(port)).toBeUndefined();
    });
});
