import { endpointsByHand } from "../rules/endpoints-by-hand";
import { foreign, networkPolicyListed } from "../rules/network-policy-listed";
import { appliers, noHiddenObjects } from "../rules/no-hidden-objects";
import { noOtherWayIn, routing } from "../rules/no-other-way-in";
import type { RuleContext } from "../rules";
import { bind, enumeration, fact, isListed, text, texts, when } from "./cel";
import { object, Phrases } from "./phrases";
import { compiled, type Policy, type ResourceRule } from "./policy";
import { byChallenges, ENDPOINT_WRITERS } from "./writers";

/** The first of a namespace's roles after whose workload a Service may be named, longest first: see rules/services.ts. */
const roleOfService = (name: string): string =>
    `(params.data[request.namespace + '.services'].split(',').filter(role, role != '' && (${name} == role || ${name}.startsWith(role + '-'))) + [''])[0]`;

/** Endpoints and EndpointSlices, which the cluster's controllers write. */
export function endpointPolicy(files: RuleContext["platformFiles"]): Policy {
    const phrases = new Phrases(files);
    const slice = (name: string, ports: object[]) => {
        const one = object("discovery.k8s.io/v1", "EndpointSlice", { ports });
        one.metadata.labels = { "kubernetes.io/service-name": name };
        return one;
    };
    const lists = "([dyn(object)] + dyn(object).?subsets.orValue([]))";
    const ports = `${lists}.map(one, (one.?ports.orValue(null) == null ? [] : one.ports).map(p, string(p.?port.orValue('any')) + '/' + p.?protocol.orValue('TCP')).join(',')).filter(some, some != '').join(',')`;
    const on = `(variables.ports == '' ? '' : ', on ' + ${enumeration("variables.ports.split(',')")})`;
    const ofRole = phrases.of(endpointsByHand, slice("listener", [{ port: 40001 }]), {
        ...phrases.role,
        ", on 40001/TCP": on,
    });
    const ofNone = phrases.of(endpointsByHand, slice("nobody", [{ port: 40001 }]), { ", on 40001/TCP": on });
    return {
        name: "endpoints",
        resources: [
            { apiGroups: [""], resources: ["endpoints"] },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
        ],
        // The garbage collector may take an owner off one.
        changed: ["endpoints", "subsets", "ports", "metadata.?labels"]
            .map((field) => `dyn(object).?${field} != dyn(oldObject).?${field}`)
            .join(" || "),
        variables: [
            {
                name: "role",
                expression: `${bind("service", "object.metadata.?labels[?'kubernetes.io/service-name'].orValue(object.metadata.name)", roleOfService("service"))}`,
            },
            { name: "title", expression: fact("variables.role", "name") },
            { name: "listening", expression: fact("variables.role", "listening") },
            { name: "ports", expression: ports },
        ],
        rules: [
            compiled(
                endpointsByHand,
                when(
                    `!(request.userInfo.username in ${texts(ENDPOINT_WRITERS)})`,
                    `(variables.role == '' ? ${ofNone} : ${ofRole})`,
                ),
            ),
        ],
    };
}

const kinds = (groups: Readonly<Record<string, readonly string[]>>): string[] =>
    Object.entries(groups).flatMap(([group, names]) => names.map((name) => `${group}/${name}`));

/** Every resource of the groups that these kinds (`group/Kind`) stand in: whether one is of the kind is seen in the request. */
function resources(kindNames: readonly string[]): ResourceRule[] {
    const groups = new Set(kindNames.map((kind) => kind.slice(0, kind.indexOf("/"))));
    groups.delete("networking.k8s.io");
    return [
        { apiGroups: ["networking.k8s.io"], resources: ["ingresses"] },
        { apiGroups: [...groups].sort(), resources: ["*"] },
    ];
}

/** Kinds that route, that open connections past the rows, or that make objects nobody sees: none may stand. */
export function routePolicy(files: RuleContext["platformFiles"], cni: string): Policy {
    const phrases = new Phrases(files);
    const routes = kinds(routing);
    // With a plugin that knows names Isolation writes policies of its kind, and CEL can't compare them whole.
    const others = [...foreign].filter((kind) => cni !== "cilium" || !kind.startsWith("cilium.io/"));
    const hidden = [...appliers];
    return {
        name: "routes",
        resources: resources([...routes, ...others, ...hidden]),
        changed: "dyn(object).?spec != dyn(oldObject).?spec",
        variables: [
            { name: "kind", expression: "request.kind.group + '/' + request.kind.kind" },
            { name: "spec", expression: "dyn(object).?spec.orValue({})" },
            ...openings,
        ],
        rules: [
            compiled(
                noOtherWayIn,
                when(
                    `variables.kind in ${texts(routes)} && !${byChallenges("object.metadata.?labels.orValue({})")}`,
                    wayIn(phrases),
                ),
            ),
            compiled(
                networkPolicyListed,
                when(
                    `variables.kind in ${texts(others)}`,
                    phrases.of(networkPolicyListed, object("projectcalico.org/v3", "NetworkPolicy", {}), {}),
                ),
            ),
            compiled(
                noHiddenObjects,
                when(
                    `variables.kind in ${texts(hidden)}`,
                    phrases.of(noHiddenObjects, object("argoproj.io/v1alpha1", "Application", {}), {}),
                ),
            ),
        ],
    };
}

