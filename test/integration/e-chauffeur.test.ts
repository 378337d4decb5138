import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { behavesAsItsMatrix } from "./platform";
import { leavesNothing } from "./platform/coming-up";
import { root, Subject } from "./platform/subject";
import { commandBlocks } from "./readme";

const subject = new Subject({
    platform: "e-chauffeur",
    stack: "dev",
    golden: "e-chauffeur.dev",
    // By the bucket's own script, on the object storage beside the cluster.
    prints: [/"changed":\["created","object lock/],
    front: "App User",
    listener: "API",
    database: "MongoDB",
    cache: "Redis",
});

behavesAsItsMatrix(subject);

describe("README.md", () => {
    const blocks = commandBlocks(readFileSync(join(root, "README.md"), "utf8"));

    it("begins with the command that this file ran first and the one that runs this file", () => {
        expect(blocks[0]).toBe("make up\nmake test\n");
    });

    it.each(blocks.slice(1))("shows commands that work:\n%s", async (block) => {
        for (const [name] of block.matchAll(/[a-z-]+\.txt/g))
            writeFileSync(join(subject.project.folder, name), "a-secret-of-this-test");
        // Stack prod needs OVH's provider, which can't be had here: its preview is left out.
        const runnable = block.replace(/^pulumi preview --stack prod.*\n/m, "");
        const { code, output } = await subject.project.run(`set -e\n${runnable}`, { CONTEXT: "matrice-dev" });
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).not.toContain("a-secret-of-this-test");
    });
});

leavesNothing(subject);
