import { openTls } from "../http";
import { GOOD_REQUESTS } from "./good-requests";
import { clientOf, HOST, Waf } from "./waf";

jest.setTimeout(60_000);

let waf: Waf;
beforeAll(async () => {
    waf = await Waf.start({ paranoiaLevel: 1 });
});
afterAll(() => waf?.stop());

describe("good requests, at paranoia level 1 with the rule set 3.3 of Debian", () => {
    it.each(GOOD_REQUESTS.map((request, index) => [request.what, request, index] as const))(
        "%s passes as it was sent",
        async (_what, request, index) => {
            const { status, body } = await waf.ask(request, clientOf(index));
            expect(status).toBe(200);
            if (request.method === "HEAD") return;
            const { method = "GET", path } = request;
            expect(JSON.parse(body)).toMatchObject({ method, url: path, body: request.body ?? "" });
            expect(await waf.requestOf(clientOf(index))).toMatchObject({ status: "200", waf: "" });
        },
    );

    it("a websocket opens, and carries messages both ways", async () => {
        const socket = await openTls(waf.question({}));
        socket.write(
            `GET /socket?token=abc HTTP/1.1\r\nHost: ${HOST}\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n` +
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://app.example.org\r\n\r\n",
        );
        expect(await nextData(socket)).toContain(" 101 ");
        socket.write("<script>hello</script>");
        expect(await nextData(socket)).toBe("<script>hello</script>");
        socket.destroy();
    });

    it("are more than fifty", () => {
        expect(GOOD_REQUESTS.length).toBeGreaterThan(50);
    });
});

function nextData(stream: NodeJS.ReadableStream): Promise<string> {
    return new Promise((done, fail) => {
        stream.once("data", (data: Buffer) => done(data.toString()));
        stream.once("error", fail);
    });
}
