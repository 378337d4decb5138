/** RandomPassword and RandomString: random characters, one secret and one not. */
import { hasUnknown, type Properties, reveal, Secret, UNKNOWN, type Value } from "../properties";
import type { Failure, Resource } from "../provider";
import { type CharacterSettings, randomCharacters } from "./characters";
import { positive } from "./validation";

const minima = ["minLower", "minUpper", "minNumeric", "minSpecial"] as const;

/** Inputs with the defaults of the official provider; `number` is the old name of `numeric`. */
function withDefaults(inputs: Properties): Properties {
    const numeric = inputs.numeric ?? inputs.number ?? true;
    return {
        ...inputs,
        lower: inputs.lower ?? true,
        upper: inputs.upper ?? true,
        special: inputs.special ?? true,
        numeric,
        number: numeric,
        ...Object.fromEntries(minima.map((name) => [name, inputs[name] ?? 0])),
    };
}

function validate(inputs: Properties): Failure[] {
    const failures = positive(inputs, "length");
    const settings = reveal(withDefaults(inputs)) as Properties;
    const counts = [settings.length, ...minima.map((name) => settings[name])];
    if (counts.every((count) => typeof count === "number")) {
        const [length, ...least] = counts as number[];
        const total = least.reduce((sum, each) => sum + each, 0);
        if (total > length) {
            const reason = `length ${length} is less than minLower + minUpper + minNumeric + minSpecial (${total})`;
            failures.push({ property: "length", reason });
        }
    }
    if (["lower", "upper", "numeric", "special"].every((kind) => settings[kind] === false)) {
        failures.push({ property: "lower", reason: "at least one of lower, upper, numeric and special must be true" });
    }
    return failures;
}

/** `confidential` makes the result a secret and keeps it out of the id. */
export function randomText({ confidential }: { confidential: boolean }): Resource {
    const marked = (result: Value) => (confidential ? new Secret(result) : result);
    const idOf = (result: string) => (confidential ? "none" : result);
    return {
        validate,
        normalise: withDefaults,
        replaces: () => true,
        plan: (inputs) => ({ ...withDefaults(inputs), result: marked(UNKNOWN) }),
        async create(inputs) {
            const outputs = withDefaults(inputs);
            if (hasUnknown(outputs)) throw new Error("an input is still unknown");
            const result = randomCharacters(reveal(outputs) as unknown as CharacterSettings);
            return { id: idOf(result), outputs: { ...outputs, result: marked(result) } };
        },
        adopt(result) {
            const inputs = { length: [...result].length };
            return { id: idOf(result), inputs, outputs: { ...withDefaults(inputs), result: marked(result) } };
        },
    };
}
