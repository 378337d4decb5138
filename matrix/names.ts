const ligatures: Record<string, string> = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d", ı: "i" };

/**
 * A name as a DNS-1123 label (at most 63 characters, RFC 1123): lower case, accents stripped, anything else a dash.
 * What a label cannot hold (other alphabets, what exceeds 63 characters) is told apart by a short hash.
 */
export function slug(name: string): string {
    let label = slugs.get(name);
    if (label === undefined) {
        label = makeSlug(name);
        if (slugs.size < 100_000) slugs.set(name, label);
    }
    return label;
}

/** Names recur on every row: each is worked out once. */
const slugs = new Map<string, string>();

function makeSlug(name: string): string {
    const latin = name
        .normalize("NFKD")
        .toLowerCase()
        .replace(/\p{M}/gu, "")
        .replace(/[œæßøłđı]/g, (letter) => ligatures[letter]);
    const label = latin.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    const faithful = label !== "" && label.length <= 63 && !/[^a-z0-9\P{L}]|[^a-z0-9\P{N}]/u.test(latin);
    if (faithful) return label;
    const digest = hash(fold(name));
    return label === "" ? `x-${digest}` : `${label.slice(0, 54).replace(/-$/, "")}-${digest}`;
}

/** What two spellings of one name have in common: case, accents, kinds of spaces, apostrophes and dashes do not count. */
export function fold(name: string): string {
    return name
        .normalize("NFKD")
        .replace(/\p{M}/gu, "")
        .toLowerCase()
        .replace(/[’‘ʼ`´]/g, "'")
        .replace(/[‐-―−]/g, "-")
        .replace(/\s+/g, " ")
        .trim();
}

/** 32-bit FNV-1a as eight hexadecimal digits: short, stable across machines, no secret in it. */
function hash(text: string): string {
    let value = 0x811c9dc5;
    for (const byte of Buffer.from(text, "utf8")) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return value.toString(16).padStart(8, "0");
}

/** The candidates nearest to a mistyped name, best first: at most a third of its letters differ, or one holds the other. */
export function nearest(name: string, candidates: Iterable<string>, limit = 3): string[] {
    const wanted = fold(name);
    const scored: { candidate: string; distance: number }[] = [];
    for (const candidate of candidates) {
        const other = fold(candidate);
        const allowed = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3));
        const holds = wanted.length >= 3 && other.length >= 3 && (other.includes(wanted) || wanted.includes(other));
        const distance = Math.min(editDistance(wanted, other), holds ? allowed : Infinity);
        if (distance <= allowed) scored.push({ candidate, distance });
    }
    return scored
        .sort((a, b) => a.distance - b.distance)
        .slice(0, limit)
        .map(({ candidate }) => candidate);
}

/** "did you mean A or B?", or nothing when no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
    const near = nearest(name, candidates);
    return near.length === 0 ? undefined : `did you mean ${near.map((one) => `"${one}"`).join(" or ")}?`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
    let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const current = [i];
        for (let j = 1; j <= b.length; j++) {
            const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
            current.push(Math.min(substitution, previous[j] + 1, current[j - 1] + 1));
        }
        previous = current;
    }
    return previous[b.length];
}
