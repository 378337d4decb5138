/** Values by key, in order; Map.groupBy of ECMAScript 2024, which Node 20 lacks. */
export function groupBy<K, V>(values: Iterable<V>, key: (value: V) => K): Map<K, V[]> {
    const groups = new Map<K, V[]>();
    for (const value of values) {
        const name = key(value);
        const group = groups.get(name);
        if (group) group.push(value);
        else groups.set(name, [value]);
    }
    return groups;
}
