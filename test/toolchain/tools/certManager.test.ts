import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { certManagerVersion, joinDefinitions, joinObjects } from "../../../toolchain/tools/certManager";

describe("certManagerVersion", () => {
    it("is the one that go.mod requires, on a line of its own or in a block", () => {
        const line = "require github.com/cert-manager/cert-manager v1.2.3\n";
        const block = "require (\n\tgithub.com/cert-manager/cert-manager v1.2.3\n)\n";
        expect([line, block].map((text) => certManagerVersion(text))).toEqual(["v1.2.3", "v1.2.3"]);
    });

    it("is in the committed go.mod", () => {
        expect(certManagerVersion()).toMatch(/^v\d+\.\d+\.\d+$/);
    });
});

describe("joinDefinitions", () => {
    it("makes one list of a folder's YAML files, by name, whatever else is there", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "definitions-"));
        fs.writeFileSync(path.join(folder, "b.yaml"), "b: 1\n");
        fs.writeFileSync(path.join(folder, "a.yaml"), "---\na: 1\n\n");
        fs.writeFileSync(path.join(folder, "README.md"), "no");
        expect(joinDefinitions(folder)).toBe(`[{"a":1},{"b":1}]\n`);
        fs.rmSync(folder, { recursive: true });
    });

    it("leaves out descriptions, and keeps a field of that name", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "definitions-"));
        fs.writeFileSync(
            path.join(folder, "a.yaml"),
            "properties:\n  description: { type: string, description: Words }\n",
        );
        expect(joinDefinitions(folder)).toBe(`[{"properties":{"description":{"type":"string"}}}]\n`);
        fs.rmSync(folder, { recursive: true });
    });
});

describe("joinObjects", () => {
    it("makes one list of a stream of objects, by kind and name, whatever their order", () => {
        const [a, b, c] = [
            "kind: Role\nmetadata: { name: b }",
            "kind: Role\nmetadata: { name: a }",
            "kind: Deployment\nmetadata: { name: z }",
        ];
        const text = joinObjects([a, b, c].join("\n---\n"));
        expect((JSON.parse(text) as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)).toEqual([
            "z",
            "a",
            "b",
        ]);
        expect(joinObjects(["# Source: chart", c, "", b, a].join("\n---\n"))).toBe(text);
    });
});