/** What a route leads to, as texts `service port`: listeners, the backends of an Ingress, those of other kinds. */
const listed = "variables.spec[?key].orValue([])";
const rules = "['rules', 'http', 'tcp', 'tls', 'routes']";
const entry = (service: string, port: string) => `${service} + ' ' + string(${port})`;
const backend = (one: string) =>
    entry(`${one}.?service.?name.orValue('')`, `${one}.?service.?port.?number.orValue('')`);
const openings = [
    {
        name: "listeners",
        expression: `variables.spec.?listeners.orValue([]).map(one, ${entry("''", "one.?port.orValue('')")})`,
    },
    {
        name: "backends",
        expression:
            `(has(variables.spec.defaultBackend) ? [${backend("variables.spec.defaultBackend")}] : []) + ` +
            `${rules}.map(key, type(${listed}) != list ? '' : ${listed}.map(rule, type(rule) != map ? '' : rule.?http.?paths.orValue([]).map(path, ${backend("path.?backend.orValue({})")}).join(',')).join(',')).join(',').split(',').filter(one, one.trim() != '')`,
    },
    {
        name: "others",
        expression: `${rules}.map(key, type(${listed}) != list ? '' : ${listed}.map(rule, type(rule) != map ? '' : ['backendRefs', 'services'].map(list, rule[?list].orValue([]).map(one, ${entry("one.?name.orValue('')", "one.?port.orValue('')")}).join(',')).join(',')).join(',')).join(',').split(',').filter(one, one.trim() != '')`,
    },
    {
        name: "found",
        expression: "(variables.listeners + variables.backends + variables.others).filter(one, one.trim() != '')",
    },
    {
        name: "role",
        expression: `(variables.found.map(one, ${roleOfService("one.split(' ')[0]")}).filter(role, role != '') + [''])[0]`,
    },
    {
        name: "port",
        expression: "(variables.found.map(one, one.split(' ')[1]).filter(port, port.matches('^[0-9]+$')) + [''])[0]",
    },
];

/** The sentence on a route: what it leads to, by which role one enters, and the row that stands or the one to add. */
function wayIn(phrases: Phrases): string {
    const example = (spec: object) => object("gateway.networking.k8s.io/v1", "HTTPRoute", { spec });
    const kind = { "this HTTPRoute": "'this ' + request.kind.kind" };
    const enters = { "by ROLE-EDGE,": "'by ' + params.data['edges'] + ','" };
    const texts =
        "variables.found.transformList(i, one, !variables.found.exists(j, other, j < i && other == one), one.trim())";
    const on = `(variables.found.size() == 0 ? '' : ' on ' + ${enumeration(texts)})`;
    // The example's edge calls the caller on 40004, and not the listener.
    const parts = { ...kind, ...enters };
    const standing = phrases.of(
        noOtherWayIn,
        example({ rules: [{ backendRefs: [{ name: "caller", port: 40004 }] }] }),
        {
            ...parts,
            " on caller 40004": on,
            [phrases.listening("ROLE-CALLER")]: fact("variables.role", "listening"),
            "The row ROLE-EDGE → ROLE-CALLER stands already (matrix.md:7).": fact("variables.role", "route"),
        },
    );
    const missing = phrases.of(
        noOtherWayIn,
        example({ rules: [{ backendRefs: [{ name: "listener", port: 41111 }] }] }),
        {
            ...parts,
            " on listener 41111": on,
            [phrases.listening("ROLE-LISTENER")]: fact("variables.role", "listening"),
            "| ROLE-EDGE | ROLE-LISTENER | 41111 | TCP |": `'| ' + params.data['first-edge'] + ' | ' + ${fact("variables.role", "name")} + ' | ' + (variables.port == '' ? '<port>' : variables.port) + ' | TCP |'`,
        },
    );
    const nobody = phrases.of(noOtherWayIn, example({}), {
        ...parts,
        "in traffic": `'in traffic' + ${on}`,
        "| ROLE-EDGE | <destination> | <port> | TCP |": `'| ' + params.data['first-edge'] + ' | <destination> | ' + (variables.port == '' ? '<port>' : variables.port) + ' | TCP |'`,
    });
    const lists = isListed(`${fact("variables.role", "listeners")}.split(',')`, text("TCP"), "int(variables.port)");
    const stands = `${fact("variables.role", "route")} != '' && (variables.port == '' || ${lists})`;
    return `(variables.role == '' ? ${nobody} : ${stands} ? ${standing} : ${missing})`;
}
