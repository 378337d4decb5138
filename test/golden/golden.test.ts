import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerAdmission } from "../../admission";
import { platformFiles } from "../../matrix";
import { render } from "../components/render";
import { renderStack, SECRETS } from "../platforms/render-stack";
import { goldenText } from "./golden";

/** `npm run golden` writes the files anew; a pull request then shows what its change comes to. */
const update = process.env.GOLDEN === "update";

describe.each([
    ["dev", "e-chauffeur.dev"],
    ["prod", "e-chauffeur.prod"],
    ["agents-dev", "agents.dev"],
    ["agents-prod", "agents.prod"],
])("The golden file of stack %s", (stack, name) => {
    const file = join(__dirname, `${name}.yaml`);

    it("is what the program registers", async () => {
        const text = goldenText((await renderStack(stack)).resources);
        if (update) writeFileSync(file, text);
        expect(text).toBe(readFileSync(file, "utf8"));
    });

    it("is the same twice, and holds no secret", async () => {
        const { resources } = await renderStack(stack);
        const text = goldenText(resources);
        expect(goldenText((await renderStack(stack)).resources)).toBe(text);
        // The mocks' passwords are <name>: none may be seen.
        expect(text.match(/<[a-z-]*(password|secret|key|token)[a-z-]*>/gi)).toBeNull();
        const planted = Object.values(SECRETS[stack] ?? {});
        expect(planted.filter((secret) => text.includes(secret))).toEqual([]);
    });
});

describe.each(["dev", "prod"])("The golden file of the admission of stack %s", (stack) => {
    const file = join(__dirname, `e-chauffeur.${stack}.admission.yaml`);

    it("is what the program registers before the platform", async () => {
        const { matrix, network } = await renderStack(stack);
        const { resources } = await render(
            () => registerAdmission({ matrix, network, platformFiles: platformFiles("platforms/e-chauffeur") }),
            { stack },
        );
        // The expressions are alike in every stack.
        const shown = stack === "dev" ? resources : resources.filter(({ type }) => !type.endsWith("Policy"));
        const text = goldenText(shown.filter(({ type }) => type.startsWith("kubernetes:")));
        if (update) writeFileSync(file, text);
        expect(text).toBe(readFileSync(file, "utf8"));
    });
});
