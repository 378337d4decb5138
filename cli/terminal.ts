import { displayWidth } from "../matrix/width";

/** Where a command writes, so that tests can read what it wrote. */
export interface Terminal {
    out(text: string): void;
    err(text: string): void;
    readonly outIsTerminal: boolean;
    readonly errIsTerminal: boolean;
    readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A mistake in how a command was used, or in the files it was given: exit code 2. The message says what would be right. */
export class UsageError extends Error {}

/** 0: nothing to report; 1: findings; 2: the command could not do what was asked. */
export type ExitCode = 0 | 1 | 2;

/** Whether to colour what goes to a stream: on a terminal that can, unless NO_COLOR is set (https://no-color.org). */
export function colours(isTerminal: boolean, environment: Terminal["environment"]): boolean {
    return isTerminal && !environment.NO_COLOR && environment.TERM !== "dumb";
}

/** Columns aligned by what a terminal shows, two spaces apart; the last column is as long as it is. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
    const widths = header.map((title, column) =>
        Math.max(...[title, ...rows.map((row) => row[column])].map(displayWidth)),
    );
    const line = (cells: readonly string[]) =>
        cells
            .map((cell, column) => cell + " ".repeat(widths[column] - displayWidth(cell)))
            .join("  ")
            .trimEnd();
    return [header, ...rows].map((row) => `${line(row)}\n`).join("");
}

/** "1 flow", "33 flows". */
export function count(number: number, noun: string): string {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
