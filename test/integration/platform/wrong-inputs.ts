import { wrongInputs } from "../wrong-inputs";
import { withoutPack, type Subject } from "./subject";

/** Documents, settings and clusters that can't be used. */
export function refusesWrongInputs(subject: Subject): void {
    const { stack, folder } = subject;

    describe("a wrong input", () => {
        it.each(wrongInputs(subject))(
            "is refused at its place and changes nothing: $title",
            async ({ file, change, says }) => {
                const { project } = subject;
                const before = project.state();
                const up = await project.with(file, change, () =>
                    project.run(`pulumi up --stack ${stack} --yes`, withoutPack),
                );
                expect(up.code).not.toBe(0);
                for (const words of says) expect(up.output).toMatch(words);
                expect(up.output).not.toMatch(/^\s+at .*\.ts:\d+/m); // no stack trace
                expect(project.state()).toBe(before);
            },
        );

        it("is not a document with Windows line ends, a byte order mark and a refused row, which opens nothing", async () => {
            const { front, database } = subject;
            const refused =
                "\n\n| Source | Destination | Port | Protocole | Statut |\n|---|---|---|---|---|\n" +
                `|${front.title}|${database.title}|${database.port}|TCP|Refusé|\n`;
            const windows = (text: string) => "\uFEFF" + (text + refused).replace(/\n/g, "\r\n");
            await subject.project.with(`${folder}/matrix.md`, windows, () =>
                subject.project.must(`pulumi preview --stack ${stack} --expect-no-changes`, withoutPack),
            );
        });

        it("is a cluster that does not answer: a message and a mend, no hang", async () => {
            const preview = await subject.project.with(
                `.tools/clusters/${stack}/kubeconfig`,
                (text) => text.replace(/server: .*/, "server: https://127.0.0.1:9"),
                () => subject.project.run(`pulumi preview --stack ${stack}`, {}, 60),
            );
            expect(preview.code).not.toBe(0);
            expect(preview.output).toMatch(/unreachable/);
            expect(preview.output).toMatch(/make up|kubeconfig/);
        });
    });
}
