/** RandomBytes, RandomId and RandomUuid: random octets in several spellings. */
import { randomBytes, randomUUID } from "node:crypto";
import { type Properties, reveal, Secret, UNKNOWN } from "../properties";
import type { Resource } from "../provider";
import { positive } from "./validation";

/** Octets of a base64 or base64url text. `undefined` when it is not one. */
function decoded(text: string, encoding: "base64" | "base64url"): Buffer | undefined {
    const octets = Buffer.from(text, encoding);
    return octets.length > 0 && octets.toString(encoding) === text ? octets : undefined;
}

export const randomOctets: Resource = {
    validate: (inputs) => positive(inputs, "length"),
    replaces: () => true,
    plan: (inputs) => ({ ...inputs, base64: new Secret(UNKNOWN), hex: new Secret(UNKNOWN) }),
    async create(inputs) {
        return { id: "none", outputs: { ...inputs, ...spellings(randomBytes(reveal(inputs.length) as number)) } };
    },
    adopt(text) {
        const octets = decoded(text, "base64");
        if (!octets) throw new Error("a RandomBytes is imported by its octets in standard base64");
        return {
            id: "none",
            inputs: { length: octets.length },
            outputs: { length: octets.length, ...spellings(octets) },
        };
    },
};

function spellings(octets: Buffer): Properties {
    return { base64: new Secret(octets.toString("base64")), hex: new Secret(octets.toString("hex")) };
}

export const randomId: Resource = {
    validate: (inputs) => positive(inputs, "byteLength"),
    replaces: () => true,
    plan: (inputs) => ({ ...inputs, b64Std: UNKNOWN, b64Url: UNKNOWN, dec: UNKNOWN, hex: UNKNOWN }),
    async create(inputs) {
        const octets = randomBytes(reveal(inputs.byteLength) as number);
        return identifier(octets, inputs);
    },
    /** `ID` or `PREFIX,ID`, the id in base64url. */
    adopt(text) {
        const comma = text.lastIndexOf(",");
        const octets = decoded(text.slice(comma + 1), "base64url");
        if (!octets)
            throw new Error("a RandomId is imported by its octets in base64url, after `PREFIX,` where it has one");
        const inputs = { byteLength: octets.length, prefix: comma < 0 ? undefined : text.slice(0, comma) };
        return { ...identifier(octets, inputs), inputs };
    },
};

function identifier(octets: Buffer, inputs: Properties): { id: string; outputs: Properties } {
    const prefix = (reveal(inputs.prefix) as string | undefined) ?? "";
    const hex = octets.toString("hex");
    const outputs = {
        ...inputs,
        b64Std: prefix + octets.toString("base64"),
        b64Url: prefix + octets.toString("base64url"),
        hex: prefix + hex,
        dec: prefix + BigInt(`0x${hex}`).toString(10),
    };
    return { id: octets.toString("base64url"), outputs };
}

export const randomUuid: Resource = {
    validate: () => [],
    replaces: () => true,
    plan: (inputs) => ({ ...inputs, result: UNKNOWN }),
    async create(inputs) {
        const result = randomUUID();
        return { id: result, outputs: { ...inputs, result } };
    },
    adopt(text) {
        if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
            throw new Error(`a RandomUuid is imported by its UUID; got ${JSON.stringify(text)}`);
        }
        return { id: text.toLowerCase(), inputs: {}, outputs: { result: text.toLowerCase() } };
    },
};
