import { isIP } from "node:net";
import * as ipaddr from "ipaddr.js";

/** A value that would not be safe, or would mean something else, inside an nginx configuration. */
export class NginxValueError extends Error {
    constructor(what: string, value: string, expected: string) {
        super(`${what} ${JSON.stringify(value)} cannot stand in an nginx configuration: expected ${expected}.`);
        this.name = "NginxValueError";
    }
}

/** `head { … }` with its body indented; lines in, lines out, so blocks nest. */
export function block(head: string, body: readonly string[]): string[] {
    return [`${head} {`, ...body.map((line) => (line === "" ? "" : `    ${line}`)), "}"];
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A DNS host name (RFC 1123: labels of letters, digits and inner hyphens), in lower case and without the final dot.
 * Nothing else is let through, so a name never carries nginx's own syntax (`;`, `{`, `$`, blanks).
 * Throws NginxValueError.
 */
export function hostName(value: string, what = "host"): string {
    const name = value.toLowerCase().replace(/\.$/, "");
    if (name.length > 253 || isIP(name) !== 0 || !name.split(".").every((label) => LABEL.test(label))) {
        throw new NginxValueError(what, value, "a host name such as www.example.org, without scheme, port or path");
    }
    return name;
}

/** An address range in CIDR notation, IPv4 or IPv6. Throws NginxValueError. */
export function cidr(value: string, what = "address range"): string {
    if (!ipaddr.isValidCIDR(value)) {
        throw new NginxValueError(what, value, "a range such as 192.0.2.0/24 or 2001:db8::/32");
    }
    return value;
}

/** Whether the ranges hold every IPv4 and every IPv6 address: then nothing is left to filter. */
export function isWholeInternet(ranges: readonly string[]): boolean {
    return ["0.0.0.0/0", "::/0"].every((all) => ranges.includes(all));
}

/** A port number (RFC 6335: 1 to 65535). Throws NginxValueError. */
export function portNumber(value: number, what = "port"): number {
    if (!Number.isInteger(value) || value < 1 || value > 65535) {
        throw new NginxValueError(what, String(value), "a whole number from 1 to 65535");
    }
    return value;
}

/** An absolute path made of plain characters. Throws NginxValueError. */
export function absolutePath(value: string, what = "path"): string {
    if (!/^(\/[A-Za-z0-9._-]+)+$/.test(value) || value.split("/").includes("..")) {
        throw new NginxValueError(what, value, "an absolute path of letters, digits, '.', '_' and '-'");
    }
    return value;
}
