import { NAMESPACE_LABEL } from "../network";
import type { RuleContext } from "../rules";
import { connectedLabelPresent } from "../rules/connected-label-present";
import { networkPolicyListed } from "../rules/network-policy-listed";
import type { Side } from "../rules/allowed-peers";
import { roleKnown } from "../rules/role-known";
import {
    about,
    bind,
    cut,
    each,
    enumeration,
    fact,
    pairs,
    portCells,
    rolesOf,
    selectorPairs,
    sorted,
    text,
    when,
} from "./cel";
import { labels, object, Phrases, ROLE } from "./phrases";
import { compiled, type Policy } from "./policy";
import { connectedFound, HAS_ROLE, isDisconnected, nameVariable, roleVariables, unknownRole } from "./roles";

const policy = (spec: object) =>
    object("networking.k8s.io/v1", "NetworkPolicy", {
        spec: { podSelector: { matchLabels: labels("listener") }, ...spec },
    });
const pods = (role: string) => ({
    namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: "namespace-1" } },
    podSelector: { matchLabels: labels(role) },
});
const port = { protocol: "TCP", port: 40001 };
const unlisted = { protocol: "UDP", port: 41111 };

/** What policies widen: they only add up, so each peer and port of each rule is compared with its role's own policy. */
export function networkPolicyPolicy(files: RuleContext["platformFiles"]): Policy {
    const phrases = new Phrases(files);
    return {
        name: "network-policies",
        resources: [{ apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"] }],
        changed: "object.spec != oldObject.spec",
        variables: [
            { name: "matchLabels", expression: pairs("object.spec.?podSelector.?matchLabels.orValue({})") },
            { name: "labels", expression: selectorPairs("object.spec.?podSelector.orValue({})") },
            nameVariable,
            ...roleVariables,
            { name: "ingress", expression: "object.spec.?ingress.orValue([])" },
            { name: "egress", expression: "object.spec.?egress.orValue([])" },
        ],
        rules: [
            compiled(
                roleKnown,
                when(
                    `variables.matchLabels.size() > 0 && ${rolesOf("request.namespace", "variables.matchLabels")}.size() == 0`,
                    unknownRole(phrases, (matchLabels) => policy({ podSelector: { matchLabels } }), [
                        "spec.podSelector.matchLabels",
                        text("spec.podSelector.matchLabels"),
                    ]),
                ),
            ),
            compiled(
                networkPolicyListed,
                [
                    when(
                        "variables.labels.size() == 0 && variables.ingress.size() + variables.egress.size() > 0",
                        phrases.of(networkPolicyListed, policy({ podSelector: {}, ingress: [{}] }), {}),
                    ),
                    `(${HAS_ROLE} ? ${rules(phrases, "ingress")} + ${rules(phrases, "egress")} : '')`,
                ].join(" + "),
            ),
            compiled(
                connectedLabelPresent,
                when(
                    `${HAS_ROLE} && ${isDisconnected}`,
                    phrases.of(
                        connectedLabelPresent,
                        policy({ podSelector: { matchLabels: { "app.kubernetes.io/name": "listener" } } }),
                        { ...ROLE, "is missing": `'is ' + ${connectedFound}` },
                    ),
                ),
            ),
        ],
    };
}

/** Each rule of a side, as network-policy-listed goes through it. */
function rules(phrases: Phrases, side: Side): string {
    const key = side === "ingress" ? "from" : "to";
    const peers = `r.?${key}.orValue([])`;
    const ports = "r.?ports.orValue([])";
    const say = (rule: object, parts: Record<string, string>) =>
        phrases.of(networkPolicyListed, policy({ [side]: [rule] }), parts);
    const at = (path: string) => ({ [`spec.${side}[0].${path}`]: `'spec.${side}[' + string(r_) + '].${path}'` });

    // Ports that can't be compared.
    const good = { [key]: [pods("caller")] };
    const noPorts = say({ ...good, ports: [] }, at("ports"));
    const portAt = { [`spec.${side}[0].ports[0]`]: `'spec.${side}[' + string(r_) + '].ports[' + string(i) + ']'` };
    const anyPort = say(
        { ...good, ports: [{ protocol: "UDP" }] },
        { ...portAt, "of UDP": "'of ' + p.?protocol.orValue('TCP')" },
    );
    const namedPort = say(
        { ...good, ports: [{ port: "nobody" }] },
        { ...portAt, "name nobody": "'name ' + string(p.port)" },
    );
    const unreadable = [
        when(`${ports}.size() == 0`, noPorts),
        about(ports, "i", "p", "!has(p.port)", anyPort),
        about(ports, "i", "p", "has(p.port) && type(p.port) != int", namedPort),
    ].join(" + ");

    // Peers that select too much.
    const openings = `${ports}.filter(p, has(p.port) && type(p.port) == int)`;
    const on = `(${openings}.size() == 0 ? '' : ' on ' + ${enumeration(`${openings}.map(p, ${range("p")} + '/' + p.?protocol.orValue('TCP'))`)})`;
    const empty = say({ [key]: [], ports: [port] }, { ...ROLE, ...at(key), " on 40001/TCP": on });
    const halves = ["namespaceSelector", "podSelector"].map((one, index, both) => {
        const alone = `has(x.${one}) && !has(x.${both[1 - index]}) && !has(x.ipBlock)`;
        return `${peers}.transformList(i, x, ${alone}, 'spec.${side}[' + string(r_) + '].${key}[' + string(i) + ']')`;
    });
    const split = say(
        { [key]: [{ namespaceSelector: {} }, { podSelector: {} }], ports: [port] },
        {
            ...ROLE,
            ...at(key),
            [`spec.${side}[0].${key}[0]`]: `${halves[0]}[0]`,
            [`spec.${side}[0].${key}[1]`]: `${halves[1]}[0]`,
        },
    );
    return each(
        `variables.${side}`,
        "r_",
        "r",
        `${unreadable} + (${peers}.size() == 0 ? ${empty} + '  ' : ${halves[0]}.size() > 0 && ${halves[1]}.size() > 0 ? ${split} + '  ' : ${each(
            peers,
            "x_",
            "x",
            peer(phrases, side, say, openings),
        )})`,
    );
}

const range = (p: string): string =>
    `(string(${p}.port) + (!has(${p}.endPort) || ${p}.endPort == ${p}.port ? '' : '-' + string(${p}.endPort)))`;
const end = (p: string): string => `${p}.?endPort.orValue(${p}.port)`;

/** What is said of a peer `x`, number `x_`. */
function peer(
    phrases: Phrases,
    side: Side,
    say: (rule: object, parts: Record<string, string>) => string,
    openings: string,
): string {
    const key = side === "ingress" ? "from" : "to";
    const where = { [`spec.${side}[0].${key}[0]`]: `'spec.${side}[' + string(r_) + '].${key}[' + string(x_) + ']'` };
    const everywhere = say(
        { [key]: [{ namespaceSelector: {}, podSelector: { matchLabels: labels("caller") } }], ports: [port] },
        { ...ROLE, ...where },
    );
    const every = say(
        { [key]: [{ podSelector: {} }], ports: [port] },
        { ...ROLE, ...where, "namespace namespace-1": "'namespace ' + space" },
    );
    const nobody = say(
        { [key]: [{ podSelector: { matchLabels: { other: "label" } } }], ports: [port] },
        {
            ...ROLE,
            ...where,
            "pods other: label": `'pods ' + ${enumeration(`${sorted("pods")}.map(label, label.split('=')[0] + ': ' + label.split('=')[1])`)}`,
            "namespace namespace-1": "'namespace ' + space",
        },
    );
    // In CEL's own words: the namespace and the labels that the peer's selectors name, then the role that they stand for.
    const namespaces = `(!has(x.namespaceSelector) ? [request.namespace] : ${selectorPairs("x.namespaceSelector")}.filter(label, label.startsWith('${NAMESPACE_LABEL}=')).map(label, label.split('=')[1]) + [''])[0]`;
    const found = `(!((space + '.roles') in params.data) ? [] : ${rolesOf("space", pairs("x.podSelector.?matchLabels.orValue({})"))})`;
    const roles = bind(
        "roles",
        found,
        `roles.size() == 0 ? ${nobody} + '  ' : ${opened(phrases, side, openings, {
            end: "space + '.' + roles[0]",
            name: fact("roles[0]", "name", "space"),
            isRole: true,
            fits: "line.startsWith('pods|' + space + '|') && line.split('|')[2].split(',').all(label, label in pods)",
        })}`,
    );
    const selected = bind(
        "space",
        namespaces,
        `space == '' ? ${everywhere} + '  ' : ${bind(
            "pods",
            selectorPairs("x.?podSelector.orValue({})"),
            `pods.size() == 0 ? ${every} + '  ' : ${roles}`,
        )}`,
    );
    // Blocks lie inside one another or apart: a hole of the row's block must be outside the peer's, or a hole of it too.
    const block = "cidr(x.ipBlock.cidr)";
    const holes = `(line.split('|')[2] == '' ? [] : line.split('|')[2].split(','))`;
    const apart = `!cidr(hole).containsCIDR(x.ipBlock.cidr) && !${block}.containsCIDR(hole)`;
    const kept = "x.ipBlock.?except.orValue([]).exists(except, cidr(except).containsCIDR(hole))";
    const addresses = opened(phrases, side, openings, {
        end: "'*'",
        name: "x.ipBlock.cidr",
        isRole: false,
        fits: `line.startsWith('block|') && cidr(line.split('|')[1]).containsCIDR(x.ipBlock.cidr) && ${holes}.all(hole, (${apart}) || ${kept})`,
    });
    return `(has(x.ipBlock) ? ${addresses} : ${selected})`;
}

/** The ports that a peer may not use: refused as wider than the row where one lists them, as no row otherwise. */
function opened(
    phrases: Phrases,
    side: Side,
    openings: string,
    other: { end: string; name: string; isRole: boolean; fits: string },
): string {
    const T = "p.?protocol.orValue('TCP')";
    const inRange = (text: string) =>
        `${text}.startsWith(${T} + '/') && int(${text}.split('/')[1]) <= p.port && ${end("p")} <= int(${text}.split('/')[2])`;
    const rule = fact("variables.role", side);
    const isAllowed = `${rule}.split('\\n').exists(line, ${other.fits} && line.split('|')[3].split(',').exists(l, ${inRange("l")}))`;
    const ofEnd = (name: string) =>
        `${fact("variables.role", `${side}.${name}`)}.split('\\n').filter(line, line.startsWith(${other.end} + '|'))`;
    const places = `${ofEnd("rows")}.filter(line, ${inRange("line.split('|')[1]")}).map(line, line.split('|')[2])`;
    const says = `${ofEnd("says")}.map(line, line.split('|')[1])`;

    const wider = tooWide(phrases, {
        "ROLE-CALLER as": `${other.name} + ' as'`,
        "40001/TCP": `${range("p")} + '/' + ${T}`,
        "(matrix.md:4)": `'(' + ${enumeration("rows.transformList(n, row, n < 3, row)")} + ')'`,
    });
    // A role and a peer between which the example has no row.
    const [own, title] = other.isRole ? ["listener", "ROLE-LISTENER"] : ["caller", "ROLE-CALLER"];
    const peer = other.isRole ? pods("edge") : { ipBlock: { cidr: "10.0.0.0/8" } };
    const peerName = other.isRole ? "ROLE-EDGE" : "10.0.0.0/8";
    const nothing = `${title} ${side === "ingress" ? "receives nothing from" : "sends nothing to"} ${other.isRole ? "ROLE-EDGE" : "addresses outside the cluster"}.`;
    const names = { [title]: "variables.title", ...(other.isRole ? { "ROLE-EDGE": other.name } : {}) };
    const key = side === "ingress" ? "from" : "to";
    const none = phrases.of(
        networkPolicyListed,
        policy({ podSelector: { matchLabels: labels(own) }, [side]: [{ [key]: [peer], ports: [unlisted] }] }),
        {
            ...names,
            [peerName]: other.name,
            "41111/UDP": `${range("p")} + '/' + ${T}`,
            "| 41111/UDP | UDP |": portCells(T, range("p")),
            [nothing]: bind("says", says, `says.size() > 0 ? says[0] : ${cut(nothing, names)}`),
        },
    );
    return about(openings, "p_", "p", `!${isAllowed}`, bind("rows", places, `rows.size() > 0 ? ${wider} : ${none}`));
}

/** The sentence about a peer that a row lists on that port, for fewer pods or addresses. */
function tooWide(phrases: Phrases, parts: Record<string, string>): string {
    const caller = { ...pods("caller"), podSelector: { matchLabels: { "app.kubernetes.io/name": "caller" } } };
    return phrases.of(networkPolicyListed, policy({ ingress: [{ from: [caller], ports: [port] }] }), {
        ...ROLE,
        ...parts,
    });
}
