import type { ResolvedFlow, Role } from "../matrix";
import { nameLabel } from "../matrix";
import { NAMESPACE_LABEL, portRanges, type Peer, type PlannedRule } from "../network";
import type { RuleContext } from "../rules";
import { networkPolicyListed } from "../rules/network-policy-listed";
import { rulesOf, type Side } from "../rules/allowed-peers";
import { listening, listenersOf, placeText, sentence } from "../rules/listeners";
import { sourcesOf } from "../rules/load-balancer-sources-listed";
import { isEdge } from "../rules/no-host-port";

/** The key that says whose requests pass whatever they hold. */
export const BREAK_GLASS = "break-glass";
/** The key of the account that writes what answers a certificate's challenge. */
export const CHALLENGES = "challenges";

/**
 * The resolved matrix as the data of a ConfigMap: what admission policies compare requests with. CEL reads no JSON, so
 * each value is a text that `split` takes apart. A role's key is its namespace and workload, `e-chauffeur.api`:
 *
 * | key | value |
 * | --- | --- |
 * | `<namespace>.roles` | one line a way to be a role, the first that fits: `api|app.kubernetes.io/name=api` |
 * | `<namespace>.workloads`, `.known` | the names of its roles, for messages; those that Services are named after, longest first |
 * | `<role>.name`, `.listening` | its name, and the sentence on what it listens on |
 * | `<role>.listeners` | `TCP/80/80,TCP/9091/9091`: transport, first and last port |
 * | `<role>.edge`, `.sources`, `.sources-text` | whether it is the edge, whom its load balancer may let in (CIDRs or `any`) |
 * | `<role>.ingress`, `.egress` | one line a rule of its policy: `pods|<namespace>|<labels>|<ports>`, `block|<cidr>|<except>|<ports>` |
 * | `<role>.<side>.rows`, `.says` | the rows behind them, and what is said of them, by the other end: `<end>|TCP/80/80|matrix.md:18` |
 * | `host.<name>.…` | name, listeners and listening of another party, by its host |
 */
export function parameters(context: RuleContext, settings: { breakGlass: string; challenges?: string }) {
    const { matrix } = context;
    const data: Record<string, string> = {
        [BREAK_GLASS]: settings.breakGlass,
        [CHALLENGES]: settings.challenges ?? "",
        edges: sentence(edges(context).map(({ name }) => name)) || "the edge role",
        "first-edge": edges(context)[0]?.name ?? "<source>",
    };
    const roles = matrix.roles.filter(({ workload }) => workload !== undefined);
    const namespaces = new Set([...matrix.namespaces, ...roles.map(({ workload }) => workload!.namespace)]);
    for (const namespace of namespaces) {
        const own = roles.filter(({ workload }) => workload?.namespace === namespace);
        data[`${namespace}.roles`] = own.flatMap(waysToBe).join("\n");
        data[`${namespace}.known`] = known(own);
        data[`${namespace}.workloads`] = own.map(({ workload }) => workload!.name).join(", ");
        data[`${namespace}.services`] = own
            .map(({ workload }) => workload!.name)
            .sort((a, b) => b.length - a.length)
            .join(",");
    }
    for (const role of roles) {
        const key = keyOf(role);
        Object.assign(data, said(key, role), { [`${key}.edge`]: String(isEdge(matrix, role)) });
        const { blocks, text } = loadBalancerSources(role, context);
        Object.assign(data, { [`${key}.sources`]: blocks, [`${key}.sources-text`]: text });
        const [edge] = edges(context);
        const row = matrix.flowsTo(role).find(({ from }) => from.name === edge?.name);
        data[`${key}.route`] = row
            ? `The row ${row.source} → ${row.destination} stands already (${placeText(row.place)}).`
            : "";
        for (const side of ["ingress", "egress"] as const) {
            data[`${key}.${side}`] = rulesOf(context, role, side).flatMap(ruleLines).join("\n");
            Object.assign(data, rows(key, role, side, context));
        }
    }
    for (const role of matrix.roles) {
        for (const host of role.hosts.filter((name) => !name.includes("*"))) {
            data[`host.${host}`] ??= "";
            Object.assign(data, said(`host.${host}`, role));
        }
    }
    return data;
}

export const keyOf = ({ workload }: Role): string => `${workload!.namespace}.${workload!.name}`;

const edges = ({ matrix }: RuleContext): Role[] => matrix.roles.filter((role) => isEdge(matrix, role));

