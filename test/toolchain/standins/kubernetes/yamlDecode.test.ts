import { decodeYaml } from "../../../../toolchain/standins/kubernetes/yamlDecode";

describe("a manifest", () => {
    test("may hold several documents, empty ones and lists", () => {
        const manifest = "kind: A\n---\n# nothing\n---\nkind: List\nitems: [{ kind: B }, { kind: C }]\n---\nkind: D\n";
        expect(decodeYaml(manifest)).toEqual([{ kind: "A" }, { kind: "B" }, { kind: "C" }, { kind: "D" }]);
    });

    test.each([
        ["0644", 420],
        ["yes", true],
        ['"yes"', "yes"],
        ["2026-01-02", "2026-01-02"],
        ["12:30:45", "12:30:45"],
        ["1.50", 1.5],
        ["0x10", 16],
        ["~", null],
    ])("reads %s as Kubernetes does", (text, value) => expect(decodeYaml(`a: ${text}`)).toEqual([{ a: value }]));

    test("anchors and merge keys are resolved", () =>
        expect(decodeYaml("one: &x { a: 1 }\ntwo: { <<: *x, b: 2 }")).toEqual([
            { one: { a: 1 }, two: { a: 1, b: 2 } },
        ]));

    test("that is no YAML is refused with the line", () => expect(() => decodeYaml("a: 1\nb: [\n")).toThrow(/line 3/));

    test("that is empty holds nothing", () => expect(decodeYaml("")).toEqual([]));
});
