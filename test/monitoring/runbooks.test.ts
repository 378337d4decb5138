import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { namesIn, promqlOf, readAlerts, RUNBOOKS } from "./rules";

const alerts = new Set(readAlerts().map(({ alert }) => alert));
const runbooks = namesIn(RUNBOOKS, ".md").map((name) => ({
    name,
    text: readFileSync(resolve(RUNBOOKS, `${name}.md`), "utf8"),
}));

it("are of alerts that exist", () => {
    expect(runbooks.filter(({ name }) => !alerts.has(name)).map(({ name }) => name)).toEqual([]);
});

describe.each(runbooks)("$name", ({ name, text }) => {
    it("bears the alert's name and the four sections, in their order", () => {
        expect(text.match(/^#+ .*$/gm)!.filter((line) => /^##? [A-Z]/.test(line))).toEqual([
            `# ${name}`,
            "## Meaning",
            "## Impact",
            "## Diagnosis",
            "## Mitigation",
        ]);
    });

    it("leaves no section empty", () => {
        const sections = text.split(/^## .*$/m).slice(1);
        expect(sections.filter((section) => section.trim() === "")).toEqual([]);
    });

    it("fits on a page", () => {
        expect(text.split("\n").length).toBeLessThanOrEqual(60);
    });

    it("gives a command or a query to find out more", () => {
        const commands = text.match(/^(kubectl|openssl|pulumi|npx) /gm) ?? [];
        expect(commands.length + promqlOf(text).length).toBeGreaterThan(0);
    });

    it("links to pages that exist", () => {
        const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
        expect(links.filter((target) => !existsSync(resolve(RUNBOOKS, target)))).toEqual([]);
    });
});
