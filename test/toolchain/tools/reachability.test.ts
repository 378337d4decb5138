import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { forgetUnreachable, rememberedSites, whyUnreachable } from "../../../toolchain/tools/reachability";

let folder: string;
let file: string;
beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "reachability-"));
    file = path.join(folder, "unreachable.json");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const closed = () => jest.fn(async () => "ENOTFOUND" as string | undefined);

describe("whyUnreachable", () => {
    it("asks a closed site once and remembers the answer", async () => {
        const probe = closed();
        expect(await whyUnreachable("get.example", file, probe)).toBe("ENOTFOUND");
        expect(await whyUnreachable("get.example", file, probe)).toBe("ENOTFOUND");
        expect(probe).toHaveBeenCalledTimes(1);
        expect(rememberedSites(file)).toEqual(["get.example"]);
    });

    it("keeps nothing of a site that answers", async () => {
        expect(await whyUnreachable("get.example", file, async () => undefined)).toBeUndefined();
        expect(rememberedSites(file)).toEqual([]);
    });

    it("asks again once told to forget", async () => {
        const probe = closed();
        await whyUnreachable("get.example", file, probe);
        forgetUnreachable(file);
        await whyUnreachable("get.example", file, probe);
        expect(probe).toHaveBeenCalledTimes(2);
    });

    it.each([
        ["of another machine", { machine: "other" }],
        ["that is eight days old", { since: new Date(Date.now() - 8 * 86_400_000).toISOString() }],
    ])("does not believe a memory %s", async (_, { machine, since }: { machine?: string; since?: string }) => {
        const site = { since: since ?? new Date().toISOString(), reason: "ENOTFOUND" };
        const memory = { machine: machine ?? os.hostname(), sites: { "get.example": site } };
        fs.writeFileSync(file, JSON.stringify(memory));
        expect(await whyUnreachable("get.example", file, async () => undefined)).toBeUndefined();
    });
});
