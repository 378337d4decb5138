/** The rogues and the harmless changes of test/mutations through the real engine, many at once. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { parse, stringify } from "yaml";

import type { KubernetesObject } from "../../network";
import { checkObject, checkStack, type RuleContext } from "../../rules";
import { objectsOf } from "../golden/objects";
import { harmless } from "../mutations/harmless";
import { roguesOfEveryRole } from "../mutations/of-role";
import { contextOf, root } from "../mutations/platform";
import { rogues } from "../mutations/rogues";
import { Harness, type Project } from "../toolchain/conformance/harness";

jest.setTimeout(300_000);

let harness: Harness;
let project: Project;

beforeAll(async () => {
    harness = await Harness.start("mutations");
    project = await harness.project();
    const { engine } = project;
    const external = ["@pulumi/pulumi", "@pulumi/policy"];
    const bundle = (entry: string, outfile: string) =>
        buildSync({ absWorkingDir: root, entryPoints: [entry], outfile, external, bundle: true, platform: "node" });
    bundle("test/mutations/program.ts", engine.file("index.js"));
    bundle("policies/index.ts", engine.file("dist/policies/index.js"));
    mkdirSync(engine.file("policies"));
    for (const file of ["PulumiPolicy.yaml", "package.json"])
        cpSync(join(root, "policies", file), engine.file(`policies/${file}`));
    cpSync(join(root, "platforms"), engine.file("platforms"), { recursive: true });
});

afterAll(() => harness.dispose());

/** What a preview of these objects says, its white space made even. */
async function preview(objects: readonly KubernetesObject[], by: { guarded: boolean; packed: boolean }) {
    writeFileSync(project.engine.file("objects.json"), JSON.stringify({ guarded: by.guarded, objects }));
    const pack = by.packed ? ["--policy-pack", "policies"] : [];
    const { code, output } = await project.engine.pulumi("preview", ...pack);
    return { code, output: even(output) };
}

const even = (text: string) => text.replace(/\s+/g, " ");

/** Gives the project the platform and the network of a stack. */
function become(stack: string): void {
    const { engine } = project;
    const settings = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")).config;
    const own = parse(engine.read("Pulumi.dev.yaml"));
    const config = { "probe:platform": settings["matrice:platform"], "probe:network": settings["matrice:network"] };
    writeFileSync(engine.file("Pulumi.dev.yaml"), stringify({ ...own, config }));
}

/** What the rules themselves refuse. */
function refused(objects: readonly KubernetesObject[], context: RuleContext) {
    return [...objects.flatMap((object) => checkObject(object, context)), ...checkStack([...objects], context)].filter(
        ({ level }) => level === "mandatory",
    );
}

/** Findings as `rule object`, each once, as both the guard and the pack name them. */
function named(output: string): string[] {
    const found = output.matchAll(/\[mandatory\] (\S+) (?:\([^()]*\) )?([A-Z]\w+ [^\s:]+):/g);
    return [...new Set([...found].map(([, rule, object]) => `${rule} ${object}`))].sort();
}

describe.each([
    { platform: "e-chauffeur", stack: "dev", golden: "e-chauffeur.dev", added: rogues, passed: harmless },
    {
        platform: "agents",
        stack: "agents-dev",
        golden: "agents.dev",
        added: roguesOfEveryRole("agents-dev"),
        passed: [],
    },
])("in a preview of $platform", ({ platform, stack, golden, added, passed }) => {
    const context = { ...contextOf(stack), on: undefined };
    // They close the namespaces: without them the rules about all objects would say that alone.
    const objects = objectsOf(golden);

    beforeAll(() => become(stack));

    // Each alone: where the program fails, the engine does not ask the pack of the stack as a whole.
    test.each([
        { by: "the stack transform", guarded: true, packed: false },
        { by: "the policy pack", guarded: false, packed: true },
    ])("$by refuses every rogue, in full, and nothing else", async ({ by, guarded, packed }) => {
        const tried = [...objects, ...added.flatMap(({ add }) => add)];
        const findings = refused(tried, context);
        const { code, output } = await preview(tried, { guarded, packed });
        expect(code).not.toBe(0);
        const rules = findings.map(({ rule, resource }) => `${rule} ${resource}`);
        expect(named(output)).toEqual([...new Set(rules)].sort());
        expect(findings.map(({ message }) => even(message)).filter((text) => !output.includes(text))).toEqual([]);
        for (const { names } of added) for (const name of names) expect(output).toMatch(name);
        process.stdout.write(`mutations: ${added.length} rogues of ${platform} refused by ${by}\n`);
    });

    // That a platform itself passes is seen where it is brought up.
    if (passed.length === 0) return;
    test("every harmless change passes both", async () => {
        const tried = [...objects, ...passed.flatMap(({ add }) => add)];
        const { code, output } = await preview(tried, { guarded: true, packed: true });
        expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining("[mandatory]") });
        expect(output).not.toMatch(/\bok-/);
        process.stdout.write(`mutations: ${passed.length} harmless changes of ${platform} passed by both\n`);
    });
});
