import { CONNECTED, type RuleContext } from "../rules";
import { connectedLabelPresent } from "../rules/connected-label-present";
import { containerPortListed } from "../rules/container-port-listed";
import { noHostPort } from "../rules/no-host-port";
import { probePortListed } from "../rules/probe-port-listed";
import { roleKnown } from "../rules/role-known";
import { about, isListed, pairs, portCells, portText, text, texts, when } from "./cel";
import { AT, everyContainer } from "./containers";
import { labels, object, Phrases, ROLE } from "./phrases";
import { compiled, type Policy } from "./policy";
import { connectedFound, HAS_ROLE, isDisconnected, nameVariable, roleVariables, unknownRole } from "./roles";
import { restricted } from "./restricted";

const pod = (container: object, spec: object = {}) => {
    const one = object("v1", "Pod", { spec: { containers: [{ name: "main", ...container }], ...spec } });
    one.metadata.labels = labels("listener");
    return one;
};
const labelled = (own: Record<string, string>) => {
    const one = pod({});
    one.metadata.labels = own;
    return one;
};

const T = "p.?protocol.orValue('TCP')";
const ACTIONS = ["httpGet", "tcpSocket", "grpc"];
const HOOKS = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"];

/** The pod's spec in an object: `spec`, or a template's. */
const SPEC = "variables.pod";
const CONTAINERS = "spec.containers[0]";

/**
 * What pods open: ports of containers, of the node, probes and hooks, and what makes them pods of a role. Workloads are
 * judged by their template, and when it changes: a controller that scales an older revision down is let do so.
 */
