import fc from "fast-check";
import { isQuantityPath, sameQuantity } from "../../../../toolchain/standins/kubernetes/quantity";

describe("quantities", () => {
    test.each([
        ["1024Mi", "1Gi"],
        ["0.5", "500m"],
        ["1", "1000m"],
        ["1e3", "1k"],
        ["100M", "100000k"],
        ["1.5Gi", "1536Mi"],
        [".5", "500m"],
        ["5.", "5"],
        ["+1", "1"],
        ["1000000n", "1m"],
    ])("%s is %s", (a, b) => {
        expect(sameQuantity(a, b)).toBe(true);
        expect(sameQuantity(b, a)).toBe(true);
    });

    test.each([
        ["1G", "1Gi"],
        ["1", "1m"],
        ["-1", "1"],
        ["1E", "1e"],
        ["", ""],
        ["abc", "abc"],
        [".", "."],
        ["1 Gi", "1Gi"],
    ])("%s is not the quantity %s", (a, b) => expect(sameQuantity(a, b)).toBe(false));

    test("a number of any scale is itself written a thousand times finer", () => {
        const steps: [string, string][] = [
            ["", "m"],
            ["k", ""],
            ["M", "k"],
            ["m", "u"],
            ["u", "n"],
        ];
        fc.assert(
            fc.property(fc.nat(1e12), fc.constantFrom(...steps), (amount, [coarse, fine]) => {
                expect(sameQuantity(`${amount}${coarse}`, `${amount}000${fine}`)).toBe(true);
                expect(sameQuantity(`${amount}${coarse}`, `${amount + 1}${coarse}`)).toBe(false);
            }),
        );
    });

    test("stand in resource lists and size limits, not under labels or in environment variables", () => {
        expect(isQuantityPath(["spec", "containers", 0, "resources", "limits", "cpu"])).toBe(true);
        expect(isQuantityPath(["spec", "volumes", 0, "emptyDir", "sizeLimit"])).toBe(true);
        expect(isQuantityPath(["metadata", "labels", "cpu"])).toBe(false);
        expect(isQuantityPath(["env", 0, "value"])).toBe(false);
    });
});
