/**
 * The independent judge: np-guard's netpol-analyzer reads the live cluster's objects, and its verdicts are compared
 * with the rows of matrix and annex. Nothing of network/ is used here, address arithmetic included.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Matrix, ResolvedFlow, Role } from "../../matrix";

/** Addresses as closed intervals of 32-bit numbers, sorted, disjoint and not adjacent. */
type Ranges = [number, number][];

export interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; labels?: Record<string, string> };
    // The oracle only passes specs on.
    spec?: Record<string, unknown>;
}

/** What the oracle needs of the stack: addresses of people, of nodes and of the control plane. */
export interface Addresses {
    people: Record<string, string[]>;
    controlPlane: { cidrs: string[]; port?: number };
    loadBalancerCidrs?: string[];
}

/** One difference, printed as a row of the matrix. */
export interface Difference {
    kind: "missing" | "extra";
    row: string;
    flows: ResolvedFlow[];
}

const ALL: Ranges = [[0, 0xffffffff]];

/** IANA's special-purpose IPv4 ranges that are no part of the internet (RFC 6890), multicast and reserved space. */
const NOT_INTERNET = [
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
];

function address(text: string): number {
    return text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function cidr(text: string): [number, number] {
    const [base, length] = text.split("/");
    const start = address(base);
    return [start, start + 2 ** (32 - Number(length)) - 1];
}

function union(ranges: Ranges): Ranges {
    const merged: Ranges = [];
    for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
        const last = merged.at(-1);
        if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
        else merged.push([from, to]);
    }
    return merged;
}

function subtract(ranges: Ranges, without: Ranges): Ranges {
    let rest = union(ranges);
    for (const [from, to] of without) {
        rest = rest.flatMap(([a, b]): Ranges => {
            const pieces: Ranges = [
                [a, Math.min(b, from - 1)],
                [Math.max(a, to + 1), b],
            ];
            return to < a || from > b ? [[a, b]] : pieces.filter(([x, y]) => x <= y);
        });
    }
    return rest;
}

const INTERNET = subtract(ALL, NOT_INTERNET.map(cidr));

/** Which addresses a role outside the cluster stands for, as seen from a pod; undefined for a role with pods. */
function addressesOf(role: Role, side: "source" | "destination", stack: Addresses): Ranges | undefined {
    const v4 = (list: string[]): Ranges => union(list.filter((entry) => !entry.includes(":")).map(cidr));
    switch (role.kind) {
        case "people":
        case "nodes":
            return v4(stack.people[role.cidrs ?? ""] ?? []);
        case "controlPlane":
            return v4(stack.controlPlane.cidrs);
        case "loadBalancer":
            return v4(stack.loadBalancerCidrs ?? []);
        case "external":
        case "internet":
            return side === "source" ? ALL : INTERNET;
        default:
            return undefined;
    }
}

/** `source destination transport port` → the external addresses concerned (ALL where both ends are pods). */
type Connections = Map<string, Ranges>;

function add(connections: Connections, key: string, ranges: Ranges): void {
    connections.set(key, union([...(connections.get(key) ?? []), ...ranges]));
}

const OUTSIDE = "outside";
const podKey = (role: Role): string => `${role.workload?.namespace}/${role.workload?.name}`;

/** What the rows say, as connections between workloads and to the outside. */
function expected(matrix: Matrix, stack: Addresses): { connections: Connections; flows: Map<string, ResolvedFlow[]> } {
    const connections: Connections = new Map();
    const flows = new Map<string, ResolvedFlow[]>();
    for (const flow of matrix.flows) {
        const source = addressesOf(flow.from, "source", stack);
        const destination = addressesOf(flow.to, "destination", stack);
        if (!flow.from.isWorkload && !flow.to.isWorkload) continue; // no policy of the platform stands at either end
        for (const { from, to } of flow.ports) {
            for (let port = from; port <= to; port++) {
                const shown = flow.to.kind === "controlPlane" ? (stack.controlPlane.port ?? port) : port;
                const key = [
                    source ? OUTSIDE : podKey(flow.from),
                    destination ? OUTSIDE : podKey(flow.to),
                    flow.transport,
                    shown,
                ].join(" ");
                add(connections, key, source ?? destination ?? ALL);
                flows.set(key, [...(flows.get(key) ?? []), flow]);
            }
        }
    }
    return { connections, flows };
}

const TWIN = "-twin";

/** `namespace/name` of each workload → `namespace/name` of its role, which its pods' label says. */
function rolesOf(objects: KubernetesObject[]): Map<string, string> {
    const roles = new Map<string, string>();
    for (const { metadata, spec } of objects) {
        const template = spec?.template as { metadata?: { labels?: Record<string, string> } } | undefined;
        const name = template?.metadata?.labels?.["app.kubernetes.io/name"];
        if (name) roles.set(`${metadata.namespace}/${metadata.name}`, `${metadata.namespace}/${name}`);
    }
    return roles;
}

/**
 * Workloads that make every row visible to the analyser: one for each role that nothing realises yet, the cluster's
 * DNS, and a twin of each role that talks to itself (the analyser leaves out a workload's connections to itself).
 */
export function witnesses(matrix: Matrix, objects: KubernetesObject[]): KubernetesObject[] {
    const present = new Set(rolesOf(objects).values());
    const made: KubernetesObject[] = [];
    const deployment = (namespace: string, name: string, labels: Record<string, string>): KubernetesObject => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "witness", image: "witness" }] } },
        },
    });
    for (const role of matrix.roles) {
        if (!role.workload) continue;
        const { namespace, name } = role.workload;
        if (!present.has(podKey(role))) made.push(deployment(namespace, name, role.podLabels));
        if (matrix.flows.some((flow) => flow.from === role && flow.to === role))
            made.push(deployment(namespace, name + TWIN, role.podLabels));
    }
    return made;
}

