import { ArchiveError } from "../failure";
import type { Pieces } from "../pieces";

const BLOCK = 512;

/**
 * Reads a tar of plain files as it comes by. Its end, two empty blocks, must be there and be the last.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 (ustar)
 *
 * Throws ArchiveError where it is cut off, or none.
 */
export function* readTar(
    pieces: Pieces,
    begin: (name: string) => { write(part: Buffer): void; end(): void },
    end: () => void,
): Generator<void, void> {
    let place = "its first header";
    try {
        for (;;) {
            const block = yield* pieces.exactly(BLOCK);
            if (block.every((byte) => byte === 0)) break;
            const { name, size } = header(block);
            place = name;
            const file = begin(name);
            for (let left = size; left > 0;) {
                const part = yield* pieces.upTo(left);
                left -= part.length;
                file.write(part);
            }
            file.end();
            yield* pieces.exactly((BLOCK - (size % BLOCK)) % BLOCK);
        }
        place = "its end";
        const last = yield* pieces.exactly(BLOCK);
        if (last.some((byte) => byte !== 0)) throw new ArchiveError("The dump goes on where its end should be.");
        if (!(yield* pieces.atEnd())) throw new ArchiveError("The dump goes on after its end.");
        end();
    } catch (error) {
        if (error instanceof RangeError) throw new ArchiveError(`The dump stops in the middle of ${place}.`);
        throw error;
    }
}

function header(block: Buffer): { name: string; size: number } {
    const text = (from: number, to: number) => block.toString("latin1", from, to).replace(/\0.*$/s, "").trim();
    const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    if (text(257, 262) !== "ustar" || parseInt(text(148, 156), 8) !== sum)
        throw new ArchiveError("The dump does not begin as a tar does, or is damaged.");
    if (text(156, 157) !== "0") throw new ArchiveError("The dump holds what is no plain file.");
    return { name: text(0, 100), size: parseInt(text(124, 136), 8) };
}
