import { readFileSync } from "node:fs";
import { join } from "node:path";
import { matrice } from "../run";

const root = join(__dirname, "../../..");
const at = (file: string) => join(root, file);
const page = "docs/agents.md";

describe("docs/agents.md", () => {
    test("is what the documents and the rendered objects come to (npm run golden)", async () => {
        const argv = ["report", at("platforms/agents"), "--golden", at("test/golden/agents.prod.yaml")];
        argv.push("--settings", at("Pulumi.agents-prod.yaml"), "--root", root);
        if (process.env.GOLDEN === "update")
            expect(await matrice(...argv, "--output", at(page))).toMatchObject({ code: 0 });
        expect(await matrice(...argv)).toEqual({ code: 0, out: readFileSync(at(page), "utf8"), err: "" });
    });

    test("has the 15 rows of the matrix, and the eight rules in words with rows that answer them", () => {
        const written = readFileSync(at(page), "utf8");
        const rules = written.slice(written.indexOf("## Rules in words"), written.indexOf("## Exceptions"));
        expect(rules.match(/^\|.*\| (?:inbound|outbound) \|.*\]\(#row-.*\|$/gm)).toHaveLength(8);
        expect(written.match(/^\| \[\d+\]\(#row-\d+\) \|.*$/gm)).toHaveLength(15);
    });
});
