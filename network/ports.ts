import type { PortRange, Transport } from "../matrix";
import { covers, difference, has, intersection, intervalSet, union, type IntervalSet } from "./intervals";

/** The transports that a NetworkPolicy knows. */
export const TRANSPORTS: readonly Transport[] = ["TCP", "UDP", "SCTP"];

/** Ports by transport, as half-open intervals. */
export type PortSet = Readonly<Record<Transport, IntervalSet<number>>>;

const EVERY: IntervalSet<number> = [[1, 65536]];

export const NO_PORTS: PortSet = { TCP: [], UDP: [], SCTP: [] };
export const ALL_PORTS: PortSet = { TCP: EVERY, UDP: EVERY, SCTP: EVERY };

/** The set of inclusive ranges of one transport; without ranges, all its ports. */
export function portSet(transport: Transport, ranges?: readonly PortRange[]): PortSet {
    const set = ranges === undefined ? EVERY : intervalSet(ranges.map(({ from, to }) => [from, to + 1] as const));
    return { ...NO_PORTS, [transport]: set };
}

function each(combine: (transport: Transport) => IntervalSet<number>): PortSet {
    return { TCP: combine("TCP"), UDP: combine("UDP"), SCTP: combine("SCTP") };
}

export function unitePorts(...sets: PortSet[]): PortSet {
    return sets.length === 1 ? sets[0] : each((transport) => union(...sets.map((set) => set[transport])));
}

export function intersectPorts(a: PortSet, b: PortSet): PortSet {
    if (a === ALL_PORTS) {
        return b;
    }
    return b === ALL_PORTS ? a : each((transport) => intersection(a[transport], b[transport]));
}

export function subtractPorts(a: PortSet, b: PortSet): PortSet {
    return each((transport) => difference(a[transport], b[transport]));
}

export function coversPorts(whole: PortSet, part: PortSet): boolean {
    return TRANSPORTS.every((transport) => covers(whole[transport], part[transport]));
}

export function hasPort(set: PortSet, transport: Transport, port: number): boolean {
    return has(set[transport], port);
}

export function noPorts(set: PortSet): boolean {
    return TRANSPORTS.every((transport) => set[transport].length === 0);
}

/** The inclusive ranges of a set, by transport (TCP, UDP, SCTP) and number. */
export function portRanges(set: PortSet): { transport: Transport; from: number; to: number }[] {
    return TRANSPORTS.flatMap((transport) => set[transport].map(([from, to]) => ({ transport, from, to: to - 1 })));
}

/** "80/TCP", "49152-65535/UDP". */
export function formatPort({ transport, from, to }: PortRange & { transport: Transport }): string {
    return `${from === to ? from : `${from}-${to}`}/${transport}`;
}

/** "80/TCP, 53/UDP", "all ports". */
export function formatPorts(set: PortSet): string {
    return coversPorts(set, ALL_PORTS) ? "all ports" : portRanges(set).map(formatPort).join(", ");
}
