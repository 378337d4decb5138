import type { RuleContext } from "../rules";
import { connectedLabelPresent } from "../rules/connected-label-present";
import { endpointsByHand } from "../rules/endpoints-by-hand";
import { loadBalancerSourcesListed } from "../rules/load-balancer-sources-listed";
import { noHostPort } from "../rules/no-host-port";
import { roleKnown } from "../rules/role-known";
import { servicePortListed } from "../rules/service-port-listed";
import { about, bind, enumeration, fact, isListed, pairs, portCells, portText, when } from "./cel";
import { labels, object, Phrases, ROLE } from "./phrases";
import { compiled, type Policy } from "./policy";
import { connectedFound, HAS_ROLE, isDisconnected, nameVariable, roleVariables, unknownRole } from "./roles";
import { byChallenges } from "./writers";

const service = (spec: object) => object("v1", "Service", { spec });
const listener = (port: object, more: object = {}) => service({ selector: labels("listener"), ports: [port], ...more });
const named = (externalName: string, ports: object[] = []) => service({ type: "ExternalName", externalName, ports });
const unlisted = { port: 41111, protocol: "UDP" };

const T = "p.?protocol.orValue('TCP')";
const row = (number: string) => ({
    "41111/UDP": portText(T, number),
    "| 41111/UDP | UDP |": portCells(T, number),
});
const PORTS = "variables.ports";
const lists = (port: string) => isListed("variables.listeners", T, port);

/** What Services open: ports, node ports, addresses, names of hosts, and whom a load balancer lets in. */
export function servicePolicy(files: RuleContext["platformFiles"]): Policy {
    const phrases = new Phrases(files);
    return {
        name: "services",
        resources: [{ apiGroups: [""], resources: ["services"] }],
        changed: "object.spec != oldObject.spec",
        variables: [
            { name: "type", expression: "object.spec.?type.orValue('ClusterIP')" },
            { name: "external", expression: "variables.type == 'ExternalName'" },
            { name: "ports", expression: "object.spec.?ports.orValue([])" },
            { name: "labels", expression: pairs("object.spec.?selector.orValue({})") },
            nameVariable,
            ...roleVariables,
            { name: "asked", expression: `${PORTS}.transformList(i, p, p.?nodePort.orValue(0) != 0, i)` },
            { name: "host", expression: "object.spec.?externalName.orValue('').lowerAscii()" },
            { name: "party", expression: "'host.' + variables.host" },
        ],
        rules: [
            compiled(
                roleKnown,
                when(
                    `!variables.external && variables.labels.size() > 0 && variables.role == ''`,
                    unknownRole(phrases, (selector) => service({ selector }), ["spec.selector", "'spec.selector'"]),
                ),
            ),
            compiled(servicePortListed, [addresses(phrases), hosts(phrases), listed(phrases)].join(" + ")),
            compiled(noHostPort, nodePorts(phrases)),
            compiled(loadBalancerSourcesListed, loadBalancer(phrases)),
            compiled(
                endpointsByHand,
                when(
                    "!variables.external && variables.labels.size() == 0",
                    phrases.of(endpointsByHand, service({ ports: [] }), {
                        "of namespace-1": "'of ' + request.namespace",
                        "caller, listener, edge": "params.data[request.namespace + '.workloads']",
                    }),
                ),
            ),
            compiled(
                connectedLabelPresent,
                when(
                    `${HAS_ROLE} && ${isDisconnected} && !${byChallenges("object.spec.?selector.orValue({})")}`,
                    phrases.of(
                        connectedLabelPresent,
                        listener({ port: 40001 }, { selector: { "app.kubernetes.io/name": "listener" } }),
                        { ...ROLE, "is missing": `'is ' + ${connectedFound}` },
                    ),
                ),
            ),
        ],
    };
}

/** Ports and target ports of the role that a Service selects. */
function listed(phrases: Phrases): string {
    const unlistedPort = phrases.of(servicePortListed, listener(unlisted), { ...phrases.role, ...row("p.port") });
    const target = "p.targetPort";
    const unlistedTarget = phrases.of(servicePortListed, listener({ port: 40001, targetPort: 41111 }), {
        ...phrases.role,
        "spec.ports[0].targetPort 41111": `'spec.ports[' + string(i) + '].targetPort ' + string(${target})`,
        "41111/TCP": portText(T, target),
        "| 41111 | TCP |": portCells(T, target),
    });
    const other = `type(p.?targetPort.orValue('')) == int && ${target} != p.port`;
    const said = [
        about(PORTS, "i", "p", `!${lists("p.port")}`, unlistedPort),
        about(PORTS, "i", "p", `${other} && !${lists(target)}`, unlistedTarget),
    ].join(" + ");
    return `(${HAS_ROLE} && !variables.external ? ${said} : '')`;
}

