import { diffGolden, withoutSecrets } from "../../../cli/review/golden-diff";
import type { Revision } from "../../../cli/repository";

const revision = (files: Record<string, string>): Revision => ({
    name: "revision",
    read: (path) => files[path],
    list: () => Object.keys(files),
});

const secret = (data: string) =>
    `# kubernetes:core/v1:Secret keys\napiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\n${data}type: Opaque\n`;
const configMap = (value: string) =>
    `# kubernetes:core/v1:ConfigMap settings\napiVersion: v1\nimmutable: true\nkind: ConfigMap\ndata:\n  key: ${value}\n`;

describe("the diff of rendered objects", () => {
    test("names the resource in each hunk's heading", () => {
        const before = [configMap("one"), secret("")].join("---\n");
        const after = [configMap("two"), secret("")].join("---\n");
        const [diff] = diffGolden(revision({ "g/a.yaml": before }), revision({ "g/a.yaml": after }), "g");
        expect(diff).toMatchObject({ file: "g/a.yaml", added: 1, removed: 1 });
        expect(diff.text).toContain("-  key: one\n+  key: two\n");
        expect(diff.text).toMatch(/^@@ .* @@ kubernetes:core\/v1:ConfigMap settings$/m);
    });

    test("of equal files, or of what only Secrets hold, is none", () => {
        const [before, after] = ["one", "two"].map((value) => secret(`stringData:\n  key: ${value}\n`));
        expect(diffGolden(revision({ "g/a.yaml": before }), revision({ "g/a.yaml": after }), "g")).toEqual([]);
        expect(diffGolden(revision({ "g/a.yaml": before }), revision({ "g/a.yaml": before }), "g")).toEqual([]);
    });

    test("leaves out files below the folder and of other kinds", () => {
        const files = { "g/more/a.yaml": "# a b\n", "g/a.test.ts": "# a b\n" };
        expect(diffGolden(revision({}), revision(files), "g")).toEqual([]);
    });

    test.each([
        ["plain values", "data:\n  key: c2VjcmV0\nstringData:\n  other: secret\n"],
        ["blocks of lines", "stringData:\n  key: |-\n    secret\n\n    secret again\n  other: x\n"],
        ["values in braces", "data: { key: secret }\n"],
        ["quoted keys", 'stringData:\n  "key: x": secret\n'],
    ])("masks what a Secret holds as %s", (_, data) => {
        const text = withoutSecrets([secret(data), configMap("seen")].join("---\n"));
        expect(text).not.toMatch(/c2VjcmV0|: secret|secret again/);
        expect(text).toContain("(secret)");
        expect(text).toContain("key: seen");
        expect(text).toContain("type: Opaque");
    });
});
