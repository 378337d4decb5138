import fc from "fast-check";
import {
    type PortCell,
    PortSyntaxError,
    type Transport,
    parsePortCell,
    printPortCell,
    rangesCover,
    rangesOverlap,
    sortRanges,
} from "../../matrix";

const port = fc.integer({ min: 1, max: 65535 });
const range = fc.tuple(port, port).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const transports = fc.uniqueArray(fc.constantFrom<Transport>("TCP", "UDP", "SCTP"), { minLength: 1, maxLength: 3 });
const items = fc.oneof(
    fc.array(
        range.map((one) => ({ ...one, transports: [] as Transport[] })),
        { minLength: 1, maxLength: 6 },
    ),
    fc.array(
        fc.tuple(range, transports).map(([one, said]) => ({ ...one, transports: said })),
        { minLength: 1, maxLength: 6 },
    ),
);
const cell: fc.Arbitrary<PortCell> = fc.record({
    items,
    notes: fc.array(fc.constantFrom("ou autre port SMTP", "chiffré", "voir l'annexe"), { maxLength: 2 }),
    marks: fc.subarray(["*", "†"], { maxLength: 1 }),
});
/** Text made of what the grammar knows, in any order. */
const piece = fc.constantFrom(
    "80",
    "443",
    "65536",
    "0",
    "-",
    "/",
    ",",
    ";",
    " ",
    "TCP",
    "udp",
    "(",
    ")",
    "*",
    "et",
    "à",
    ":",
    "Port",
    "\n",
    "six",
    "é",
);
const nearlyCells = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

/** What a text reads as, or undefined when it is refused; anything thrown but a PortSyntaxError fails the test. */
function read(text: string): PortCell | undefined {
    try {
        return parsePortCell(text);
    } catch (error) {
        if (!(error instanceof PortSyntaxError)) throw error;
        expect(error.offset).toBeGreaterThanOrEqual(0);
        expect(error.offset).toBeLessThanOrEqual(text.length);
        return undefined;
    }
}

describe("the port grammar", () => {
    test("reads back every cell that it prints", () => {
        fc.assert(
            fc.property(cell, (one) => {
                expect(parsePortCell(printPortCell(one))).toEqual(one);
            }),
        );
    });

    test("refuses what it cannot read with a PortSyntaxError and nothing else", () => {
        fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => void read(text)));
        fc.assert(
            fc.property(nearlyCells, (text) => void read(text)),
            { numRuns: 2000 },
        );
    });

    test("yields real ports whenever it accepts", () => {
        fc.assert(
            fc.property(nearlyCells, (text) => {
                const found = read(text);
                if (!found) return;
                expect(found.items.length > 0).toBe(found.portSet === undefined);
                for (const { from, to } of found.items) {
                    expect(1 <= from && from <= to && to <= 65535).toBe(true);
                }
            }),
            { numRuns: 2000 },
        );
    });

    test("opens only numbers that the cell writes", () => {
        fc.assert(
            fc.property(nearlyCells, (text) => {
                const written: string[] = text.match(/\d+/g) ?? [];
                for (const { from, to } of read(text)?.items ?? []) {
                    expect(written).toContain(String(from));
                    expect(written).toContain(String(to));
                }
            }),
            { numRuns: 2000 },
        );
    });

    test("does not mind spaces around separators", () => {
        fc.assert(
            fc.property(cell, (one) => {
                const spaced = printPortCell(one).replace(/([-,/])/g, " $1 ");
                expect(parsePortCell(spaced).items).toEqual(one.items);
            }),
        );
    });
});

describe("sets of ranges", () => {
    const ranges = fc.array(range, { minLength: 1, maxLength: 5 });

    test("keep their ports when sorted", () => {
        fc.assert(
            fc.property(ranges, (some) => {
                expect(rangesCover(sortRanges(some), some) && rangesCover(some, sortRanges(some))).toBe(true);
                expect(sortRanges(sortRanges(some))).toEqual(sortRanges(some));
            }),
        );
    });

    test("overlap whichever comes first, and whatever covers overlaps", () => {
        fc.assert(
            fc.property(ranges, ranges, (some, others) => {
                expect(rangesOverlap(some, others)).toBe(rangesOverlap(others, some));
                if (rangesCover(some, others)) expect(rangesOverlap(some, others)).toBe(true);
            }),
        );
    });
});
