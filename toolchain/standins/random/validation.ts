import { type Properties, reveal, UNKNOWN } from "../properties";
import type { Failure } from "../provider";

/** A failure unless the property is a whole number of at least 1, or not known yet. */
export function positive(inputs: Properties, property: string): Failure[] {
    const value = reveal(inputs[property]);
    if (value === UNKNOWN || (Number.isInteger(value) && (value as number) >= 1)) return [];
    const given = value === undefined ? "it is missing" : `got ${JSON.stringify(value)}`;
    return [{ property, reason: `${property} must be a whole number of at least 1; ${given}` }];
}
