/**
 * A name as SQL and pg_hba.conf take it without quotes, and as it is written everywhere: lower case, digits and
 * underscores, at most 63 characters (NAMEDATALEN). Throws RangeError for any other, so that nothing needs escaping.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
export function identifier(name: string): string {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) {
        throw new RangeError(
            `"${name}" is no name for PostgreSQL: lower case letters, digits and underscores, 63 at most.`,
        );
    }
    return name;
}

/** Two names apart by a dot, `schema.table` or `group.setting`. Throws RangeError. */
export function qualified(name: string): string {
    const parts = name.split(".");
    if (parts.length !== 2) throw new RangeError(`"${name}": expected two names apart by a dot.`);
    return parts.map(identifier).join(".");
}

/** A string constant; what may stand in it is limited by its callers. */
export function literal(text: string): string {
    return `'${text.replaceAll("'", "''")}'`;
}
