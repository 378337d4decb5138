/** Stands in an object where a value is not known at preview. Shared by every copy of this module in a process. */
export const UNKNOWN: unique symbol = Symbol.for("matrice.unknown") as never;

/** Thrown by {@link Field} when a rule needs a value that is not known at preview; `path` is the narrowest one. */
export class UnknownValue extends Error {
    constructor(readonly path: string) {
        super(`${path} is unknown at preview`);
        this.name = "UnknownValue";
    }
}

/**
 * A value in a Kubernetes object and where it stands (`spec.ports[0].port`).
 * Stepping through or reading an unknown value throws {@link UnknownValue}; a missing one reads as undefined.
 */
export class Field {
    constructor(
        private readonly raw: unknown,
        readonly path: string = "",
    ) {}

    /** The plain value; it may hold unknown ones further down. */
    get value(): unknown {
        if (this.raw === UNKNOWN) {
            throw new UnknownValue(this.path || "the object");
        }
        return this.raw ?? undefined;
    }

    get unknown(): boolean {
        return this.raw === UNKNOWN;
    }

    get present(): boolean {
        return this.value !== undefined;
    }

    get(key: string | number): Field {
        const value = this.value;
        const child = typeof value === "object" ? (value as Record<string | number, unknown>)[key] : undefined;
        return new Field(child, this.path + step(key, this.path));
    }

    /** Follows several keys. */
    at(...keys: string[]): Field {
        return keys.reduce<Field>((field, key) => field.get(key), this);
    }

    /** The elements of a list, none if it is missing. */
    items(): Field[] {
        const value = this.value;
        return Array.isArray(value) ? value.map((_, index) => this.get(index)) : [];
    }

    keys(): string[] {
        const value = this.value;
        return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    }

    text(): string | undefined {
        const value = this.value;
        return value === undefined ? undefined : String(value);
    }

    /** The value as a number; a numeric string counts, since the API server's int-or-string takes both. */
    number(): number | undefined {
        const value = this.value;
        const number = typeof value === "string" && value !== "" ? Number(value) : value;
        return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    }

    /** The map of plain strings (labels, selectors); throws at the first unknown value. */
    strings(): Record<string, string> {
        return Object.fromEntries(this.keys().map((key) => [key, this.get(key).text() ?? ""]));
    }
}

function step(key: string | number, path: string): string {
    if (typeof key === "number") {
        return `[${key}]`;
    }
    return /^[A-Za-z_][\w-]*$/.test(key) ? `${path ? "." : ""}${key}` : `["${key}"]`;
}
