import {
    addressesOf,
    ANY_ADDRESS,
    coversPorts,
    formatPort,
    formatPorts,
    INTERNET_DESTINATIONS,
    noPorts,
    PolicyError,
    portRanges,
    portSet,
    reach,
    subtractPorts,
    toCidrs,
    unitePorts,
    type AddressSet,
    type Direction,
    type KubernetesObject,
    type PodClass,
    type PortSet,
    type Reach,
} from "../../network";
import { covers, difference, union } from "../../network/intervals";
import { GoldenError, objectsOf, readGolden } from "../golden";
import type { Revision } from "../repository";

/** What can connect by the rendered objects, and could not before or can't any more. */
export interface ReachChange {
    readonly kind: "opened" | "closed";
    /** `Deployment e-chauffeur/api`, `the internet` or addresses. */
    readonly source: string;
    readonly destination: string;
    readonly ports: string;
    readonly outside: "source" | "destination" | "neither";
}

export interface StackReach {
    /** The rendered file. */
    readonly file: string;
    readonly changes: readonly ReachChange[];
    /** Why it can't be judged. */
    readonly problem?: string;
}

/**
 * The difference in what can connect by the policies and pods of the rendered platforms: it has what no row shows, a
 * setting that widens who the clients are, a policy written by hand, a label moved.
 */
export function diffReach(before: Revision, after: Revision, files: readonly string[]): StackReach[] {
    return files.flatMap((file) => {
        const [old, recent] = [before.read(file) ?? "", after.read(file) ?? ""];
        if (old === recent) {
            return [];
        }
        try {
            const [had, has] = [old, recent].map((text) => connectionsOf(objectsOf(readGolden(text))));
            const changes = [...missingFrom(had, has, "opened"), ...missingFrom(has, had, "closed")];
            return changes.length === 0 ? [] : [{ file, changes }];
        } catch (error) {
            if (!(error instanceof GoldenError || error instanceof PolicyError)) {
                throw error;
            }
            return [{ file, changes: [], problem: error.message }];
        }
    });
}

/** Connections between workloads by both ends, and to and from addresses outside by workload and direction. */
interface Connections {
    readonly inside: ReadonlyMap<string, PortSet>;
    readonly outside: ReadonlyMap<string, readonly { addresses: AddressSet; ports: PortSet }[]>;
}

const SEPARATOR = " => ";

function connectionsOf(objects: readonly KubernetesObject[]): Connections {
    const judged: Reach = reach(objects);
    const inside = new Map<string, PortSet>();
    const outside = new Map<string, { addresses: AddressSet; ports: PortSet }[]>();
    const add = (direction: Direction, pods: PodClass, addresses: AddressSet, ports: PortSet) => {
        for (const workload of pods.workloads) {
            const key = `${direction}${SEPARATOR}${workload}`;
            outside.set(key, [...(outside.get(key) ?? []), { addresses, ports }]);
        }
    };
    for (const { source, destination, ports } of judged.connections()) {
        if ("addresses" in source) {
            add("ingress", (destination as { pods: PodClass }).pods, source.addresses, ports);
        } else if ("addresses" in destination) {
            add("egress", source.pods, destination.addresses, ports);
        } else {
            for (const from of source.pods.workloads) {
                for (const to of destination.pods.workloads) {
                    const key = `${from}${SEPARATOR}${to}`;
                    inside.set(key, unitePorts(inside.get(key) ?? portSet("TCP", []), ports));
                }
            }
        }
    }
    return { inside, outside };
}

/** What one has and the other lacks; the addresses outside first, those that come in before those gone to. */
function missingFrom(other: Connections, one: Connections, kind: ReachChange["kind"]): ReachChange[] {
    const fromOutside: ReachChange[] = [];
    const toOutside: ReachChange[] = [];
    for (const [key, parts] of sortedEntries(one.outside)) {
        const [direction, workload] = key.split(SEPARATOR);
        for (const [addresses, ports] of restOf(parts, other.outside.get(key) ?? [])) {
            const [list, source, destination] =
                direction === "ingress"
                    ? ([fromOutside, addresses, workload] as const)
                    : ([toOutside, workload, addresses] as const);
            list.push({
                kind,
                source,
                destination,
                ports,
                outside: direction === "ingress" ? "source" : "destination",
            });
        }
    }
    const inside = sortedEntries(one.inside).flatMap(([key, ports]): ReachChange[] => {
        const rest = subtractPorts(ports, other.inside.get(key) ?? portSet("TCP", []));
        const [source, destination] = key.split(SEPARATOR);
        return noPorts(rest) ? [] : [{ kind, source, destination, ports: formatPorts(rest), outside: "neither" }];
    });
    return [...fromOutside, ...toOutside, ...inside];
}

const sortedEntries = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** Addresses and ports that the first parts have and the second lack, one entry for each set of addresses. */
function restOf(
    parts: readonly { addresses: AddressSet; ports: PortSet }[],
    without: readonly { addresses: AddressSet; ports: PortSet }[],
): [addresses: string, ports: string][] {
    const byAddresses = new Map<string, string[]>();
    for (const { addresses, ports } of parts) {
        for (const range of portRanges(ports)) {
            const one = portSet(range.transport, [range]);
            const covered = without.filter((part) => coversPorts(part.ports, one)).map((part) => part.addresses);
            const rest = difference(addresses, union(...covered));
            if (rest.length > 0) {
                const text = addressText(rest);
                byAddresses.set(text, [...(byAddresses.get(text) ?? []), formatPort(range)]);
            }
        }
    }
    return [...byAddresses].map(([addresses, ports]) => [addresses, [...new Set(ports)].join(", ")]);
}

const isIpv6 = ({ cidr }: { cidr: string }) => cidr.includes(":");
const ipv4 = addressesOf(INTERNET_DESTINATIONS.filter((block) => !isIpv6(block)));
const ipv6 = addressesOf(INTERNET_DESTINATIONS.filter(isIpv6));
const SHOWN = 4;

function addressText(addresses: AddressSet): string {
    if (covers(addresses, ANY_ADDRESS)) {
        return "any address";
    }
    const families = [...(covers(addresses, ipv4) ? ["IPv4"] : []), ...(covers(addresses, ipv6) ? ["IPv6"] : [])];
    if (families.length > 0) {
        return families.length === 2 ? "the internet" : `the internet (${families[0]})`;
    }
    const cidrs = toCidrs(addresses);
    return cidrs.length > SHOWN
        ? `${cidrs.slice(0, SHOWN).join(", ")} and ${cidrs.length - SHOWN} more`
        : cidrs.join(", ");
}
