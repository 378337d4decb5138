import fc from "fast-check";
import { UNKNOWN } from "../../../toolchain/standins/properties";
import { type CharacterSettings, randomCharacters } from "../../../toolchain/standins/random/characters";
import { randomId, randomOctets, randomUuid } from "../../../toolchain/standins/random/octets";
import { randomText } from "../../../toolchain/standins/random/text";

const kinds = { lower: /[a-z]/g, upper: /[A-Z]/g, numeric: /[0-9]/g, special: /[!@#$%&*()\-_=+[\]{}<>:?]/g };
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
const none: CharacterSettings = {
    length: 0,
    lower: false,
    upper: false,
    numeric: false,
    special: false,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
};

describe("random characters", () => {
    test("have the length, the minima, and no kind that was not asked for", () => {
        const minimum = fc.integer({ min: 0, max: 5 });
        const settings = fc
            .record({
                lower: fc.boolean(),
                upper: fc.boolean(),
                numeric: fc.boolean(),
                special: fc.boolean(),
                minLower: minimum,
                minUpper: minimum,
                minNumeric: minimum,
                minSpecial: minimum,
                length: fc.integer({ min: 20, max: 60 }),
            })
            .filter((each) => each.lower || each.upper || each.numeric || each.special);
        fc.assert(
            fc.property(settings, (each) => {
                const text = randomCharacters(each);
                expect(text).toHaveLength(each.length);
                const least = [each.minLower, each.minUpper, each.minNumeric, each.minSpecial];
                (Object.keys(kinds) as (keyof typeof kinds)[]).forEach((kind, index) => {
                    const found = count(text, kinds[kind]);
                    expect(found).toBeGreaterThanOrEqual(least[index]);
                    if (!each[kind]) expect(found).toBe(least[index]);
                });
            }),
        );
    });

    test("take the special characters that are given, of any script", () => {
        const text = randomCharacters({ ...none, length: 50, special: true, overrideSpecial: "é😀" });
        expect([...text]).toHaveLength(50);
        expect(text.replace(/[é😀]/gu, "")).toBe("");
    });

    test("favour no character: 62,000 draws of 62 stay within six standard deviations of 1,000", () => {
        const text = randomCharacters({ ...none, length: 62_000, lower: true, upper: true, numeric: true });
        const counts = new Map<string, number>();
        for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
        expect(counts.size).toBe(62);
        for (const each of counts.values()) expect(Math.abs(each - 1000)).toBeLessThan(190);
    });

    test("leave the required ones in no fixed place", () => {
        const places = new Set(
            Array.from({ length: 200 }, () =>
                randomCharacters({ ...none, length: 4, lower: true, minNumeric: 1 }).search(/[0-9]/),
            ),
        );
        expect([...places].sort()).toEqual([0, 1, 2, 3]);
    });

    test("are refused where no kind is chosen", () => {
        expect(() => randomCharacters({ ...none, length: 1 })).toThrow(RangeError);
    });
});

describe("RandomPassword and RandomString", () => {
    const password = randomText({ confidential: true });
    const reasons = (inputs: object) => password.validate({ ...inputs }).map(({ reason }) => reason);

    test.each([
        [{}, "length must be a whole number of at least 1; it is missing"],
        [{ length: 0 }, "length must be a whole number of at least 1; got 0"],
        [{ length: "8" }, 'length must be a whole number of at least 1; got "8"'],
        [{ length: 2, minLower: 3 }, "length 2 is less than minLower + minUpper + minNumeric + minSpecial (3)"],
        [
            { length: 2, lower: false, upper: false, number: false, special: false },
            "at least one of lower, upper, numeric and special must be true",
        ],
    ])("refuse %j: %s", (inputs, reason) => expect(reasons(inputs)).toEqual([reason]));

    test("let what is unknown at preview through", () => {
        expect(reasons({ length: UNKNOWN, minLower: UNKNOWN, special: UNKNOWN })).toEqual([]);
    });

    test("take `number` for `numeric`", () => {
        expect(password.normalise!({ length: 1, number: false })).toMatchObject({ numeric: false, number: false });
    });

    test("keep a password out of its id, and a string in it", async () => {
        const context = { urn: "", timeoutSeconds: 0 };
        expect((await password.create({ length: 8 }, context)).id).toBe("none");
        const { id, outputs } = await randomText({ confidential: false }).create({ length: 8 }, context);
        expect(outputs.result).toBe(id);
    });
});

describe("imported octets", () => {
    test("are read back in every spelling", () => {
        expect(randomId.adopt("p-,AP8")).toEqual({
            id: "AP8",
            inputs: { byteLength: 2, prefix: "p-" },
            outputs: { byteLength: 2, prefix: "p-", b64Std: "p-AP8=", b64Url: "p-AP8", hex: "p-00ff", dec: "p-255" },
        });
        expect(randomUuid.adopt("6BA7B810-9DAD-11D1-80B4-00C04FD430C8").id).toBe(
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        );
    });

    test.each([
        ["octets", () => randomOctets.adopt("not base64!")],
        ["an id", () => randomId.adopt("+/")],
        ["a UUID", () => randomUuid.adopt("1234")],
    ])("are refused where they are not %s", (_, adopt) => expect(adopt).toThrow(/is imported by its/));
});
