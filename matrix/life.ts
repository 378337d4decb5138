import { fold } from "./names";

/** The life of a flow, as its row tells it; dates are ISO 8601 days (2027-03-31). */
export interface Life {
    owner?: string;
    requester?: string;
    approver?: string;
    ticket?: string;
    opened?: string;
    expires?: string;
    review?: string;
    environment?: string;
    site?: string;
}

const allowing = [
    ...["allow", "allowed", "accept", "accepted", "permit", "permitted", "authorized", "authorised", "approved", "yes"],
    ...["ok", "open", "opened", "active", "enabled", "in service", "valid", "granted", "y"],
    ...["accepte", "autorise", "autoriser", "permis", "permettre", "approuve", "oui", "ouvert", "actif", "active"],
    ...["valide", "accorde", "en service", "en production", "✅", "✔", "✔️", "☑", "o"],
];
const refusing = [
    ...["deny", "denied", "refuse", "refused", "reject", "rejected", "block", "blocked", "drop", "forbidden", "no"],
    ...["closed", "disabled", "revoked", "n", "not allowed", "prohibited"],
    ...["refuse", "refuser", "rejete", "bloque", "bloquer", "interdit", "interdire", "non", "ferme", "desactive"],
    ...["revoque", "non autorise", "❌", "✖", "✖️", "⛔", "🚫"],
];
const verdicts = new Map<string, "allow" | "refuse">([
    ...allowing.map((word) => [verdictKey(word), "allow"] as const),
    ...refusing.map((word) => [verdictKey(word), "refuse"] as const),
]);

/** What a verdict cell decides; undefined when the word is none that decides. An empty cell allows. */
export function readVerdict(text: string): "allow" | "refuse" | undefined {
    const key = verdictKey(text);
    return key === "" ? "allow" : verdicts.get(key);
}

/** "Autorisé", "AUTORISÉE" and "autorisés." alike. */
function verdictKey(word: string): string {
    return fold(word)
        .replace(/[.!]+$/, "")
        .replace(/(?<=\p{L}{3})(?:ees|ee|es|e|s)$/u, "");
}

const never = new Set([
    "",
    "-",
    "–",
    "—",
    "n/a",
    "na",
    "none",
    "never",
    "permanent",
    "aucune",
    "aucun",
    "jamais",
    "sans",
]);

/** An ISO day of a date cell (2027-03-31 or 31/03/2027); "" when the cell says there is none; undefined when unreadable. */
export function readDay(text: string): string | undefined {
    const plain = fold(text);
    if (never.has(plain)) return "";
    const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(plain);
    const french = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(plain);
    const [year, month, day] = iso ? iso.slice(1).map(Number) : french ? french.slice(1).map(Number).reverse() : [];
    if (!year) return undefined;
    const date = new Date(Date.UTC(year, month - 1, day));
    const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    return real ? isoDay(date) : undefined;
}

/** The day of a date, in UTC. */
export function isoDay(date: Date): string {
    return date.toISOString().slice(0, 10);
}

/** Days from one ISO day to another; negative when the second is earlier. */
export function daysBetween(from: string, to: string): number {
    return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
