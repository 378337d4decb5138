import { stringify } from "yaml";
import type { Registered } from "../components/render";

/**
 * What a stack registers, as text that a review can read: one document a resource, by type and name, keys sorted,
 * secrets left out. The same program gives the same bytes.
 */
export function goldenText(resources: readonly Registered[]): string {
    const documents = resources.map(({ type, name, inputs, secrets }) => {
        const body = sorted(redacted(inputs, secrets));
        return `# ${type} ${name}\n${stringify(body, { lineWidth: 0, aliasDuplicateObjects: false })}`;
    });
    return documents.join("---\n");
}

/** Secrets by their paths; of the Secrets' values the keys stay. */
function redacted(value: unknown, secrets: readonly string[], path = ""): unknown {
    if (secrets.includes(path) && path !== "") return masked(value);
    if (Array.isArray(value)) return value.map((item, index) => redacted(item, secrets, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
            key,
            redacted(item, secrets, path === "" ? key : `${path}.${key}`),
        ]),
    );
}

function masked(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return "(secret)";
    return Object.fromEntries(Object.keys(value).map((key) => [key, "(secret)"]));
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
