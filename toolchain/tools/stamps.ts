import * as fs from "node:fs";
import * as path from "node:path";

/** From where a tool came. */
export type Origin = "path" | "download" | "build";

/** What stands in the tools folder under a name: written after the binary is in place, so a stamp never lies. */
export interface Stamp {
    version: string;
    origin: Origin;
    /** The file behind it when it is a link. */
    file?: string;
}

const stampFile = (folder: string, name: string) => path.join(folder, ".stamps", `${name}.json`);

/** The stamp of a tool that is there and can be run; undefined when either is missing or unreadable. */
export function readStamp(folder: string, name: string): Stamp | undefined {
    try {
        fs.accessSync(path.join(folder, name), fs.constants.X_OK);
        return JSON.parse(fs.readFileSync(stampFile(folder, name), "utf8")) as Stamp;
    } catch {
        return undefined;
    }
}

export function writeStamp(folder: string, name: string, stamp: Stamp): void {
    const file = stampFile(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(stamp));
}

/** Puts a link to `file` under a name, replacing what is there in one move. */
export function linkInto(folder: string, name: string, file: string): void {
    fs.mkdirSync(folder, { recursive: true });
    const temporary = path.join(folder, `.${name}.${process.pid}`);
    fs.rmSync(temporary, { force: true });
    fs.symlinkSync(file, temporary);
    fs.renameSync(temporary, path.join(folder, name));
}
