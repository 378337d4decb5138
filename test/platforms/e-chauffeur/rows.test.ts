import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadPlatform, type Matrix } from "../../../matrix";
import type { KubernetesObject } from "../../../network";
import { objects, type Registered } from "../../components/render";
import { renderStack } from "../render-stack";
import { rowEffects, whateverTheRow } from "./row-effects";

const documents = join(__dirname, "../../../platforms/e-chauffeur");
const matrixText = readFileSync(join(documents, "matrix.md"), "utf8");

/** The rows as a reader sees them, with nothing of matrix/. */
const rows = matrixText.split("\n").filter((line) => /^\|/.test(line) && !/^\| *Source|^\|-/.test(line));

let folder: string;

beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rows-"));
    cpSync(documents, folder, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

function matrixOf(text: string): Matrix {
    writeFileSync(join(folder, "matrix.md"), text);
    return loadPlatform(folder);
}

/** Objects by kind and name, without the part of a name that follows the contents. */
async function rendered(text: string): Promise<Map<string, string>> {
    const matrix = matrixOf(text);
    const { resources } = await renderStack("dev", () => matrix);
    // By the manifest's own name where it has one: others are named by Pulumi, after the resource.
    const key = ({ type, name, inputs }: Registered) =>
        `${type.split(":").at(-1)} ${(inputs.metadata as { name?: string } | undefined)?.name ?? name}`;
    return new Map(
        resources
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map((resource) => [key(resource), JSON.stringify(objects([resource])[0] as KubernetesObject)]),
    );
}

function changed(before: Map<string, string>, after: Map<string, string>): string[] {
    const keys = new Set([...before.keys(), ...after.keys()]);
    return [...keys].filter((key) => before.get(key) !== after.get(key)).sort();
}

describe("a row of the e-chauffeur matrix", () => {
    it("stands in the table of effects, each of the 33", () => {
        expect(rows).toHaveLength(33);
        expect(rowEffects.map(({ row }) => row)).toEqual(rows.map((line) => line.split("|").slice(1, 4).join("|")));
    });

    describe("taken out alone", () => {
        let whole: Map<string, string>;

        beforeAll(async () => {
            whole = await rendered(matrixText);
        });

        it.each(rowEffects.filter(({ refused }) => !refused))(
            "changes what it holds up and nothing else: $row",
            async ({ row, changes }) => {
                const text = matrixText.replace(`|${row}|`, "\u0000").replace(/^\u0000.*\n/m, "");
                expect(changed(whole, await rendered(text))).toEqual(
                    [...new Set([...changes, ...whateverTheRow])].sort(),
                );
            },
        );

        it.each(rowEffects.filter(({ refused }) => refused))(
            "is refused while an annex row serves it: $row",
            ({ row, refused }) => {
                const text = matrixText.replace(`|${row}|`, "\u0000").replace(/^\u0000.*\n/m, "");
                expect(() => matrixOf(text)).toThrow(refused);
            },
        );
    });

    it("that adds a second port of Redis changes policies, and what Prometheus knows of rows", async () => {
        const text = matrixText.replace(/^(\|API\|Redis\|6379\|.*\n)/m, "$1|API|Redis|6380|TCP|A second Redis|\n");
        expect(changed(await rendered(matrixText), await rendered(text))).toEqual([
            ...whateverTheRow.slice(0, 1),
            "NetworkPolicy api",
            "NetworkPolicy redis",
            ...whateverTheRow.slice(1),
        ]);
    });
});
