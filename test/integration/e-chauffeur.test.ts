import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installOvhDouble } from "./doubles/install";
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
    const doubles = join(root, ".tools/test/doubles");

    // For the preview of stack prod; whatever else the commands need is real.
    beforeAll(() => installOvhDouble(doubles));

    it("begins with the command that this file ran first and the one that runs this file", () => {
        expect(blocks[0]).toBe("make up\nmake test\n");
    });

    it.each(blocks.slice(1))("shows commands that work:\n%s", async (block) => {
        for (const [name] of block.matchAll(/[a-z-]+\.txt/g))
            writeFileSync(join(subject.project.folder, name), "a-secret-of-this-test");
        const { code, output } = await subject.project.run(`set -e\nPATH=${doubles}:$PATH\n${block}`, {
            CONTEXT: "matrice-dev",
        });
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).not.toContain("a-secret-of-this-test");
    });
});

leavesNothing(subject);
