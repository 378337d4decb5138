import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policiesOf } from "../../admission/compile";
import { objectRules, stackRules } from "../../rules";
import { context } from "../rules/factories";

const guide = readFileSync(join(__dirname, "../../docs/admission.md"), "utf8");
const cells = (line: string) => line.split("|").map((cell) => cell.trim());
const rows = guide
    .split("\n")
    .filter((line) => /^\| [a-z]+(-[a-z]+)+ /.test(line))
    .map((line) => cells(line).slice(1, 4));

describe("docs/admission.md says which rule runs where", () => {
    test("and has every rule", () => {
        expect(rows.map(([rule]) => rule)).toEqual([...objectRules, ...stackRules].map(({ name }) => name));
    });

    test.each(rows)("%s: %s", (rule, where, left) => {
        const held = policiesOf(context).filter(({ rules }) => rules.some((one) => one.rule === rule));
        const listed = where.split(", ").filter((name) => name !== "");
        expect(listed.sort()).toEqual(held.map(({ name }) => name).sort());
        // What admission has not, the preview has, and the table says what that is.
        if (listed.length === 0) expect(left).not.toBe("");
    });
});
