/** What a command says, kept whole and handed on line by line. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Said {
    readonly stdout: () => string;
    readonly stderr: () => string;
    /** Both streams as they came. */
    readonly both: () => string;
}

/** Keeps what comes on two streams; `onLine` is called with every line as it comes. */
export function listen(
    streams: { readonly stdout: Readable; readonly stderr: Readable },
    onLine: (stream: "stdout" | "stderr", line: string) => void,
): Said {
    const all: Buffer[] = [];
    const collect = (name: "stdout" | "stderr") => {
        const parts: Buffer[] = [];
        streams[name].on("data", (part: Buffer) => {
            parts.push(part);
            all.push(part);
        });
        createInterface({ input: streams[name] }).on("line", (line) => onLine(name, line));
        return () => text(parts);
    };
    return { stdout: collect("stdout"), stderr: collect("stderr"), both: () => text(all) };
}

function text(parts: readonly Buffer[]): string {
    return Buffer.concat(parts).toString("utf8");
}
