import { rows } from "./documents";
import type { Subject } from "./subject";

interface Preview {
    readonly steps: readonly { readonly op: string; readonly urn: string }[];
}

/** A row more that nothing listens for: what `make preview` plans, and what a review of it says. */
export function reviewsARow(subject: Subject): void {
    const { folder, listener, cache } = subject;
    const second = cache.port + 1;
    const matrix = `${folder}/matrix.md`;
    const file = "preview.json";

    describe("a row that nothing realises", () => {
        let changed: string[];
        let line: number;
        let review: string;

        beforeAll(async () => {
            const { project } = subject;
            const row = rows(listener.title, cache.title);
            line = row.line(project.read(matrix)) + 1;
            const git = "git -c user.name=a -c user.email=a@example.org";
            await project.must(`git init -q -b main && git add platforms test/golden && ${git} commit -qm before`);
            review = await project.with(
                matrix,
                (text) => row.again(text, cache.port, second),
                async () => {
                    await project.must(`make preview JSON=${file}`);
                    return project.must(`node dist/matrice.js review main --preview ${file}`);
                },
            );
            const { steps } = JSON.parse(project.read(file)) as Preview;
            changed = steps
                .filter(({ op }) => op !== "same" && op !== "read")
                .map(({ urn }) => urn.split("::").slice(-2).join(" "));
        });

        it("changes policies, and what Prometheus and the cluster's admission know of rows, and nothing else", () => {
            expect(changed.join()).toMatch(/NetworkPolicy/);
            // Prometheus knows each row as a series.
            const known =
                /NetworkPolicy|ConfigMap (prometheus-rules|admission-parameters)|AdmissionPolicy|StatefulSet prometheus$/;
            expect(changed.filter((name) => !known.test(name))).toEqual([]);
        });

        it("is told by a review: what opens, by which row, and what does not listen there yet", () => {
            expect(review).toContain("- **1 opening**; 0 closings.\n");
            const ends = [listener.title, cache.title].map((title) => `<code>${title}</code>`).join(" | ");
            expect(review).toContain(`| **widened** | ${ends} | ${second}/TCP | <code>${matrix}:${line}</code> |`);
            expect(review).toContain(
                `Not realised: ${listener.title} → ${cache.title} ${second}/TCP (matrix.md:${line}).`,
            );
        });

        it("is told by a review: what the preview changes and replaces, and nothing that it deletes", () => {
            const [counted] = review.match(/^- Preview of stack .*$/m) ?? [];
            expect(counted).toMatch(
                new RegExp(`<code>${subject.stack}</code>: \\d+ changed, 2 replaced, \\d+ unchanged\\.$`),
            );
            for (const role of [listener, cache])
                expect(review).toContain(
                    `| <code>isolation</code> | changed | <code>${subject.named("NetworkPolicy", role.name)}</code> |`,
                );
        });
    });
}
