/** Changes to a platform's documents, whatever the order of their columns and the blanks in their cells. */
export interface RowChanges {
    /** The number of its line. */
    readonly line: (text: string) => number;
    /** Changes what stands in the row's line. */
    readonly edit: (text: string, change: (row: string) => string) => string;
    /** Adds the row once more, on another port. */
    readonly again: (text: string, port: number, other: number) => string;
}

/** The one row from a source to a destination in the text of a matrix. */
export function rows(source: string, destination: string): RowChanges {
    const cell = (name: string) => String.raw`[ *]*${name}[ *]*`;
    const row = new RegExp(String.raw`^\|${cell(source)}\|${cell(destination)}\|.*$`, "m");
    const edit: RowChanges["edit"] = (text, change) => text.replace(row, change);
    return {
        edit,
        line: (text) => text.slice(0, text.search(row)).split("\n").length,
        again: (text, port, other) => edit(text, (found) => `${found}\n${found.replace(String(port), String(other))}`),
    };
}
