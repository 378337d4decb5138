import { fold } from "./names";
import { type PortRange, type Transport, serviceNumbers, transportsIn } from "./ports";

/** Protocols of IP itself: they have no ports, so no NetworkPolicy can name them. */
const portless = /^(?:icmp(?:v?6)?|igmp|gre|esp|ah|ipsec|ospf|vrrp|ipip|ip|any|all|tous|toutes|\*)$/;

/** Applications whose transport is not TCP (or not TCP alone), by the RFC that says so. */
const transportsOf: Record<string, readonly Transport[]> = {
    dns: ["TCP", "UDP"], // RFC 7766
    ntp: ["UDP"], // RFC 5905
    snmp: ["UDP"], // RFC 3417
    dhcp: ["UDP"], // RFC 2131
    tftp: ["UDP"], // RFC 1350
    quic: ["UDP"], // RFC 9000
    wireguard: ["UDP"],
    ike: ["UDP"], // RFC 7296
    radius: ["UDP"], // RFC 2865
    sip: ["TCP", "UDP"], // RFC 3261
    kerberos: ["TCP", "UDP"], // RFC 4120
};

/** A Protocol cell as written, footnote marks stripped: "HTTP/HTTPS*" → "HTTP/HTTPS". */
export function applicationText(cell: string): string {
    return cell
        .replace(/[*†‡]+/g, "")
        .replace(/\s+/g, " ")
        .trim();
}

/** Whether a Protocol cell names something that has no ports, such as ICMP. */
export function isPortless(cell: string): boolean {
    return portless.test(fold(applicationText(cell)));
}

/** The transports that a Protocol cell says or that its application is known for; TCP when it says neither. */
export function transportsOfProtocol(cell: string): { said: Transport[]; assumed: readonly Transport[] } {
    const said = transportsIn(cell);
    if (said.length > 0) return { said, assumed: said };
    const assumed = new Set(applicationsIn(cell).flatMap((name) => transportsOf[name.toLowerCase()] ?? ["TCP"]));
    return { said, assumed: assumed.size > 0 ? [...assumed] : ["TCP"] };
}

/** The applications that a cell names: "HTTP/HTTPS" → HTTP, HTTPS; "HTTP/2" is one; transports and parentheses are none. */
export function applicationsIn(cell: string): string[] {
    return applicationText(cell)
        .replace(/\([^()]*\)/g, " ")
        .split(/\s*(?:\/(?!\d)|,|;|\+|&|(?<=\s)(?:et|and|ou|or)(?=\s))\s*/iu)
        .map((name) => name.trim())
        .filter((name) => name !== "" && !/^(?:tcp|udp|sctp)$/i.test(name));
}

/**
 * What each range of a row carries. As many applications as ranges are taken in pairs (`80/443`, `HTTP/HTTPS`: 80 is
 * HTTP, 443 HTTPS); otherwise every port may be any of them (`443`, `HTTP/HTTPS`). Where a row names a transport alone
 * (`80, 443`, `TCP`), a port may be what it is registered for (IANA, Service Name and Port Number Registry).
 */
export function applicationsByRange(
    ports: readonly PortRange[],
    application: string,
): { range: PortRange; applications: string[]; definite: boolean }[] {
    const names = applicationsIn(application);
    const paired = names.length === ports.length;
    return ports.map((range, index) => ({
        range,
        applications: paired ? [names[index]] : names.length === 0 ? registered(range) : names,
        definite: paired || names.length === 1,
    }));
}

function registered({ from, to }: PortRange): string[] {
    return Object.entries(serviceNumbers).flatMap(([name, number]) => (from === to && from === number ? [name] : []));
}
