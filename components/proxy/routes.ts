import { MissingRow, type Matrix, type Role } from "../../matrix";
import { outsideFlows, type NetworkSettings } from "../../network";
import { isWholeInternet } from "../nginx/text";
import { hostOf } from "../workload";
import type { ProxyConfiguration, ProxySite, Upstream } from "./configuration";

/** A host to publish and the role that answers for it. */
export interface Site {
    readonly host: string;
    /** A role to which the matrix has a row from the proxy. */
    readonly role: string;
    /** Passes websockets. Defaults to false. */
    readonly websocket?: boolean;
    /** Key of `network.people`: those alone may open the site. Left out: whoever the load balancer lets through. */
    readonly people?: string;
    /** Largest request body, in MiB. Defaults to 10. */
    readonly bodyMebibytes?: number;
}

export interface RouteArgs {
    /** The proxy itself. */
    readonly role: Role;
    readonly matrix: Matrix;
    readonly sites: readonly Site[];
    /** cert-manager's solver pods. */
    readonly solver?: Role;
    readonly network: NetworkSettings;
    /** The socket on which nginx shows its counters; left out: nowhere. */
    readonly statusSocket?: string;
    /** Where the certificate of a host is mounted. */
    readonly certificateFolder: (host: string) => string;
}

/** The proxy's configuration, and sentences on what the sites and the rows do not have in common. */
export interface Routes {
    readonly configuration: ProxyConfiguration;
    readonly reports: readonly string[];
}

/**
 * Derives the routes from the rows that leave the proxy. A site is published when a row opens its role to the proxy:
 * without the row its route is gone, and a report names the row that would open it; a row to a role that no site names
 * is reported too. Throws on a role that the matrix does not know, and on a site for people that no setting lists.
 */
export function routes(args: RouteArgs): Routes {
    const { role, matrix, sites, network, solver } = args;
    const reports: string[] = [];
    const published: ProxySite[] = [];
    for (const site of sites) {
        const upstream = upstreamOf(matrix, role, matrix.role(site.role));
        if (upstream instanceof MissingRow) {
            reports.push(`${site.host} is not published. ${upstream.message}`);
            continue;
        }
        published.push({
            host: site.host,
            upstream,
            websocket: site.websocket,
            allow: allowed(site, network),
            certificate: args.certificateFolder(site.host),
            bodyMebibytes: site.bodyMebibytes,
        });
    }
    const named = new Set(sites.map((site) => matrix.role(site.role)));
    for (const flow of matrix.flowsFrom(role)) {
        const pods = flow.from === role && flow.to.isWorkload && flow.to !== solver;
        if (pods && !named.has(flow.to)) {
            const { file, line } = flow.place;
            reports.push(`No site leads to ${flow.to.name}, which a row opens to ${role.name} (${file}:${line}).`);
        }
    }
    const acme = solver && upstreamOf(matrix, role, solver);
    if (acme instanceof MissingRow) reports.push(`Challenges over HTTP-01 are not answered. ${acme.message}`);
    return {
        configuration: {
            listeners: { http: role.port("http"), https: role.port("https") },
            sites: published,
            solver: acme instanceof MissingRow ? undefined : acme,
            statusSocket: args.statusSocket,
            proxyProtocolFrom: network.edge === "proxyProtocol" ? network.loadBalancerCidrs : undefined,
        },
        reports,
    };
}

function upstreamOf(matrix: Matrix, proxy: Role, destination: Role): Upstream | MissingRow {
    try {
        return { host: hostOf(destination), port: matrix.port(proxy.name, destination.name) };
    } catch (error) {
        if (error instanceof MissingRow) return error;
        throw error;
    }
}

function allowed(site: Site, network: NetworkSettings): readonly string[] | undefined {
    if (site.people === undefined) return undefined;
    const ranges = network.people[site.people];
    if (ranges === undefined) {
        const known = Object.keys(network.people).join(", ") || "none";
        throw new Error(
            `Site ${site.host} is for "${site.people}", whom the setting network.people does not list (it has: ${known}).`,
        );
    }
    return ranges;
}

/**
 * Who may reach the load balancer: the ranges of the people with a row to the proxy. "everyone" as soon as a row comes
 * from somewhere without published addresses (the certificate authority, the internet): sites are then restricted by
 * nginx alone. Empty when no row comes from outside.
 */
export function sourceRanges(role: Role, matrix: Matrix, network: NetworkSettings): "everyone" | readonly string[] {
    const sources = outsideFlows(matrix, role).map(({ from }) => from);
    if (sources.some(({ kind }) => kind === "external" || kind === "internet")) return "everyone";
    const keys = sources.flatMap(({ kind, cidrs }) => (kind === "people" && cidrs !== undefined ? [cidrs] : []));
    const ranges = [...new Set(keys.flatMap((key) => network.people[key] ?? []))].sort();
    return isWholeInternet(ranges) ? "everyone" : ranges;
}
