import type { Writable } from "node:stream";
import { ArchiveReader } from "./archive";
import { PostgreSQLReader } from "./postgresql/reader";

/** Reads an uncompressed dump as it streams by; once the stream has finished, the dump is whole and all is told. */
export interface DumpReader extends Writable {
    /** Documents or rows by name, that of the database first. */
    readonly counts: ReadonlyMap<string, number>;
    readonly serverVersion: string;
    readonly toolVersion: string;
}

/** What writes dumps that can be proved whole. */
export const dumpFormats = ["mongodump", "postgresql"] as const;
export type DumpFormat = (typeof dumpFormats)[number];

export function dumpReader(format: DumpFormat): DumpReader {
    return format === "postgresql" ? new PostgreSQLReader() : new ArchiveReader();
}
