import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerAdmission } from "../../admission";
import { platformFiles } from "../../matrix";
import { render } from "../components/render";
import { renderStack, SECRETS, type RenderedStack } from "../platforms/render-stack";
import { goldenText } from "./golden";

/** `npm run golden` writes the files anew; a pull request then shows what its change comes to. */
const update = process.env.GOLDEN === "update";

const renderings = new Map<string, Promise<RenderedStack>>();
/** A stack, rendered once for all tests that look at it. */
function rendered(stack: string): Promise<RenderedStack> {
    const known = renderings.get(stack) ?? renderStack(stack);
    renderings.set(stack, known);
    return known;
}

describe.each([
    ["dev", "e-chauffeur.dev"],
    ["prod", "e-chauffeur.prod"],
    ["agents-dev", "agents.dev"],
    ["agents-prod", "agents.prod"],
])("The golden file of stack %s", (stack, name) => {
    const file = join(__dirname, `${name}.yaml`);

    it("is what the program registers", async () => {
        const text = goldenText((await rendered(stack)).resources);
        if (update) writeFileSync(file, text);
        expect(text).toBe(readFileSync(file, "utf8"));
    });

    it("is the same twice, and holds no secret", async () => {
        const { resources } = await rendered(stack);
        const text = goldenText(resources);
        expect(goldenText((await renderStack(stack)).resources)).toBe(text);
        // The mocks' passwords are <name>: none may be seen.
        expect(text.match(/<[a-z-]*(password|secret|key|token)[a-z-]*>/gi)).toBeNull();
        const planted = Object.values(SECRETS[stack] ?? {});
        expect(planted.filter((secret) => text.includes(secret))).toEqual([]);
    });
});

describe.each([
    ["dev", "e-chauffeur.dev"],
    ["prod", "e-chauffeur.prod"],
    ["agents-dev", "agents.dev"],
    ["agents-prod", "agents.prod"],
])("The golden file of the admission of stack %s", (stack, name) => {
    const file = join(__dirname, `${name}.admission.yaml`);
    const [platform] = name.split(".");

    it("is what the program registers before the platform", async () => {
        const { matrix, network } = await rendered(stack);
        const { resources } = await render(
            () => registerAdmission({ matrix, network, platformFiles: platformFiles(`platforms/${platform}`) }),
            { stack },
        );
        // The expressions are alike in every stack.
        const shown = stack === "dev" ? resources : resources.filter(({ type }) => !type.endsWith("Policy"));
        const text = goldenText(shown.filter(({ type }) => type.startsWith("kubernetes:")));
        if (update) writeFileSync(file, text);
        expect(text).toBe(readFileSync(file, "utf8"));
    });
});

/** What is another on the other edge, where pods see people's own addresses; everything else is as in the stack's file. */
describe("The golden file of stack prod with edge direct", () => {
    const file = join(__dirname, "e-chauffeur.prod-direct.yaml");

    it("is what the program registers otherwise than behind the load balancer", async () => {
        const documents = ({ resources }: RenderedStack) => goldenText(resources).split("---\n");
        const behind = new Set(documents(await rendered("prod")));
        const direct = documents(await renderStack("prod", undefined, "direct"));
        const text = direct.filter((document) => !behind.has(document)).join("---\n");
        if (update) writeFileSync(file, text);
        expect(text).toBe(readFileSync(file, "utf8"));
        // Neither edge has a resource that the other has not.
        expect(direct.map(title).sort()).toEqual([...behind].map(title).sort());
    });
});

/** The first line of a document: type and name. */
function title(document: string): string {
    return document.split("\n", 1)[0];
}
