import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as agents from "../../platforms/agents/settings";
import * as eChauffeur from "../../platforms/e-chauffeur/settings";
import { least, leastAgents, stackOf } from "../platforms/double";

const root = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const guides = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, "docs"))
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name}`),
];
const matches = (text: string, expression: RegExp) => [
    ...new Set([...text.matchAll(expression)].map(([, one]) => one)),
];

/** Resource types, a group's name, and settings that the guard and the admission read for every platform. */
const elsewhere = ["index", "break", "policies", "admission"];

/** Whether the settings of no platform know a key. */
function unknown(key: string): boolean {
    const readers = [
        () => eChauffeur.readStack(stackOf({ ...least, [key]: "1" })),
        () => agents.readStack(stackOf({ ...leastAgents, [key]: "1" })),
    ];
    return readers.every((read) => {
        try {
            read();
            return false;
        } catch (error) {
            return (error as Error).message.includes(`matrice:${key}: unknown`);
        }
    });
}

describe.each(guides)("%s", (guide) => {
    const text = read(guide);

    it("names settings that exist", () => {
        const keys = matches(text, /`[^`\n]*matrice:([a-zA-Z]+)/g).filter((key) => !elsewhere.includes(key));
        expect(keys.filter(unknown)).toEqual([]);
    });

    it("names targets of make that exist", () => {
        const targets = matches(read("Makefile"), /^([a-z]+):.*##/gm);
        expect(matches(text, /(?:`|^|\$ )make ([a-z]+)/gm).filter((target) => !targets.includes(target))).toEqual([]);
    });

    it("names scripts of npm that exist", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        expect(matches(text, /npm run ([a-z:]+)/g).filter((script) => !(script in scripts))).toEqual([]);
    });

    it("links to files that exist", () => {
        const links = matches(text, /\]\((?!https?:|#)([^)#]+)[^)]*\)/g);
        expect(links.filter((link) => !existsSync(join(root, guide, "..", link)))).toEqual([]);
    });
});

it("a setting that nobody reads is told apart from those that exist", () => {
    const keys = ["passwordGeneration", "nodes", "ovh", "passwordGenerations"];
    expect(keys.map(unknown)).toEqual([false, false, false, true]);
});

it.each([
    ["prod", eChauffeur.readStack],
    ["agents-prod", agents.readStack],
])("the head of Pulumi.%s.yaml names each secret that its settings ask for", (stack, readStack) => {
    const text = read(`Pulumi.${stack}.yaml`);
    const { config } = parse(text) as { config: Record<string, unknown> };
    const settings = Object.entries(config).flatMap(([key, value]) =>
        key.startsWith("matrice:") ? [[key.slice("matrice:".length), value]] : [],
    );
    let asked: string[] = [];
    try {
        readStack(stackOf(Object.fromEntries(settings)));
    } catch (error) {
        asked = matches((error as Error).message, /matrice:(\w+): missing, while/g);
    }
    // "backup{Owner,Writer}Key", as a shell reads it.
    const named = [...text.matchAll(/--secret matrice:(\w+)(?:\{([\w,]+)\}(\w+))?/g)].flatMap(
        ([, before, choices = "", after = ""]) => choices.split(",").map((choice) => `${before}${choice}${after}`),
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((key) => !named.includes(key))).toEqual([]);
});
