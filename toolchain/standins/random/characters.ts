/** Random text of given kinds of characters, as `random_string` and `random_password` define it. */
import { randomInt } from "node:crypto";

const numeric = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const special = "!@#$%&*()-_=+[]{}<>:?";

export interface CharacterSettings {
    readonly length: number;
    readonly lower: boolean;
    readonly upper: boolean;
    readonly numeric: boolean;
    readonly special: boolean;
    readonly minLower: number;
    readonly minUpper: number;
    readonly minNumeric: number;
    readonly minSpecial: number;
    /** Stands in for the special characters; empty or absent means the default ones. */
    readonly overrideSpecial?: string;
}

/** Draws with each character equally likely: `crypto.randomInt` rejects the values that would favour some. */
function draw(alphabet: readonly string[], count: number): string[] {
    return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]);
}

/**
 * `length` characters of the chosen kinds, with at least the asked number of each, in random order.
 * A minimum draws its kind even where that kind is switched off, as the official provider does.
 * @throws RangeError when no kind is chosen.
 */
export function randomCharacters(settings: CharacterSettings): string {
    const specials = [...(settings.overrideSpecial || special)];
    const kinds = [
        { alphabet: [...numeric], chosen: settings.numeric, least: settings.minNumeric },
        { alphabet: [...lower], chosen: settings.lower, least: settings.minLower },
        { alphabet: [...upper], chosen: settings.upper, least: settings.minUpper },
        { alphabet: specials, chosen: settings.special, least: settings.minSpecial },
    ];
    const required = kinds.flatMap(({ alphabet, least }) => draw(alphabet, least));
    const remaining = settings.length - required.length;
    const all = kinds.filter(({ chosen }) => chosen).flatMap(({ alphabet }) => alphabet);
    if (remaining > 0 && all.length === 0) throw new RangeError("no kind of character is chosen");
    return shuffle([...required, ...draw(all, Math.max(remaining, 0))]).join("");
}

/** Fisher–Yates: every order equally likely. */
function shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
        const j = randomInt(i + 1);
        [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
}