export function podPolicy(files: RuleContext["platformFiles"]): Policy {
    const phrases = new Phrases(files);
    return {
        name: "pods",
        resources: [
            { apiGroups: [""], resources: ["pods", "podtemplates", "replicationcontrollers"] },
            { apiGroups: [""], resources: ["pods/ephemeralcontainers"], operations: ["UPDATE"] },
            { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets", "replicasets"] },
            { apiGroups: ["batch"], resources: ["jobs", "cronjobs"] },
        ],
        changed:
            "request.kind.kind == 'Pod' ? object.spec != oldObject.spec || object.metadata.?labels != oldObject.metadata.?labels : " +
            "request.kind.kind == 'CronJob' ? dyn(object).spec.jobTemplate != dyn(oldObject).spec.jobTemplate : " +
            "request.kind.kind == 'PodTemplate' ? dyn(object).?template != dyn(oldObject).?template : " +
            "dyn(object).spec.?template != dyn(oldObject).spec.?template",
        untimed:
            "request.kind.kind == 'Pod' && object.metadata.?ownerReferences.orValue([]).exists(owner, owner.?controller.orValue(false))",
        variables: [
            {
                name: "template",
                expression:
                    "request.kind.kind == 'Pod' ? dyn(object) : request.kind.kind == 'CronJob' ? dyn(object).spec.jobTemplate.spec.template : " +
                    "request.kind.kind == 'PodTemplate' ? dyn(object).?template.orValue({}) : dyn(object).spec.?template.orValue({})",
            },
            {
                name: "above",
                expression:
                    "{'Pod': '', 'CronJob': 'spec.jobTemplate.spec.template.', 'PodTemplate': 'template.'}[?request.kind.kind].orValue('spec.template.')",
            },
            { name: "at", expression: "variables.above + 'spec'" },
            { name: "pod", expression: "variables.template.?spec.orValue({})" },
            { name: "labels", expression: pairs("variables.template.?metadata.?labels.orValue({})") },
            nameVariable,
            ...roleVariables,
            {
                name: "attached",
                expression:
                    "request.?subResource.orValue('') != 'ephemeralcontainers' ? [] : dyn(object).spec.?ephemeralContainers.orValue([]).filter(c, !dyn(oldObject).spec.?ephemeralContainers.orValue([]).exists(old, old.name == c.name)).map(c, c.name)",
            },
        ],
        rules: [
            compiled(
                roleKnown,
                when(
                    "variables.role == ''",
                    unknownRole(phrases, labelled, ["metadata.labels", "variables.above + 'metadata.labels'"]),
                ),
            ),
            compiled(containerPortListed, `(${HAS_ROLE} ? ${containerPorts(phrases)} + ${attached()} : '')`),
            compiled(probePortListed, `(${HAS_ROLE} ? ${probes(phrases)} : '')`),
            compiled(noHostPort, `(${HAS_ROLE} ? ${node(phrases)} : '')`),
            compiled(
                connectedLabelPresent,
                // Taking the label off a pod that runs is how it is isolated.
                when(
                    `${HAS_ROLE} && ${isDisconnected} && !(request.kind.kind == 'Pod' && request.operation == 'UPDATE')`,
                    phrases.of(connectedLabelPresent, labelled({ "app.kubernetes.io/name": "listener" }), {
                        ...ROLE,
                        [`metadata.labels["${CONNECTED}"]`]: `variables.above + 'metadata.labels["${CONNECTED}"]'`,
                        "is missing": `'is ' + ${connectedFound}`,
                    }),
                ),
            ),
            restricted(phrases),
        ],
    };
}

function containerPorts(phrases: Phrases): string {
    const said = phrases.of(containerPortListed, pod({ ports: [{ containerPort: 41111, protocol: "UDP" }] }), {
        ...phrases.role,
        "container main": "'container ' + c.name",
        "41111/UDP": portText(T, "p.containerPort"),
        "| 41111/UDP | UDP |": portCells(T, "p.containerPort"),
    });
    const isUnlisted = `!${isListed("variables.listeners", T, "p.containerPort")}`;
    return everyContainer(about("c.?ports.orValue([])", "j", "p", isUnlisted, said));
}

/** A container put into a running pod declares no port, and has all of the pod's: none may be, save by breaking the glass. */
function attached(): string {
    const said = [
        "variables.resource",
        text(": ephemeral container "),
        "name",
        text(" would have every flow of role "),
        "variables.title",
        text(" and could listen on its ports, which no review has seen. "),
        "variables.listening",
        text(
            " No row can allow it: use a copy of the pod without the label that connects it, or break the glass as a member of group ",
        ),
        "params.data['break-glass']",
        text("."),
    ];
    return about("variables.attached", "i", "name", "true", said.join(" + "));
}

/** Ports of probes and hooks, by number or by the name of one that the container declares. */
function probes(phrases: Phrases): string {
    return everyContainer(
        HOOKS.flatMap((hook) =>
            ACTIONS.map((action) => {
                const steps = [...hook.split("."), action];
                const field = `c.${steps.map((step) => `?${step}`).join(".")}`.replace("c.?", "c.?");
                const port = `${field}.?port.orValue(0)`;
                const path = `${hook}.${action}`;
                const byNumber = phrases.of(probePortListed, pod(nested(steps, { port: 41111 })), {
                    ...phrases.role,
                    "41111/TCP": portText(text("TCP"), port),
                    "| 41111 | TCP |": portCells(text("TCP"), port),
                });
                const byName = phrases.of(probePortListed, pod(nested(steps, { port: "nobody" })), {
                    [phrases.listening("ROLE-LISTENER")]: "variables.listening",
                    [`${CONTAINERS}.${path}`]: `${AT} + '.${path}'`,
                    'names "nobody"': `'names "' + string(${port}) + '"'`,
                });
                const isUnlisted = `!${isListed("variables.listeners", text("TCP"), port)}`;
                const isUndeclared = `!c.?ports.orValue([]).exists(p, p.?name.orValue('') == ${port})`;
                return `(!${field}.hasValue() ? '' : type(${port}) == int ? ${when(isUnlisted, byNumber)} : ${when(isUndeclared, byName)})`;
            }),
        ).join(" + "),
    );
}

function nested(steps: readonly string[], value: object): object {
    return steps.reduceRight((inner, step) => ({ [step]: inner }), value);
}

/** The node's network, processes and ports. */
function node(phrases: Phrases): string {
    const shared = phrases.of(noHostPort, pod({}, { hostNetwork: true }), {
        ...ROLE,
        "spec.hostNetwork": "variables.at + '.' + key",
        "Remove hostNetwork": "'Remove ' + key",
    });
    const hostPort = phrases.of(noHostPort, pod({ ports: [{ containerPort: 40001, hostPort: 41112 }] }), {
        ...phrases.role,
        [`${CONTAINERS}.ports[0].hostPort`]: `${AT} + '.ports[' + string(j) + '].hostPort'`,
        "opens 41112/TCP": `'opens ' + ${portText(T, "p.hostPort")}`,
    });
    const keys = texts(["hostNetwork", "hostPID", "hostIPC"]);
    return [
        about(keys, "i", "key", `${SPEC}[?key].orValue(false) == true`, shared),
        everyContainer(about("c.?ports.orValue([])", "j", "p", "p.?hostPort.orValue(0) != 0", hostPort)),
    ].join(" + ");
}
