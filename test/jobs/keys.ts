import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** A pair of age keys; the identity's file is as age-keygen writes it. */
export interface Key {
    recipient: string;
    identityFile: string;
}

/** Makes a pair with Debian's age-keygen. */
export function makeKey(folder: string, name: string): Key {
    const identityFile = path.join(folder, `${name}.age-identity`);
    execFileSync("age-keygen", ["-o", identityFile], { stdio: "ignore" });
    const [, recipient] = /^# public key: (\S+)$/m.exec(fs.readFileSync(identityFile, "utf8")) ?? [];
    return { recipient, identityFile };
}

/** Decrypts with Debian's age. */
export function decryptWithAge(bytes: Buffer, { identityFile }: Key): Buffer {
    return execFileSync("age", ["--decrypt", "--identity", identityFile], { input: bytes, maxBuffer: 1 << 28 });
}
