/** Quantities of Kubernetes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */

const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** Powers of ten. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** Objects whose fields are quantities. */
const quantityRecords = new Set([
    "requests",
    "limits",
    "capacity",
    "allocatable",
    "hard",
    "min",
    "max",
    "default",
    "defaultRequest",
    "maxLimitRequestRatio",
    "overhead",
    "podFixed",
]);
const quantityFields = new Set(["sizeLimit", "divisor", "averageValue"]);

/** Whether the field at this path holds a quantity, which the server writes in its own way (`1024Mi` becomes `1Gi`). */
export function isQuantityPath(path: readonly (string | number)[]): boolean {
    const last = path.at(-1);
    const parent = path.at(-2);
    return quantityFields.has(String(last)) || quantityRecords.has(String(parent));
}

/** Whether two texts are the same amount: `0.5` and `500m`, `1024Mi` and `1Gi`. Texts that are no quantity never are. */
export function sameQuantity(a: unknown, b: unknown): boolean {
    const left = nanos(a);
    return left !== undefined && left === nanos(b);
}

/** The amount in billionths, the finest that Kubernetes keeps. */
function nanos(value: unknown): bigint | undefined {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,2})?$/.exec(
        String(value).trim(),
    );
    if (!match || (!match[2] && !match[3])) return undefined;
    const [, sign, whole, fraction = "", suffix = ""] = match;
    const digits = BigInt(`${whole}${fraction}`);
    const binaryPower = binary.indexOf(suffix);
    const factor = binaryPower >= 0 ? 1024n ** BigInt(binaryPower + 1) : 1n;
    const exponent = (binaryPower >= 0 ? 0 : (decimal[suffix] ?? Number(suffix.slice(1)))) - fraction.length + 9;
    const amount =
        exponent >= 0
            ? digits * factor * 10n ** BigInt(exponent)
            : ceilingDivision(digits * factor, 10n ** BigInt(-exponent));
    return sign === "-" ? -amount : amount;
}

/** What is finer than a billionth is rounded up, as the server does. */
function ceilingDivision(amount: bigint, divisor: bigint): bigint {
    return (amount + divisor - 1n) / divisor;
}