function said(key: string, role: Role): Record<string, string> {
    return {
        [`${key}.name`]: role.name,
        [`${key}.listening`]: listening(role),
        [`${key}.listeners`]: encodeListeners(listenersOf(role)),
    };
}

/** Ranges by transport, those that touch made one: a range of ports is covered where one of them holds it. */
export function encodeListeners(listeners: readonly { transport: string; from: number; to: number }[]): string {
    const united: { transport: string; from: number; to: number }[] = [];
    for (const one of [...listeners].sort((a, b) => a.transport.localeCompare(b.transport) || a.from - b.from)) {
        const last = united.at(-1);
        if (last?.transport === one.transport && one.from <= last.to + 1) last.to = Math.max(last.to, one.to);
        else united.push({ transport: one.transport, from: one.from, to: one.to });
    }
    return united.map(({ transport, from, to }) => `${transport}/${from}/${to}`).join(",");
}

/** The labels by which pods are a role's: the name of its workload, or labels of its own. See Role.selects. */
function waysToBe(role: Role): string[] {
    const { workload, kind, podLabels } = role;
    const own = Object.entries(podLabels)
        .filter(([key]) => key !== "matrice.dev/connected")
        .map(([key, value]) => `${key}=${value}`);
    const ways = [...(kind === "workload" ? [`${nameLabel}=${workload!.name}`] : []), own.sort().join(",")];
    return [...new Set(ways.filter((way) => way !== ""))].map((way) => `${workload!.name}|${way}`);
}

function known(roles: readonly Role[]): string {
    const names = roles.flatMap(({ podLabels }) => podLabels[nameLabel] ?? []);
    return names.length ? `Its roles there are ${sentence([...new Set(names)].sort())}.` : "It has no role there.";
}

function loadBalancerSources(role: Role, context: RuleContext): { blocks: string; text: string } {
    const { blocks, text } = sourcesOf(role, context);
    return { blocks: blocks === undefined ? "any" : blocks.join(","), text };
}

function ruleLines({ peer, ports }: PlannedRule): string[] {
    const listed = encodeListeners(portRanges(ports));
    return peerLines(peer).map((line) => `${line}|${listed}`);
}

function peerLines(peer: Peer): string[] {
    if ("blocks" in peer) return peer.blocks.map(({ cidr, except = [] }) => `block|${cidr}|${except.join(",")}`);
    const labels = Object.entries(peer.labels).map(([key, value]) => `${key}=${value}`);
    return [`pods|${peer.namespace}|${labels.sort().join(",")}`];
}

/** The end of a flow as requests show it: the pods of a role, or addresses (`*`). */
const endOf = (role: Role): string =>
    ["workload", "service"].includes(role.kind) && role.workload ? keyOf(role) : "*";

/** The rows of a role by their other end, and the sentence of the rule about them. */
function rows(key: string, role: Role, side: Side, context: RuleContext): Record<string, string> {
    const flows = side === "ingress" ? context.matrix.flowsTo(role) : context.matrix.flowsFrom(role);
    const other = (flow: ResolvedFlow) => (side === "ingress" ? flow.from : flow.to);
    const lines = flows.flatMap((flow) =>
        flow.ports.map(
            ({ from, to }) => `${endOf(other(flow))}|${flow.transport}/${from}/${to}|${placeText(flow.place)}`,
        ),
    );
    const ends = new Map(flows.map((flow) => [endOf(other(flow)), other(flow)]));
    return {
        [`${key}.${side}.rows`]: [...new Set(lines)].join("\n"),
        [`${key}.${side}.says`]: [...ends].map(([end, peer]) => `${end}|${says(role, side, peer, context)}`).join("\n"),
    };
}

/** What network-policy-listed says of the rows between two ends: it is asked about a port that none of them has. */
function says(role: Role, side: Side, other: Role, context: RuleContext): string {
    const { namespace, name } = role.workload!;
    const peer =
        endOf(other) === "*"
            ? { ipBlock: { cidr: "0.0.0.0/0" } }
            : {
                  namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: other.workload!.namespace } },
                  podSelector: { matchLabels: other.podLabels },
              };
    const rule = { [side === "ingress" ? "from" : "to"]: [peer], ports: [{ protocol: "SCTP", port: 1 }] };
    const [finding] = networkPolicyListed.check(
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { namespace, name },
            spec: { podSelector: { matchLabels: role.podLabels }, [side]: [rule] },
        },
        context,
    );
    return finding.message.split("\n")[1].trim();
}
