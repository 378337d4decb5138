import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPlatform, type Matrix } from "../../matrix";
import type { KubernetesObject } from "../../network";
import { objects, type Registered } from "../components/render";
import { renderStack } from "./render-stack";

/**
 * What a row holds up: the objects that change, come or go when the row alone is taken out of matrix.md. Written by hand
 * from the documents, so that it stands apart from the code that derives the objects.
 */
export interface RowEffect {
    /** The row's first three cells, without bold and blanks. */
    readonly row: string;
    /** `Kind name` of the objects. */
    readonly changes: readonly string[];
    /** The platform without the row makes no sense: what the refusal must name. */
    readonly refused?: RegExp;
}

/** A copy of a platform's documents, whose matrix is changed row by row. */
export class Documents {
    private readonly folder = mkdtempSync(join(tmpdir(), "rows-"));
    private readonly lines: readonly string[];
    /** The rows as a reader sees them, with nothing of matrix/. */
    readonly rows: readonly string[];

    constructor(
        platform: string,
        private readonly stack: string,
    ) {
        const documents = join(__dirname, "../../platforms", platform);
        cpSync(documents, this.folder, { recursive: true });
        this.lines = readFileSync(join(documents, "matrix.md"), "utf8").split("\n");
        this.rows = this.lines.map(rowOf).filter((row) => row !== undefined);
    }

    remove(): void {
        rmSync(this.folder, { recursive: true });
    }

    /** The matrix with other lines in place of a row; without it when there are none. */
    replaced(row: string, ...lines: string[]): string {
        return this.lines.flatMap((line) => (rowOf(line) === row ? lines : [line])).join("\n");
    }

    get text(): string {
        return this.lines.join("\n");
    }

    matrix(text: string): Matrix {
        writeFileSync(join(this.folder, "matrix.md"), text);
        return loadPlatform(this.folder);
    }

    /** Objects by kind and name, without the part of a name that follows the contents. */
    async rendered(text: string): Promise<Map<string, string>> {
        const matrix = this.matrix(text);
        const { resources } = await renderStack(this.stack, () => matrix);
        // By the manifest's own name where it has one: others are named by Pulumi, after the resource.
        const key = ({ type, name, inputs }: Registered) =>
            `${type.split(":").at(-1)} ${(inputs.metadata as { name?: string } | undefined)?.name ?? name}`;
        return new Map(
            resources
                .filter(({ type }) => type.startsWith("kubernetes:"))
                .map((resource) => [key(resource), JSON.stringify(objects([resource])[0] as KubernetesObject)]),
        );
    }
}

/** The names of the objects that two renderings do not have alike. */
export function changed(before: Map<string, string>, after: Map<string, string>): string[] {
    const keys = new Set([...before.keys(), ...after.keys()]);
    return [...keys].filter((key) => before.get(key) !== after.get(key)).sort();
}

function rowOf(line: string): string | undefined {
    if (!line.startsWith("|") || /^\|[ *]*Source|^\|[ -]*-\|?/.test(line)) return undefined;
    return line
        .split("|")
        .slice(1, 4)
        .map((cell) => cell.replace(/^ *(?:\*\*)?|(?:\*\*)? *$/g, ""))
        .join("|");
}

/** Takes out each row alone, and compares what changes with the table; `always` is what any row changes. */
export function testRows(
    documents: Documents,
    count: number,
    effects: readonly RowEffect[],
    always: readonly string[],
) {
    it(`stands in the table of effects, each of the ${count}`, () => {
        expect(documents.rows).toHaveLength(count);
        expect(effects.map(({ row }) => row)).toEqual(documents.rows);
    });

    describe("taken out alone", () => {
        let whole: Map<string, string>;

        beforeAll(async () => {
            whole = await documents.rendered(documents.text);
        });

        it.each(effects.filter(({ refused }) => !refused))(
            "changes what it holds up and nothing else: $row",
            async ({ row, changes }) => {
                const without = await documents.rendered(documents.replaced(row));
                expect(changed(whole, without)).toEqual([...new Set([...changes, ...always])].sort());
            },
        );

        it.each(effects.filter(({ refused }) => refused))(
            "is refused while something needs it: $row",
            async ({ row, refused }) => {
                await expect(documents.rendered(documents.replaced(row))).rejects.toThrow(refused);
            },
        );
    });
}
