import { createHash } from "node:crypto";

/** Size and SHA-256 of bytes that pass by. */
export class Digest {
    size = 0;
    private readonly hash = createHash("sha256");

    update(chunk: Uint8Array): void {
        this.size += chunk.length;
        this.hash.update(chunk);
    }

    /** Lower-case hexadecimal; to be asked once, at the end. */
    sha256(): string {
        return this.hash.digest("hex");
    }
}
