/** The rogues and the harmless changes of test/mutations through the real engine, many at once. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { parse, stringify } from "yaml";

import type { KubernetesObject } from "../../network";
import { checkObject, checkStack, stackRules } from "../../rules";
import { harmless } from "../mutations/harmless";
import { devContext, devObjects, root } from "../mutations/platform";
import { rogues } from "../mutations/rogues";
import { Harness, type Project } from "../toolchain/conformance/harness";

jest.setTimeout(300_000);

const context = { ...devContext(), on: undefined };
const platform = devObjects();

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
    cpSync(join(root, "platforms/e-chauffeur"), engine.file("platforms/e-chauffeur"), { recursive: true });
    const settings = parse(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")).config;
    const own = parse(engine.read("Pulumi.dev.yaml"));
    const config = { "probe:platform": settings["matrice:platform"], "probe:network": settings["matrice:network"] };
    writeFileSync(engine.file("Pulumi.dev.yaml"), stringify({ ...own, config }));
});

afterAll(() => harness.dispose());

/** What a preview of these objects says, its white space made even. */
async function preview(objects: readonly KubernetesObject[], options: { guarded: boolean }) {
    writeFileSync(project.engine.file("objects.json"), JSON.stringify({ ...options, objects }));
    const pack = options.guarded ? [] : ["--policy-pack", "policies"];
    const { code, output } = await project.engine.pulumi("preview", ...pack);
    return { code, output: even(output) };
}

const even = (text: string) => text.replace(/\s+/g, " ");

/** What the rules themselves refuse. */
function refused(objects: readonly KubernetesObject[]) {
    return [...objects.flatMap((object) => checkObject(object, context)), ...checkStack([...objects], context)].filter(
        ({ level }) => level === "mandatory",
    );
}

/** Findings as `rule object`, each once, as both the guard and the pack name them. */
function named(output: string): string[] {
    const found = output.matchAll(/\[mandatory\] (\S+) (?:\([^()]*\) )?([A-Z]\w+ [^\s:]+):/g);
    return [...new Set([...found].map(([, rule, object]) => `${rule} ${object}`))].sort();
}

const byStack = new Set(stackRules.map(({ name }) => name));
/** What closes the namespaces: without it the rules about all objects would say that alone. */
const closed = platform.filter(({ kind, metadata }) => kind === "Namespace" || metadata.name === "default-deny");
const batches = [
    { title: "by one object", beside: closed, added: rogues.filter(({ rule }) => !byStack.has(rule)) },
    { title: "by all objects together", beside: platform, added: rogues.filter(({ rule }) => byStack.has(rule)) },
].map(({ title, beside, added }) => ({ title, added, objects: [...beside, ...added.flatMap(({ add }) => add)] }));

describe.each([
    { by: "the stack transform", guarded: true },
    { by: "the policy pack", guarded: false },
])("in a preview, $by", ({ by, guarded }) => {
    test.each(batches)("refuses every rogue caught $title, in full, and nothing else", async ({ added, objects }) => {
        const findings = refused(objects);
        const { code, output } = await preview(objects, { guarded });
        expect(code).not.toBe(0);
        expect(named(output)).toEqual([...new Set(findings.map(({ rule, resource }) => `${rule} ${resource}`))].sort());
        expect(findings.map(({ message }) => even(message)).filter((message) => !output.includes(message))).toEqual([]);
        for (const { names } of added) for (const name of names) expect(output).toMatch(name);
        process.stdout.write(`mutations: ${added.length} rogues refused by ${by}\n`);
    });

    test("lets every harmless change pass", async () => {
        const { code, output } = await preview([...platform, ...harmless.flatMap(({ add }) => add)], { guarded });
        expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining("[mandatory]") });
        expect(output).not.toMatch(/\bok-/);
        process.stdout.write(`mutations: ${harmless.length} harmless changes passed by ${by}\n`);
    });
});
