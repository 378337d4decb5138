import { printRange, UnknownRole, type Matrix, type ResolvedFlow, type Role, type Transport } from "../matrix";
import {
    addressesOf,
    coversPeer,
    hasPort,
    meetsPeer,
    parseAddress,
    peerOf,
    planPolicies,
    SettingsError,
    type Direction,
    type NetworkSettings,
    type Peer,
    type PlannedRule,
} from "../network";
import { findSources, loadSources } from "./documents";
import { explainObjects } from "./explain-objects";
import { assumedSettings, readSettings } from "./network-settings";
import { UsageError, type ExitCode, type Terminal } from "./terminal";

export interface ExplainOptions {
    matrix?: string;
    annex?: string;
    inventory?: string;
    settings?: string;
}

/** One end of the connection in question: a role, or an address outside the cluster. */
type End = { name: string; role: Role } | { name: string; peer: Peer };

/** The rule of one end's policy that lets the connection through. */
interface Passage {
    /** Kind, namespace and name. */
    policy: string;
    direction: Direction;
    rule?: { index: number; whole: boolean; flows: readonly ResolvedFlow[] };
}

/**
 * `matrice explain`: whether a connection is allowed, by which rows and rules, else the row that would allow it; or, by
 * Kubernetes objects in files, by which policies. Throws UsageError, MatrixError.
 */
export function explain(
    [from, to, portText]: readonly [source: string, destination: string, port: string],
    objects: readonly string[],
    options: ExplainOptions,
    terminal: Terminal,
): ExitCode {
    const { port, transport } = readPort(portText);
    if ((options.matrix === undefined) === (objects.length === 0)) {
        throw new UsageError("give either a matrix (-m FILE) or files of Kubernetes objects.");
    }
    if (options.matrix === undefined) {
        return explainObjects(from, to, { transport, port }, objects, terminal);
    }
    const sources = findSources([options.matrix], options);
    const matrix = loadSources(sources, new Date());
    const [source, destination] = [from, to].map((text) => readEnd(text, matrix));
    const settings = options.settings === undefined ? assumedSettings(matrix).settings : readSettings(options.settings);
    let passages: Passage[];
    try {
        passages = passagesOf(source, destination, transport, port, matrix, settings);
    } catch (error) {
        throw error instanceof SettingsError ? new UsageError(error.message) : error;
    }
    const rows = rowsBetween(source, destination, matrix);
    const direct = rows.filter((row) => opens(row, transport, port));
    const allowed = passages.length === 0 ? direct.length > 0 : passages.every(({ rule }) => rule !== undefined);
    const what = `${source.name} → ${destination.name} ${port}/${transport}`;
    if (!allowed) {
        terminal.out(`${what} is refused: no row opens it.\n`);
        for (const row of rows) {
            terminal.out(`  ${rowText(row)} stands in ${placeText(row)}.\n`);
        }
        terminal.out(
            `  To allow it, add to ${sources.matrix[0]}:  ` +
                `| ${source.name} | ${destination.name} | ${port} | ${transport} | <why> |\n`,
        );
        return 1;
    }
    const partly = passages.some(({ rule }) => rule !== undefined && !rule.whole);
    terminal.out(`${what} is allowed${partly ? " for some of its addresses" : ""}.\n`);
    const reasons = direct.length > 0 ? direct : passages.flatMap(({ rule }) => rule?.flows ?? []);
    for (const row of new Map(reasons.map((one) => [one.row, one])).values()) {
        terminal.out(`  row      ${placeText(row)}  ${rowText(row)}  ${row.description}`.trimEnd() + "\n");
    }
    for (const { policy, direction, rule } of passages) {
        terminal.out(`  ${direction.padEnd(7)}  ${policy}, ${direction}[${rule!.index}]\n`);
    }
    if (passages.length === 0) {
        terminal.out("  No policy holds it: no pod of the platform stands at either end.\n");
    }
    return 0;
}

function readPort(text: string): { port: number; transport: Transport } {
    const [, number, transport = "TCP"] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
    const port = Number(number);
    if (number === undefined || port < 1 || port > 65535) {
        throw new UsageError(`"${text}" is not a port: expected 443, 443/TCP or 53/UDP.`);
    }
    return { port, transport: transport.toUpperCase() as Transport };
}

function readEnd(text: string, matrix: Matrix): End {
    try {
        parseAddress(text);
        const blocks = [{ cidr: `${text}/${text.includes(":") ? 128 : 32}` }];
        return { name: text, peer: { blocks, addresses: addressesOf(blocks) } };
    } catch {
        // Not an address, so a role's name.
    }
    try {
        const role = matrix.role(text);
        return { name: role.name, role };
    } catch (error) {
        throw error instanceof UnknownRole ? new UsageError(error.message) : error;
    }
}

function passagesOf(
    source: End,
    destination: End,
    transport: Transport,
    port: number,
    matrix: Matrix,
    settings: NetworkSettings,
): Passage[] {
    const plans = planPolicies(matrix, settings);
    const passage = (own: End, other: End, direction: Direction): Passage[] => {
        const plan = "role" in own ? plans.find(({ role }) => role === own.role) : undefined;
        if (plan === undefined) {
            return [];
        }
        const { namespace, name } = plan.role.workload!;
        const byName = plan.byName.findIndex(
            (rule) => direction === "egress" && "role" in other && rule.to === other.role,
        );
        if (byName >= 0 && hasPort(plan.byName[byName].ports, transport, port)) {
            const { flows } = plan.byName[byName];
            const rule = { index: byName, whole: true, flows: flows.filter((flow) => opens(flow, transport, port)) };
            return [{ policy: `CiliumNetworkPolicy ${namespace}/${name}`, direction, rule }];
        }
        const peer = "role" in other ? peerOf(other.role, direction, settings) : other.peer;
        const fitting = [...plan[direction].entries()].filter(
            ([, rule]) => hasPort(rule.ports, transport, port) && meetsPeer(rule.peer, peer),
        );
        const [index, rule] = fitting.find(([, one]) => coversPeer(one.peer, peer)) ?? fitting[0] ?? [];
        return [
            {
                policy: `NetworkPolicy ${namespace}/${name}`,
                direction,
                rule: rule && {
                    index: index!,
                    whole: coversPeer(rule.peer, peer),
                    flows: flowsOf(rule, transport, port),
                },
            },
        ];
    };
    return [...passage(source, destination, "egress"), ...passage(destination, source, "ingress")];
}

function flowsOf(rule: PlannedRule, transport: Transport, port: number): ResolvedFlow[] {
    return rule.flows.filter((flow) => opens(flow, transport, port));
}

function rowsBetween(source: End, destination: End, matrix: Matrix): ResolvedFlow[] {
    return "role" in source && "role" in destination
        ? matrix.flowsTo(destination.role).filter(({ from }) => from === source.role)
        : [];
}

function opens(flow: ResolvedFlow, transport: Transport, port: number): boolean {
    return flow.transport === transport && flow.ports.some((range) => range.from <= port && port <= range.to);
}

function rowText({ source, destination, ports, transport }: ResolvedFlow): string {
    return `${source} → ${destination} ${ports.map(printRange).join(",")}/${transport}`;
}

function placeText({ place }: ResolvedFlow): string {
    return `${place.file}:${place.line}`;
}
