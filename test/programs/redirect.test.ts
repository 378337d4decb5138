import { defaultFrame } from "../../components/nginx/frame";
import { redirectConfiguration } from "../../components/redirect/configuration";
import { ask } from "./http";
import { freePort, Nginx, scratch } from "./nginx";

const FROM = "old.example.org";

jest.setTimeout(30_000);

describe.each([
    ["a host", "https://new.example.org", "https://new.example.org"],
    ["a host with a final slash", "https://new.example.org/", "https://new.example.org"],
    ["a folder", "https://new.example.org/app/", "https://new.example.org/app"],
])("a redirect to %s", (_case, to, target) => {
    const { folder, remove } = scratch();
    let port: number;
    let nginx: Nginx;

    beforeAll(async () => {
        port = await freePort();
        const text = redirectConfiguration({ port, from: FROM, to, frame: { ...defaultFrame, temporary: folder } });
        nginx = await Nginx.start(text, { folder, port, resolver: "127.0.0.1" });
    });
    afterAll(async () => {
        await nginx?.stop();
        remove();
    });

    it.each(["/", "/qr/12?campus=a&x=%2F", "/a%20b//c", "/?next=https://evil.example.org"])(
        "answers 301 on %s, path and query kept",
        async (path) => {
            const { status, headers } = await ask({ port, host: FROM, path });
            expect([status, headers.location]).toEqual([301, `${target}${path}`]);
        },
    );

    it("refuses another host", async () => {
        await expect(ask({ port, host: "other.example.org" })).rejects.toThrow(/hang up|ECONNRESET/);
    });

    it("does not tell its version", async () => {
        expect((await ask({ port, host: FROM })).headers.server).toBe("nginx");
    });
});

it("starts and listens on nothing without a port", async () => {
    const { folder, remove } = scratch();
    const text = redirectConfiguration({
        from: FROM,
        to: "https://n.example.org",
        frame: { ...defaultFrame, temporary: folder },
    });
    expect(text).not.toContain("listen");
    const nginx = await Nginx.start(text, { folder, resolver: "127.0.0.1" });
    expect(nginx.isRunning()).toBe(true);
    await nginx.stop();
    remove();
});
