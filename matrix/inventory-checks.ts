import { type Inventory, type RoleEntry } from "./inventory";
import { didYouMean, slug } from "./names";

interface Problem {
    code: string;
    message: string;
    expected?: string;
    path: readonly (string | number)[];
}

/** What the schema cannot see: names that must exist, what each kind of role needs, names that would fit two roles. */
export function checkInventory(inventory: Inventory): Problem[] {
    return [
        ...sharedNames(inventory),
        ...inventory.roles.flatMap((role) => [...needs(role, inventory), ...references(role, inventory)]),
        ...zones(inventory),
    ];
}

function sharedNames({ roles }: Inventory): Problem[] {
    const problems: Problem[] = [];
    const names = new Map<string, string>();
    const workloads = new Map<string, string>();
    for (const role of roles) {
        for (const name of [role.name, ...role.also]) {
            const first = names.get(slug(name));
            names.set(slug(name), role.name);
            if (first === undefined) continue;
            const message =
                first === role.name
                    ? `"${name}" stands twice in ${role.name}`
                    : `"${name}" fits two roles: ${first} and ${role.name}`;
            problems.push({
                code: "ambiguous-name",
                message,
                expected: "a name of its own",
                path: ["roles", role.name],
            });
        }
        if (!role.workload || role.labels) continue;
        const workload = `${role.workload.namespace}/${role.workload.name}`;
        const first = workloads.get(workload);
        if (first === undefined) workloads.set(workload, role.name);
        else {
            const message = `${workload} is already the workload of ${first}`;
            const expected = `another name under "also" of ${first}, if they are one role`;
            problems.push({ code: "shared-workload", message, expected, path: ["roles", role.name, "workload"] });
        }
    }
    return problems;
}

/** What each kind must have, and must not. */
function needs(role: RoleEntry, { namespaces }: Inventory): Problem[] {
    const problems: Problem[] = [];
    const path = ["roles", role.name];
    const need = (message: string, expected: string) =>
        problems.push({ code: "incomplete-role", message, expected, path });
    const hasPods = role.kind === "workload" || role.kind === "service";
    if (hasPods && !role.workload) need(`${role.name} is a ${role.kind} without its pods`, "workload: namespace/name");
    if (!hasPods && role.workload)
        need(`${role.name} is of kind ${role.kind}, which has no pods`, "no workload, or another kind");
    if (role.kind === "people" && !role.cidrs)
        need(`nothing says from where ${role.name} connects`, "cidrs: the key of the setting that holds the addresses");
    if (role.kind === "external" && role.hosts.length === 0 && !role.cidrs) {
        need(`nothing says what ${role.name} is`, "hosts: [host names], or cidrs: the key of a setting");
    }
    if (role.members && role.kind !== "group") need(`${role.name} has members but is no group`, "kind: group");
    const namespace = role.workload?.namespace;
    if (role.kind === "workload" && namespace && !namespaces.includes(namespace)) {
        const message = `the platform does not own the namespace ${namespace}`;
        const expected = didYouMean(namespace, namespaces) ?? "it under namespaces, or kind: service";
        problems.push({ code: "unknown-namespace", message, expected, path: [...path, "workload"] });
    }
    return problems;
}

/** Names of roles within a role. */
function references(role: RoleEntry, { roles }: Inventory): Problem[] {
    const names = roles.flatMap(({ name, also }) => [name, ...also]);
    const known = new Set(names.map(slug));
    const problems: Problem[] = [];
    const check = (name: string, ...path: (string | number)[]) => {
        if (known.has(slug(name))) return;
        const message = `no role is called "${name}"`;
        problems.push({
            code: "unknown-role",
            message,
            expected: didYouMean(name, names),
            path: ["roles", role.name, ...path],
        });
    };
    for (const [purpose, rules] of Object.entries(role.ports)) {
        for (const rule of rules) for (const name of rule.from ?? []) check(name, "ports", purpose);
    }
    for (const name of Object.keys(role.uses)) check(name, "uses", name);
    for (const [destination, party] of Object.entries(role.narrows)) {
        check(destination, "narrows", destination);
        check(party, "narrows", destination);
        const named = roles.find(({ name, also }) => [name, ...also].some((one) => slug(one) === slug(party)));
        if (named && (named.kind !== "external" || named.hosts.length === 0)) {
            problems.push({
                code: "invalid-narrowing",
                message: `${role.name} → ${destination} is narrowed to ${party}, which has no host names`,
                expected: "a role of kind external with hosts",
                path: ["roles", role.name, "narrows", destination],
            });
        }
    }
    role.members?.forEach((name, index) => check(name, "members", index));
    role.carries.forEach((name, index) => check(name, "carries", index));
    if (role.partOf !== undefined) check(role.partOf, "partOf");
    if (role.carries.length > 0 && role.partOf === undefined) {
        const message = `${role.name} carries flows but is part of nothing`;
        problems.push({
            code: "incomplete-role",
            message,
            expected: "partOf: the role whose flows it carries",
            path: ["roles", role.name, "carries"],
        });
    }
    return problems;
}

function zones({ roles, zones: known, crossings }: Inventory): Problem[] {
    const problems: Problem[] = [];
    const ends = [...known, ...roles.map(({ name }) => name)];
    for (const { name, zone } of roles) {
        if (zone === undefined || known.includes(zone)) continue;
        const expected = didYouMean(zone, known) ?? `one of ${known.join(", ")}`;
        problems.push({
            code: "unknown-zone",
            message: `the zone "${zone}" is not listed`,
            expected,
            path: ["roles", name, "zone"],
        });
    }
    crossings.forEach(({ from, to }, index) => {
        for (const end of [from, to]) {
            if (ends.some((name) => name === end || slug(name) === slug(end))) continue;
            const message = `"${end}" is neither a zone nor a role`;
            problems.push({
                code: "unknown-zone",
                message,
                expected: didYouMean(end, ends),
                path: ["crossings", index],
            });
        }
    });
    return problems;
}
