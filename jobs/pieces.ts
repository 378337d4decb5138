/**
 * Bytes that come in pieces, for a parser written as a generator: it yields wherever it waits for more, and is resumed
 * when they are there. What it was given is its own until it asks again.
 */
export class Pieces {
    ended = false;
    private held: Buffer = Buffer.alloc(0);

    add(piece: Buffer): void {
        this.held = this.held.length === 0 ? piece : Buffer.concat([this.held, piece]);
    }

    /** So many bytes. Throws RangeError when the end comes before. */
    *exactly(count: number): Generator<void, Buffer> {
        while (this.held.length < count) {
            if (this.ended) throw new RangeError("the end comes too early");
            yield;
        }
        return this.cut(count);
    }

    /** What is there, at least one byte and no more than so many. Throws RangeError at the end. */
    *upTo(count: number): Generator<void, Buffer> {
        while (this.held.length === 0) {
            if (this.ended) throw new RangeError("the end comes too early");
            yield;
        }
        return this.cut(Math.min(count, this.held.length));
    }

    /** Whether nothing comes any more. */
    *atEnd(): Generator<void, boolean> {
        while (this.held.length === 0 && !this.ended) yield;
        return this.held.length === 0;
    }

    private cut(count: number): Buffer {
        const bytes = this.held.subarray(0, count);
        this.held = this.held.subarray(count);
        return bytes;
    }
}

/** A parser with the pieces it reads. */
export class Parser {
    private readonly pieces = new Pieces();
    private readonly steps: Generator<void, void>;
    private done = false;

    constructor(parse: (pieces: Pieces) => Generator<void, void>) {
        this.steps = parse(this.pieces);
    }

    /** Throws what the parser throws; bytes after its end are for it to refuse. */
    write(piece: Buffer): void {
        this.pieces.add(piece);
        this.step();
    }

    end(): void {
        this.pieces.ended = true;
        this.step();
    }

    private step(): void {
        if (!this.done) this.done = this.steps.next().done === true;
    }
}
