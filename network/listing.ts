import { formatAddress, IPV6_START, type AddressSet } from "./addresses";
import type { PodClass } from "./classes";
import { ALL_PORTS, coversPorts, TRANSPORTS, unitePorts, type PortSet } from "./ports";
import type { End, Reach } from "./reach";

/** An allowed connection as netpol-analyzer lists it. */
export interface ListedConnection {
    /** `namespace/name[Kind]`, or a range of addresses such as `0.0.0.0-255.255.255.255`. */
    readonly source: string;
    readonly destination: string;
    /** `TCP 80,8000-8010,UDP 53`, or `All Connections`. */
    readonly ports: string;
}

export interface ListingOptions {
    /** Which addresses outside the cluster are listed; netpol-analyzer knows IPv4 alone. Defaults to both families. */
    readonly families?: "IPv4" | "both";
}

/**
 * Every allowed connection between workloads, and between workloads and addresses outside, in the words and the order
 * of `netpol-analyzer list`: by source, then destination; a workload's connections to itself are left out. Ranges of
 * addresses are as long as they can be, where the analyser cuts them at the edges of every policy's blocks.
 * https://github.com/np-guard/netpol-analyzer
 */
export function listConnections(judged: Reach, { families = "both" }: ListingOptions = {}): ListedConnection[] {
    const names = new Map<PodClass, string[]>(judged.classes.map((one) => [one, one.workloads.map(workloadText)]));
    const namesOf = (end: End): string[] =>
        "pods" in end ? names.get(end.pods)! : rangesOf(end.addresses, families).map(rangeText);
    const bySource = new Map<string, Map<string, PortSet>>();
    for (const { source, destination, ports } of judged.connections()) {
        const destinations = namesOf(destination);
        for (const from of namesOf(source)) {
            let known = bySource.get(from);
            if (known === undefined) {
                known = new Map();
                bySource.set(from, known);
            }
            for (const to of destinations) {
                if (to !== from) {
                    // A workload with pods in several classes is listed once.
                    const before = known.get(to);
                    known.set(to, before === undefined ? ports : unitePorts(before, ports));
                }
            }
        }
    }
    const texts = new Map<PortSet, string>();
    const textOf = (ports: PortSet): string => {
        let text = texts.get(ports);
        if (text === undefined) {
            text = portsText(ports);
            texts.set(ports, text);
        }
        return text;
    };
    return [...bySource.keys()].sort().flatMap((source) => {
        const known = bySource.get(source)!;
        return [...known.keys()]
            .sort()
            .map((destination) => ({ source, destination, ports: textOf(known.get(destination)!) }));
    });
}

/** "Deployment shop/api" → "shop/api[Deployment]". */
function workloadText(workload: string): string {
    const [kind, name] = workload.split(" ");
    return `${name}[${kind}]`;
}

function rangesOf(addresses: AddressSet, families: "IPv4" | "both"): [bigint, bigint][] {
    return addresses.flatMap(([from, to]): [bigint, bigint][] => {
        const four: [bigint, bigint] = [from, to < IPV6_START ? to : IPV6_START];
        const six: [bigint, bigint] = [from > IPV6_START ? from : IPV6_START, to];
        return [four, ...(families === "both" ? [six] : [])].filter(([start, end]) => start < end);
    });
}

function rangeText([from, to]: [bigint, bigint]): string {
    return `${formatAddress(from)}-${formatAddress(to - 1n)}`;
}

function portsText(ports: PortSet): string {
    if (coversPorts(ports, ALL_PORTS)) {
        return "All Connections";
    }
    return TRANSPORTS.filter((transport) => ports[transport].length > 0)
        .map((transport) => {
            const ranges = ports[transport].map(([from, to]) => (to - from === 1 ? `${from}` : `${from}-${to - 1}`));
            return `${transport} ${ranges.join(",")}`;
        })
        .sort()
        .join(",");
}