/** Addresses that a Service claims for itself. */
function addresses(phrases: Phrases): string {
    const claim = { externalIPs: ["192.0.2.1"] };
    const claimed = { "for 40001/TCP": "'for ' + claimed" };
    const ofRole = phrases.of(servicePortListed, listener({ port: 40001 }, claim), { ...phrases.role, ...claimed });
    const ofNone = phrases.of(servicePortListed, service({ ports: [{ port: 40001 }], ...claim }), claimed);
    return when(
        "object.spec.?externalIPs.orValue([]).size() > 0",
        bind(
            "claimed",
            enumeration(`${PORTS}.map(p, ${portText(T, "p.port")})`),
            `${HAS_ROLE} ? ${ofRole} : ${ofNone}`,
        ),
    );
}

/** Names for hosts outside, and the ports by which they go. */
function hosts(phrases: Phrases): string {
    const isKnown = "(variables.party + '.name') in params.data";
    const party = (name: string) => `params.data[variables.party + '.${name}']`;
    const unknown = phrases.of(servicePortListed, named("nobody.example"), { "nobody.example": "variables.host" });
    const port = phrases.of(servicePortListed, named("outside.example", [unlisted]), {
        [phrases.listening("ROLE-OUTSIDE")]: party("listening"),
        "ROLE-OUTSIDE": party("name"),
        ...row("p.port"),
    });
    const isUnlisted = `!${isListed(`${party("listeners")}.split(',')`, T, "p.port")}`;
    return `(!variables.external ? '' : ${isKnown} ? ${about(PORTS, "i", "p", isUnlisted, port)} : ${unknown} + '  ')`;
}

/** Ports on every node, which the edge alone may have. The API server has given a load balancer its node ports by now. */
function nodePorts(phrases: Phrases): string {
    const at = "variables.asked[0]";
    const byPort = {
        "spec.ports[0]": `'spec.ports[' + string(${at}) + ']'`,
        "opens 41112": `'opens ' + string(${PORTS}[${at}].nodePort)`,
    };
    const byType = { "type LoadBalancer": "'type ' + variables.type" };
    const port = { port: 40001, nodePort: 41112 };
    const say = (spec: object, parts: Record<string, string>) => phrases.of(noHostPort, service(spec), parts);
    const own = { selector: labels("listener") };
    const none = { selector: { "app.kubernetes.io/name": "nobody" } };
    const balancer = { type: "LoadBalancer", ports: [{ port: 40001 }] };
    return when(
        `!variables.edge && (variables.type in ['NodePort', 'LoadBalancer'] || variables.asked.size() > 0)`,
        `(variables.type == 'LoadBalancer' || variables.asked.size() == 0 ? (${HAS_ROLE} ? ${say({ ...own, ...balancer }, { ...ROLE, ...byType })} : ${say({ ...none, ...balancer }, byType)}) : ` +
            `(${HAS_ROLE} ? ${say({ ...own, ports: [port] }, { ...ROLE, ...byPort })} : ${say({ ...none, ports: [port] }, byPort)}))`,
    );
}

/** Addresses that the edge's load balancer lets in: those of its sources, one block inside another. */
function loadBalancer(phrases: Phrases): string {
    const edge = { type: "LoadBalancer", selector: labels("edge"), ports: [{ port: 40002 }] };
    const parts = { "ROLE-EDGE": "variables.title", [phrases.sources]: fact("variables.role", "sources-text") };
    const sources = fact("variables.role", "sources");
    const ranges = "object.spec.?loadBalancerSourceRanges.orValue([])";
    const isWider = `!${sources}.split(',').exists(block, block != '' && isCIDR(range) && cidr(block).containsCIDR(range))`;
    const missing = phrases.of(loadBalancerSourcesListed, service(edge), parts);
    const wider = phrases.of(
        loadBalancerSourcesListed,
        service({ ...edge, loadBalancerSourceRanges: ["192.0.2.0/24"] }),
        {
            ...parts,
            "lets in 192.0.2.0/24": "'lets in ' + wider",
        },
    );
    const open = `(${ranges}.size() == 0 ? ['0.0.0.0/0', '::/0'] : ${ranges}.map(range, range.trim())).filter(range, ${isWider})`;
    const say = bind(
        "wider",
        enumeration(open),
        `wider == '' ? '' : ${ranges}.size() == 0 ? ${missing} + '  ' : ${wider} + '  '`,
    );
    return `(variables.type == 'LoadBalancer' && variables.edge && ${sources} != 'any' ? ${say} : '')`;
}
