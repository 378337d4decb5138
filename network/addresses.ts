import ipaddr from "ipaddr.js";
import { difference, intervalSet, type Interval, type IntervalSet } from "./intervals";

/**
 * A set of IP addresses of both families on one axis: IPv4 addresses stand at 0…2^32-1, IPv6 addresses above them.
 */
export type AddressSet = IntervalSet<bigint>;

/** A block as a NetworkPolicy writes it. */
export interface IpBlock {
    readonly cidr: string;
    readonly except?: readonly string[];
}

/** Where IPv6 addresses start on the axis. */
export const IPV6_START = 1n << 32n;
const END = IPV6_START + (1n << 128n);

/** Every address of both families. */
export const ANY_ADDRESS: AddressSet = [[0n, END]];

/** A text that is no address or block; the message says what would be right. */
export class AddressError extends Error {}

/** The whole internet as a source: its addresses are not known, so nothing is excepted. */
export const INTERNET_SOURCES: readonly IpBlock[] = [{ cidr: "0.0.0.0/0" }, { cidr: "::/0" }];

/**
 * The internet as a destination: what is global in IANA's special-purpose registries (RFC 6890), so that a flow to the
 * internet never opens the neighbours: private ranges (RFC 1918, RFC 6598, RFC 4193), loopback, link-local with the
 * cloud's metadata service (RFC 3927, RFC 4291), benchmarking (RFC 2544), multicast and reserved ranges.
 */
export const INTERNET_DESTINATIONS: readonly IpBlock[] = [
    {
        cidr: "0.0.0.0/0",
        except: [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ],
    },
    { cidr: "::/0", except: ["::/127", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "ff00::/8"] },
];

function toBigInt(bytes: readonly number[]): bigint {
    return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function position(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
    const value = toBigInt(address.toByteArray());
    return address.kind() === "ipv4" ? value : IPV6_START + value;
}

/** ipaddr.js also reads 10.1 and 0x7f.1, which Kubernetes refuses. */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 {
    const valid = text.includes(":")
        ? ipaddr.IPv6.isValid(text) && !text.includes("%")
        : ipaddr.IPv4.isValidFourPartDecimal(text);
    if (!valid) {
        throw new AddressError(`"${text}" is not an IP address`);
    }
    return ipaddr.parse(text);
}

/** Where one address stands on the axis. Throws AddressError. */
export function parseAddress(text: string): bigint {
    return position(parse(text));
}

/**
 * The interval of a CIDR block such as 203.0.113.0/24 or 2001:db8::/32.
 * Throws AddressError when it is none, or has bits set beyond its prefix (Kubernetes warns of those, CNIs differ).
 */
export function parseCidr(text: string): Interval<bigint> {
    let interval = intervals.get(text);
    if (interval === undefined) {
        interval = readCidr(text);
        intervals.set(text, interval);
    }
    return interval;
}

/** The same few blocks stand in many rules, and reading one takes longer than what is done with it. */
const intervals = new Map<string, Interval<bigint>>();

function readCidr(text: string): Interval<bigint> {
    const [host, prefix, ...more] = text.split("/");
    const bits = text.includes(":") ? 128 : 32;
    let start: bigint;
    try {
        start = position(parse(host));
    } catch {
        throw new AddressError(`"${text}" is not a CIDR block: write one such as 203.0.113.0/24 or 2001:db8::/32`);
    }
    if (prefix === undefined) {
        throw new AddressError(`"${text}" has no prefix length: did you mean ${text}/${bits}?`);
    }
    if (more.length > 0 || !/^(0|[1-9]\d*)$/.test(prefix) || Number(prefix) > bits) {
        throw new AddressError(`"${text}" is not a CIDR block: its prefix length must be 0 to ${bits}`);
    }
    const size = 1n << BigInt(bits - Number(prefix));
    const offset = bits === 32 ? start : start - IPV6_START;
    if (offset % size !== 0n) {
        throw new AddressError(
            `"${text}" has bits set beyond its prefix: did you mean ${formatAddress(start - (offset % size))}/${prefix}?`,
        );
    }
    return [start, start + size];
}

/** The addresses of blocks, each less its exceptions. Throws AddressError. */
export function addressesOf(blocks: Iterable<IpBlock>): AddressSet {
    const parts: Interval<bigint>[] = [];
    for (const { cidr, except } of blocks) {
        parts.push(...difference([parseCidr(cidr)], intervalSet((except ?? []).map(parseCidr))));
    }
    return intervalSet(parts);
}

/** The address at a position of the axis, as text in its canonical form (RFC 5952). */
export function formatAddress(position: bigint): string {
    const v6 = position >= IPV6_START;
    let rest = v6 ? position - IPV6_START : position;
    const bytes: number[] = [];
    for (let i = 0; i < (v6 ? 16 : 4); i++) {
        bytes.unshift(Number(rest & 255n));
        rest >>= 8n;
    }
    return ipaddr.fromByteArray(bytes).toString();
}

/** The fewest CIDR blocks that make up the set, IPv4 first. */
export function toCidrs(addresses: AddressSet): string[] {
    const cidrs: string[] = [];
    for (const [from, to] of addresses) {
        let start = from;
        while (start < to) {
            const v6 = start >= IPV6_START;
            const offset = v6 ? start - IPV6_START : start;
            const end = !v6 && to > IPV6_START ? IPV6_START : to;
            let bits = v6 ? 128 : 32;
            let size = 1n;
            while (bits > 0 && offset % (size * 2n) === 0n && start + size * 2n <= end) {
                size *= 2n;
                bits--;
            }
            cidrs.push(`${formatAddress(start)}/${bits}`);
            start += size;
        }
    }
    return cidrs;
}

/** Blocks in a fixed order (IPv4 first, by address), without repeats and without those that lie inside another. */
export function tidyBlocks(blocks: readonly IpBlock[]): IpBlock[] {
    const parsed = blocks.map((block) => ({ block, interval: parseCidr(block.cidr), addresses: addressesOf([block]) }));
    const kept = parsed.filter(
        (one, index) =>
            !parsed.some((other, at) => {
                const inside = difference(one.addresses, other.addresses).length === 0;
                const same = inside && difference(other.addresses, one.addresses).length === 0;
                return at !== index && inside && (!same || at < index);
            }),
    );
    kept.sort((a, b) => compare(a.interval[0], b.interval[0]) || compare(a.interval[1], b.interval[1]));
    return kept.map(({ block, interval }) => ({
        cidr: `${formatAddress(interval[0])}/${block.cidr.split("/")[1]}`,
        ...(block.except === undefined || block.except.length === 0 ? {} : { except: block.except }),
    }));
}

function compare(a: bigint, b: bigint): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
