import type { Listener, Place, Role } from "../matrix";
import type { Report, RuleContext } from "./rule";

const cache = new WeakMap<Role, readonly Listener[]>();

/** A role's listeners, asked of the matrix once. */
export function listenersOf(role: Role): readonly Listener[] {
    const cached = cache.get(role);
    if (cached) {
        return cached;
    }
    const listeners = role.listeners();
    cache.set(role, listeners);
    return listeners;
}

/** Whether every port of a range is one that the matrix lets the role listen on. */
export function listens(role: Role, transport: string, from: number, to = from): boolean {
    const ranges = listenersOf(role)
        .filter((listener) => listener.transport === transport)
        .sort((a, b) => a.from - b.from);
    return covered(ranges, from, to);
}

/** Whether sorted ranges together hold every number from `from` to `to`. */
export function covered(sorted: readonly { from: number; to: number }[], from: number, to: number): boolean {
    let next = from;
    for (const range of sorted) {
        if (range.from <= next && range.to >= next) {
            next = range.to + 1;
        }
    }
    return next > to;
}

/** `8088/TCP`, `9000-9010/UDP` */
export function portText(transport: string, from: number | string, to: number | string = from): string {
    return `${from === to ? from : `${from}-${to}`}/${transport}`;
}

/** `matrix.md:18` */
export function placeText(place: Place): string {
    return `${place.file.slice(place.file.lastIndexOf("/") + 1)}:${place.line}`;
}

/** Joins as a sentence does: `a`, `a and b`, `a, b and c`. */
export function sentence(parts: string[]): string {
    return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

/** What a role listens on and the first row of each: `API listens on 80/TCP (matrix.md:18) and …`. */
export function listening(role: Role): string {
    const listeners = [...listenersOf(role)].sort((a, b) => a.from - b.from || a.transport.localeCompare(b.transport));
    if (listeners.length === 0) {
        return `The matrix lets nothing connect to ${role.name}.`;
    }
    const parts = listeners.map(({ transport, from, to, flows }) => {
        const places = [...new Set(flows.map((flow) => placeText(flow.place)))];
        return `${portText(transport, from, to)}${places.length ? ` (${places[0]})` : ""}`;
    });
    return `${role.name} listens on ${sentence([...new Set(parts)])}.`;
}

/** The row that would allow a flow, as it would stand in the matrix. */
export function rowToAdd(
    context: RuleContext,
    row: { source?: string; destination?: string; transport: string; from: number | string; to?: number | string },
): string {
    const file = context.platformFiles.matrix;
    const { source = "<source>", destination = "<destination>", transport, from, to = from } = row;
    const ports = `${from === to ? from : `${from}-${to}`}${transport === "TCP" ? "" : `/${transport}`}`;
    const name = file.slice(file.lastIndexOf("/") + 1);
    return `To allow it, add to ${name}:  | ${source} | ${destination} | ${ports} | ${transport} | <why> |`;
}

/** Reports a port that the matrix does not list for a role; `where` says what opens it when the object does not. */
export function refusePort(
    report: Report,
    context: RuleContext,
    role: Role,
    transport: string,
    from: number,
    options: { to?: number; where?: string } = {},
): void {
    const { to = from, where } = options;
    const port = portText(transport, from, to);
    report.refuse(
        `${where ? `${where} opens ` : ""}${port} of role ${role.name}${where ? ", which" : ""} is not in the matrix.`,
        [listening(role), rowToAdd(context, { destination: role.name, transport, from, to })],
        { role: role.name, port },
    );
}
