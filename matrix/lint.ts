import { type Diagnostic, sortDiagnostics } from "./diagnostics";
import { groupBy } from "./group-by";
import { type Matrix, type ResolvedFlow } from "./matrix";
import { slug } from "./names";
import { printRange, rangesOverlap } from "./ports";
import { type Role } from "./role";
import { at } from "./row-diagnostic";

/**
 * What a matrix that can be used still deserves to be told: crossings of zones that the inventory does not list, rows
 * that overlap, and what the inventory names for nothing. Warnings and infos, never errors.
 */
export function lint(matrix: Matrix): Diagnostic[] {
    return sortDiagnostics([
        ...unexpectedCrossings(matrix),
        ...overlaps(matrix),
        ...narrowedRows(matrix),
        ...unusedRoles(matrix),
        ...unusedPurposes(matrix),
        ...unusedCrossings(matrix),
    ]);
}

/** Whether a listed crossing is that of a flow: each of its ends a zone or a role. */
function allows(crossing: { from: string; to: string }, from: Role, to: Role): boolean {
    const fits = (end: string, role: Role) =>
        end === role.zone || role.names().some((name) => slug(name) === slug(end));
    return fits(crossing.from, from) && fits(crossing.to, to);
}

function crossesZones({ from, to }: ResolvedFlow): boolean {
    return from.zone !== undefined && to.zone !== undefined && from.zone !== to.zone;
}

function unexpectedCrossings(matrix: Matrix): Diagnostic[] {
    const { crossings } = matrix.inventory;
    return matrix.flows
        .filter((flow) => crossesZones(flow) && !crossings.some((crossing) => allows(crossing, flow.from, flow.to)))
        .map((flow) => {
            const { from, to } = flow;
            const message = `${from.name} → ${to.name} crosses from zone ${from.zone} to ${to.zone}, which is not listed`;
            const expected = `"${from.zone} → ${to.zone}" or "${from.name} → ${to.name}" under crossings, or no row`;
            return at(flow, {
                severity: "warning",
                code: "unexpected-crossing",
                message,
                expected,
                cell: "destination",
            });
        });
}

/** Rows that open the same port twice, in part: removing one of them does not close it. */
function overlaps(matrix: Matrix): Diagnostic[] {
    const pairs = groupBy(matrix.flows, ({ from, to, transport }) => `${from.slug}>${to.slug}:${transport}`);
    return [...pairs.values()].flatMap((flows) =>
        flows.slice(1).flatMap((flow, index) => {
            // A filled-in set of ports repeats, on purpose, the annex rows that fill it in.
            const earlier = flows
                .slice(0, index + 1)
                .find((other) => !other.portSet && !flow.portSet && rangesOverlap(other.ports, flow.ports));
            if (!earlier) return [];
            const { file, line } = earlier.place;
            const ports = flow.ports.map(printRange).join(", ");
            const message = `${flow.from.name} → ${flow.to.name} ${ports} is opened by ${file}:${line} as well`;
            return [at(flow, { severity: "info", code: "overlap", message, cell: "port" })];
        }),
    );
}

/** Rows that mean less than they say: what a policy opens depends on whether the network plugin knows names. */
function narrowedRows(matrix: Matrix): Diagnostic[] {
    return matrix.flows.flatMap((flow) => {
        if (flow.narrowed === undefined) return [];
        const { name, hosts } = flow.narrowed;
        const message =
            `${flow.from.name} → ${flow.to.name} means ${name} alone (${hosts.join(", ")}): a network plugin that knows ` +
            `names holds it to them, any other opens the whole row`;
        return [at(flow, { severity: "info", code: "narrowed-row", message, cell: "destination" })];
    });
}

function unusedRoles(matrix: Matrix): Diagnostic[] {
    const rows = [...matrix.flows, ...matrix.refused, ...matrix.unfilled];
    const used = new Set(
        rows
            .flatMap(({ from, to, source, destination, narrowed }) => [
                ...[from.name, to.name, source, destination],
                ...(narrowed ? [narrowed.name] : []),
            ])
            .map(slug),
    );
    return matrix.roles
        .filter((role) => !role.optional && !role.names().some((name) => used.has(slug(name))))
        .map(({ name, entry }) => ({
            severity: "warning",
            code: "unused-role",
            message: `no row names the role "${name}"`,
            expected: "a row, optional: true, or no role",
            place: entry.place,
            excerpt: entry.excerpt,
            length: name.length,
        }));
}

function unusedPurposes(matrix: Matrix): Diagnostic[] {
    return matrix.roles.flatMap((role) =>
        role
            .purposes()
            .filter((purpose) => role.portsOf(purpose).length === 0)
            .map((purpose) => ({
                severity: "warning" as const,
                code: "purpose-without-row",
                message: `no row gives the port "${purpose}" of ${role.name}`,
                place: role.entry.place,
                excerpt: role.entry.excerpt,
                length: role.name.length,
            })),
    );
}

function unusedCrossings(matrix: Matrix): Diagnostic[] {
    const crossing = matrix.flows.filter(crossesZones);
    return matrix.inventory.crossings
        .filter((one) => !crossing.some(({ from, to }) => allows(one, from, to)))
        .map(({ from, to, place, excerpt }) => ({
            severity: "info",
            code: "unused-crossing",
            message: `no flow crosses ${from} → ${to}`,
            place,
            excerpt,
            length: `${from} → ${to}`.length,
        }));
}