type Rule = { from?: { ipBlock?: { cidr: string } }[]; to?: { ipBlock?: { cidr: string } }[] };

/**
 * A policy without its IPv6 peers: the analyser knows IPv4 alone and reads an IPv6 block as an IPv4 one. That IPv6
 * stands wherever IPv4 does is held by the tests of network/.
 */
function ipv4Only(object: KubernetesObject): KubernetesObject {
    if (object.kind !== "NetworkPolicy") return object;
    const keep = (rules: Rule[] = []): Rule[] =>
        rules.flatMap((rule) => {
            const side = rule.from ? "from" : "to";
            const peers = rule[side]?.filter(({ ipBlock }) => !ipBlock?.cidr.includes(":"));
            return peers?.length === 0 ? [] : [{ ...rule, ...(peers && { [side]: peers }) }];
        });
    const { ingress, egress, ...spec } = object.spec as { ingress?: Rule[]; egress?: Rule[] };
    return { ...object, spec: { ...spec, ingress: keep(ingress), egress: keep(egress) } };
}

/** The analyser's verdicts over a set of objects. */
function observed(analyzer: string, objects: KubernetesObject[], folder: string, matrix: Matrix): Connections {
    mkdirSync(folder, { recursive: true });
    const directory = mkdtempSync(join(folder, "dump-"));
    try {
        const list = { apiVersion: "v1", kind: "List", items: objects.map(ipv4Only) };
        writeFileSync(join(directory, "objects.json"), JSON.stringify(list));
        const output = execFileSync(analyzer, ["list", "--dirpath", directory, "--output", "json", "--quiet"], {
            encoding: "utf8",
            timeout: 120_000,
            maxBuffer: 256 * 1024 * 1024,
        });
        return connectionsOf(JSON.parse(output.slice(output.indexOf("["))), matrix, rolesOf(objects));
    } finally {
        rmSync(directory, { recursive: true });
    }
}

function connectionsOf(
    verdicts: { src: string; dst: string; conn: string }[],
    matrix: Matrix,
    roles: Map<string, string>,
): Connections {
    const services = new Set(matrix.roles.filter((role) => role.kind === "service").map(podKey));
    const connections: Connections = new Map();
    for (const { src, dst, conn } of verdicts) {
        const [from, to] = [end(src, roles), end(dst, roles)];
        // What pods the platform does not own may do is not the matrix's matter; what reaches them from our pods is.
        if (services.has(from.name) || (services.has(to.name) && from.ranges)) continue;
        for (const [transport, port] of portsOf(conn))
            add(connections, [from.name, to.name, transport, port].join(" "), from.ranges ?? to.ranges ?? ALL);
    }
    return connections;
}

/** `e-chauffeur/api[Deployment]` or `0.0.0.0-9.255.255.255`. */
function end(text: string, roles: Map<string, string>): { name: string; ranges?: Ranges } {
    const range = /^([\d.]+)-([\d.]+)$/.exec(text);
    if (range) return { name: OUTSIDE, ranges: [[address(range[1]), address(range[2])]] };
    const workload = text.replace(/\[[^\]]*\]$/, "");
    return { name: roles.get(workload) ?? workload };
}

/** `TCP 80,443,UDP 53` or `TCP 1-5` or `All Connections`, as single ports. */
function portsOf(conn: string): [string, string][] {
    if (/all connections/i.test(conn)) return [["every transport", "every port"]];
    const found: [string, string][] = [];
    let transport = "";
    for (const part of conn.split(",")) {
        const [, named, ports] = /^\s*(?:(TCP|UDP|SCTP)\s+)?(.+)$/.exec(part) ?? [];
        transport = named ?? transport;
        const [from, to = from] = ports.split("-");
        if (!/^\d+$/.test(from)) found.push([transport, ports]);
        else for (let port = Number(from); port <= Number(to); port++) found.push([transport, String(port)]);
    }
    return found;
}

const same = (a: Ranges = [], b: Ranges = []): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Compares what the analyser sees in the objects with the rows; empty when they are equal.
 *
 * @param analyzer path of the netpol-analyzer binary
 * @param objects namespaces, workloads and policies of the live cluster (witnesses are added here)
 * @param folder where the dump may be written for the time of the call
 */
export function differences(
    analyzer: string,
    objects: KubernetesObject[],
    matrix: Matrix,
    stack: Addresses,
    folder: string,
): Difference[] {
    const rows = expected(matrix, stack);
    const seen = observed(analyzer, [...objects, ...witnesses(matrix, objects)], folder, matrix);
    const found: Difference[] = [];
    for (const key of [...new Set([...rows.connections.keys(), ...seen.keys()])].sort()) {
        const [want, have] = [rows.connections.get(key), seen.get(key)];
        if (same(want, have)) continue;
        const flows = rows.flows.get(key) ?? [];
        const [source, destination, transport, port] = key.split(" ");
        const missing = subtract(want ?? [], have ?? []).length > 0;
        const names = flows.length
            ? flows.map((flow) => `${flow.source} | ${flow.destination}`)
            : [`${source} | ${destination}`];
        const places = flows.map((flow) => `${flow.place.file}:${flow.place.line}`).join(", ") || "no row";
        for (const ends of new Set(names))
            found.push({
                kind: missing ? "missing" : "extra",
                row: `| ${ends} | ${port} | ${transport} |  (${places})`,
                flows,
            });
    }
    return found;
}
