import { rogueProgram, roguesOf, type Rogue } from "../rogues";
import { rows } from "./documents";
import { withoutPack, type Subject } from "./subject";

/** Changes to the program that leave the matrix, all of them in one preview with the policy pack and one without. */
export function refusesRogues(subject: Subject): void {
    const { stack } = subject;
    const rogues = roguesOf(subject);

    describe("a change that leaves the matrix", () => {
        const said = { withPack: "", withoutPack: "" };

        beforeAll(async () => {
            const { project } = subject;
            const preview = (env: NodeJS.ProcessEnv) =>
                project.with(
                    "index.ts",
                    (text) => rogueProgram(text, rogues),
                    () => project.run(`pulumi preview --stack ${stack}`, env),
                );
            const both = [await preview({}), await strict(subject, () => preview(withoutPack))];
            expect(both.map(({ code }) => code)).not.toContain(0);
            [said.withPack, said.withoutPack] = both.map(({ output }) => output);
        });

        it.each(rogues)("is refused by the program and by the policy pack: $title", (rogue) => {
            const [program, pack] = [section(said.withPack, "Diagnostics"), section(said.withPack, "Policies")];
            expectRefused(program.split(/^ *error: /m), rogue);
            expectRefused(pack.split(/^(?= *\[mandatory\])/m), rogue);
        });

        it.each(rogues)("is refused without the policy pack: $title", (rogue) => {
            expectRefused(section(said.withoutPack, "Diagnostics").split(/^ *error: /m), rogue);
        });

        it("ends the preview by the program's own refusal, with the pack and without", () => {
            expect(said.withPack).toMatch(/^Policies:/m);
            expect(said.withoutPack).not.toMatch(/^Loading policy packs|^Policies:/m);
            for (const output of Object.values(said))
                expect(output).toMatch(/error: The matrix does not allow this program/);
        });

        it("and a row that nothing realises is refused where the stack requires every row to be realised", () => {
            const findings = section(said.withoutPack, "Diagnostics").split(/^ *error: /m);
            expect(findings.filter((text) => text.startsWith("[mandatory] flows-realised")).join()).toMatch(/6380/);
        });
    });
}

/** For the time of the call the stack asks for every row to be realised, and there is one that is not. */
function strict<T>({ project, settings, folder, listener, cache }: Subject, action: () => Promise<T>): Promise<T> {
    const require = (text: string) => text.replace(/( +)edge: /, "$1requireRealised: true\n$&");
    const row = rows(listener.title, cache.title);
    return project.with(settings, require, () =>
        project.with(`${folder}/matrix.md`, (text) => row.again(text, cache.port, cache.port + 1), action),
    );
}

/** What a preview says after the heading and before the next. */
function section(output: string, heading: string): string {
    return output.split(new RegExp(`^${heading}:$`, "m"))[1]?.split(/^[A-Z]\w+:$/m)[0] ?? "";
}

/** By the one finding that names its object, of the one rule meant for it. */
function expectRefused(findings: readonly string[], { name, rule, says }: Rogue): void {
    const own = findings.filter((text) => new RegExp(`\\b${name}\\b`).test(text));
    expect(own).toEqual([expect.stringMatching(new RegExp(`\\[mandatory\\][^\\n]* ${rule} `))]);
    for (const words of says) expect(own[0]).toMatch(words);
}
