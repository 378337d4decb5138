import fc from "fast-check";
import { addressesOf, toCidrs } from "../../network";
import { covers, difference, has, intersection, intervalSet, union, type IntervalSet } from "../../network/intervals";

const sets = fc
    .array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 6 })
    .map((pairs) => intervalSet(pairs.map(([from, length]) => [from, from + length] as const)));

const members = (set: IntervalSet<number>) => Array.from({ length: 45 }, (_, value) => has(set, value));

test("set operations on intervals are those on their members", () => {
    fc.assert(
        fc.property(sets, sets, (a, b) => {
            const [inA, inB] = [members(a), members(b)];
            expect(members(union(a, b))).toEqual(inA.map((is, at) => is || inB[at]));
            expect(members(intersection(a, b))).toEqual(inA.map((is, at) => is && inB[at]));
            expect(members(difference(a, b))).toEqual(inA.map((is, at) => is && !inB[at]));
            expect(covers(a, b)).toBe(inB.every((is, at) => !is || inA[at]));
        }),
    );
});

test("a set has one form: sorted intervals that neither overlap nor touch", () => {
    fc.assert(
        fc.property(sets, sets, (a, b) => {
            for (const set of [union(a, b), intersection(a, b), difference(a, b)]) {
                set.forEach(([from, to], at) => expect(from < to && (at === 0 || set[at - 1][1] < from)).toBe(true));
            }
        }),
    );
});

test("the blocks of a set of addresses make up that set", () => {
    const block = fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })).map(([address, prefix]) => {
        const bits = address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
        const base = Math.floor(bits / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
        return { cidr: `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${prefix}` };
    });
    fc.assert(
        fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
            const set = addressesOf([...blocks, { cidr: "2001:db8::/32", except: ["2001:db8:1::/48"] }]);
            expect(addressesOf(toCidrs(set).map((cidr) => ({ cidr })))).toEqual(set);
        }),
    );
});
