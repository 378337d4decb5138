import Ajv from "ajv";
import { parse } from "yaml";
import { object, objects } from "../render";
import { renderStack } from "../../platforms/render-stack";
import { allBlocks, readAlloy, strangers } from "./alloy-blocks";
import schema from "./loki.schema.json";

/** Programs that are not run here: what they are given is held against their reference instead. */
let loki: Record<string, Record<string, unknown>>;
let alloy: string;

beforeAll(async () => {
    jest.spyOn(console, "warn").mockReturnValue();
    const all = objects((await renderStack("prod")).resources);
    loki = parse(object(all, "ConfigMap", "loki").data["loki.yaml"]);
    alloy = object(all, "ConfigMap", "log-collector").data["config.alloy"];
});

describe("What the stack prod gives Loki", () => {
    const validate = new Ajv({ allErrors: true }).compile(schema);
    const refusals = (configuration: unknown) => {
        validate(configuration);
        return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    };

    it("has the keys of its reference, each of its type, and no other", () => {
        expect(refusals(loki)).toEqual([]);
    });

    it.each([
        ["a key that it does not know", { compactor: { shared_store: "filesystem" } }, "/compactor must NOT have"],
        ["a number where it wants a duration", { limits_config: { retention_period: 30 } }, "retention_period must be"],
        ["a word where it wants yes or no", { compactor: { retention_enabled: "yes" } }, "must be bool"],
    ])("would be refused with %s", (_case, change, refusal) => {
        const [[key, more]] = Object.entries(change);
        expect(refusals({ ...loki, [key]: { ...loki[key], ...more } })).toEqual([expect.stringContaining(refusal)]);
    });
});

describe("What the stack prod gives Grafana Alloy", () => {
    it("has the blocks and arguments of its reference, and no other", () => {
        expect(strangers(readAlloy(alloy))).toEqual([]);
    });

    it("hands each block's output to one that is there", () => {
        const blocks = allBlocks(readAlloy(alloy));
        const there = new Set(blocks.map(({ name, label }) => `${name}.${label}`));
        const named = blocks.flatMap(({ attributes: { targets, forward_to } }) =>
            [targets, forward_to].flatMap((text) => text?.match(/[a-z_.]+(?=\.(?:targets|output|receiver)\b)/g) ?? []),
        );
        expect(named.length).toBeGreaterThan(3);
        expect(named.filter((name) => !there.has(name))).toEqual([]);
    });

    it.each([
        ["an argument that it does not know", /\burl = /, "address = ", "endpoint: no argument address"],
        ["a block that it does not know", /stage\.json \{/, "stage.jason {", "stage.jason: no such block here"],
        ["an argument that is missing", /role = "pod"\n/, "\n", "discovery.kubernetes: lacks role"],
    ])("would be refused with %s", (_case, from, to, refusal) => {
        expect(strangers(readAlloy(alloy.replace(from, to)))).toContain(refusal);
    });

    it.each([
        ["a block that is not closed", /\}\s*$/, ""],
        ["a line that is nothing", /^/, "logging\n"],
    ])("would be refused with %s", (_case, from, to) =>
        expect(() => readAlloy(alloy.replace(from, to))).toThrow(/not closed|neither/),
    );
});
