import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { isAlive, withLock } from "../../../toolchain/tools/lock";

let folder: string;
let file: string;
beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lock-"));
    file = path.join(folder, "below", "lock");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

// Beyond any pid_max (proc(5): at most 2^22).
const deadPid = 2 ** 22 + 1;

describe("withLock", () => {
    it("lets one work after the other", async () => {
        const order: string[] = [];
        const work = (name: string) =>
            withLock(file, { waitSeconds: 60 }, async () => {
                order.push(`${name} starts`);
                await new Promise((resolve) => setTimeout(resolve, 20));
                order.push(`${name} ends`);
            });
        await Promise.all([work("first"), work("second")]);
        expect(order).toEqual(["first starts", "first ends", "second starts", "second ends"]);
    });

    it("lets go when the work fails", async () => {
        const failing = withLock(file, { waitSeconds: 1 }, () => Promise.reject(new Error("no")));
        await expect(failing).rejects.toThrow("no");
        expect(fs.existsSync(file)).toBe(false);
    });

    it("takes over from a process that is gone", async () => {
        fs.mkdirSync(path.dirname(file));
        fs.writeFileSync(file, String(deadPid));
        await expect(withLock(file, { waitSeconds: 0 }, async () => "done")).resolves.toBe("done");
    });

    it("names the holder that does not let go", async () => {
        fs.mkdirSync(path.dirname(file));
        fs.writeFileSync(file, String(process.pid));
        const waited: string[] = [];
        const options = { waitSeconds: 0, onWait: (holder: string) => waited.push(holder) };
        await expect(withLock(file, options, async () => undefined)).rejects.toThrow(`Process ${process.pid} has held`);
        expect(waited).toEqual([`process ${process.pid}`]);
    });

    it("leaves nothing behind", async () => {
        await withLock(file, { waitSeconds: 1 }, async () => undefined);
        expect(fs.readdirSync(path.dirname(file))).toEqual([]);
    });
});

describe("isAlive", () => {
    it("tells a running process from none", () => {
        expect([process.pid, deadPid, Number.NaN, 0].map(isAlive)).toEqual([true, false, false, false]);
    });
});
