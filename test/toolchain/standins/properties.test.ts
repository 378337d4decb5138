import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
    decode,
    differences,
    encode,
    hasSecret,
    hasUnknown,
    mask,
    type Properties,
    reveal,
    Secret,
    secretTexts,
    topLevel,
    UNKNOWN,
} from "../../../toolchain/standins/properties";

const sample: Properties = {
    text: "a",
    list: [1, null, { deep: new Secret({ inner: [true, UNKNOWN] }) }],
    unknown: UNKNOWN,
};

describe("properties on the wire", () => {
    test("come back as they were, secrets and unknowns included", () => {
        expect(decode(encode(sample))).toEqual(sample);
    });

    test("are written with the marks the engine knows", () => {
        expect(encode({ s: new Secret("x"), u: UNKNOWN, left: undefined }).toJavaScript()).toEqual({
            s: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "x" },
            u: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        });
    });

    test("read an absent struct as empty, and the unknown of any type", () => {
        expect(decode(undefined)).toEqual({});
        expect(decode(Struct.fromJavaScript({ n: "3eeb2bf0-c639-47a8-9e75-3b44932eb421" }))).toEqual({ n: UNKNOWN });
    });
});

describe("secrets", () => {
    test("are found at any depth, and revealed without their marks", () => {
        expect([hasSecret(sample), hasUnknown(sample), hasSecret({ a: ["b"] })]).toEqual([true, true, false]);
        expect(reveal({ a: [new Secret(new Secret("b"))] })).toEqual({ a: ["b"] });
    });

    test("are listed longest first, with the lines of a text of several, and nothing that is not secret", () => {
        const value = { open: "open", key: new Secret("-----\nabcdef\n}\n"), pair: [new Secret({ n: 1234567890123 })] };
        expect(secretTexts(value)).toEqual(["1234567890123", "-----\nabcdef\n}", "abcdef", "-----"].sort(byLength));
    });

    test("are masked wherever they stand, the longer before what they contain", () => {
        expect(mask("abcd abc", secretTexts([new Secret("abc"), new Secret("abcd")]))).toBe("[secret] [secret]");
    });

    test("that are empty or blank mask nothing", () => {
        expect(secretTexts([new Secret(""), new Secret(" \n")])).toEqual([]);
    });
});

function byLength(a: string, b: string): number {
    return b.length - a.length;
}

describe("differences", () => {
    const changes = (before: object, after: object) => Object.fromEntries(differences({ ...before }, { ...after }));

    test("are none between a value and the same value as a secret, or between absent and null", () => {
        expect(changes({ a: "x", n: null }, { a: new Secret("x") })).toEqual({});
    });

    test("name the innermost path and the kind of change", () => {
        const before = { same: 1, gone: 1, list: ["a", "b"], map: { x: 1, "dotted.name": 1 } };
        const after = { same: 1, come: 1, list: ["a", "c", "d"], map: { x: 2, "dotted.name": 2 } };
        expect(changes(before, after)).toEqual({
            gone: "delete",
            come: "add",
            "list[1]": "update",
            "list[2]": "add",
            "map.x": "update",
            'map["dotted.name"]': "update",
        });
    });

    test("take an unknown for a change, whatever was there", () => {
        expect(changes({ a: "x" }, { a: UNKNOWN })).toEqual({ a: "update" });
    });

    test("pass over the engine's own names", () => {
        expect(changes({ __defaults: [] }, { __defaults: ["x"] })).toEqual({});
    });

    test("compare assets by content", () => {
        const asset = (hash: string, path: string) => ({
            a: { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash, path },
        });
        expect(changes(asset("1", "here"), asset("1", "there"))).toEqual({});
        expect(changes(asset("1", "here"), asset("2", "here"))).toEqual({ a: "update" });
    });

    test.each([
        ["a", "a"],
        ["environment.NAME", "environment"],
        ["triggers[0]", "triggers"],
        ['environment["a.b"]', "environment"],
    ])("belong to a property: %s to %s", (path, property) => expect(topLevel(path)).toBe(property));
});
