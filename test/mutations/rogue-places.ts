/** The same openings in each place that Kubernetes has for them: every kind that makes pods, every list of containers, every action. */
import { container, deployment, object, peer, policy, template, workloads, type Rogue } from "./objects";

/** What breaks a rule wherever pods are made: a container's part or the pods' own. */
const everywhere: { what: string; one?: object; spec?: object; rule: string; says: RegExp }[] = [
    {
        what: "a host port",
        one: { ports: [{ containerPort: 80, hostPort: 8080 }] },
        rule: "no-host-port",
        says: /hostPort of role API opens 8080\/TCP on the node/,
    },
    {
        what: "the node's network",
        spec: { hostNetwork: true },
        rule: "no-host-port",
        says: /hostNetwork is true: the pod of role API/,
    },
    {
        what: "the node's processes",
        spec: { hostPID: true },
        rule: "no-host-port",
        says: /hostPID is true: the pod of role API/,
    },
    {
        what: "a probe of an unlisted port",
        one: { livenessProbe: { tcpSocket: { port: 8081 } } },
        rule: "probe-port-listed",
        says: /8081\/TCP of role API/,
    },
    {
        what: "a privileged container",
        one: { securityContext: { privileged: true, allowPrivilegeEscalation: true, capabilities: { drop: ["ALL"] } } },
        rule: "pod-template-restricted",
        says: /privileged is true/,
    },
];

const inEveryKind = Object.keys(workloads).flatMap((kind) =>
    everywhere.map(({ what, one, spec, rule, says }, index): Rogue => {
        const name = `e-${kind.toLowerCase()}-${index}`;
        return {
            title: `${what}, in a ${kind}`,
            add: [workloads[kind](name, "api", template("api", one, spec))],
            rule,
            names: [new RegExp(`${kind} e-chauffeur/${name}`), says],
        };
    }),
);

const unlisted = { path: "/", port: 8081 };
const actions = [
    ["readinessProbe", "grpc"],
    ["readinessProbe", "tcpSocket"],
    ["livenessProbe", "httpGet"],
    ["livenessProbe", "grpc"],
    ["startupProbe", "httpGet"],
    ["startupProbe", "tcpSocket"],
    ["lifecycle.postStart", "httpGet"],
    ["lifecycle.postStart", "tcpSocket"],
    ["lifecycle.preStop", "tcpSocket"],
].map(([hook, action], index): Rogue => {
    const name = `e-action-${index}`;
    const [key, phase] = hook.split(".");
    const target = { [action]: action === "httpGet" ? unlisted : { port: 8081 } };
    return {
        title: `a ${hook} by ${action} on an unlisted port`,
        add: [deployment(name, "api", { [key]: phase ? { [phase]: target } : target })],
        rule: "probe-port-listed",
        names: [
            new RegExp(`Deployment e-chauffeur/${name}`),
            new RegExp(`${hook}\\.${action} opens 8081/TCP of role API`),
        ],
    };
});

const initContainers = [
    { rule: "no-host-port", one: { ports: [{ containerPort: 80, hostPort: 8080 }] }, says: /hostPort of role API/ },
    {
        rule: "probe-port-listed",
        one: { restartPolicy: "Always", startupProbe: { tcpSocket: { port: 8081 } } },
        says: /startupProbe\.tcpSocket opens 8081\/TCP of role API/,
    },
    {
        rule: "pod-template-restricted",
        one: { securityContext: { allowPrivilegeEscalation: false } },
        says: /initContainers\[0\]\.securityContext\.capabilities\.drop does not have ALL/,
    },
].map(({ rule, one, says }, index): Rogue => {
    const name = `e-init-${index}`;
    return {
        title: `an init container that breaks ${rule}`,
        add: [deployment(name, "api", {}, { initContainers: [container({ name: "init", ...one })] })],
        rule,
        names: [new RegExp(`Deployment e-chauffeur/${name}`), says],
    };
});

const restricted = (title: string, name: string, one: object, spec: object, says: RegExp): Rogue => ({
    title,
    add: [deployment(name, "api", one, spec)],
    rule: "pod-template-restricted",
    names: [new RegExp(`Deployment e-chauffeur/${name}`), says],
});
const pods = (more: object) => ({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" }, ...more },
});
const may = (more: object) => ({
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...more },
});
const privileges: Rogue[] = [
    restricted(
        "an unconfined seccomp profile",
        "e-seccomp",
        {},
        pods({ seccompProfile: { type: "Unconfined" } }),
        /seccompProfile\.type is Unconfined/,
    ),
    restricted("root for the whole pod", "e-root", {}, pods({ runAsUser: 0 }), /runAsUser is 0/),
    restricted(
        "another SELinux type",
        "e-selinux",
        may({ seLinuxOptions: { type: "spc_t" } }),
        {},
        /seLinuxOptions\.type is spc_t/,
    ),
    restricted(
        "an unconfined AppArmor profile",
        "e-apparmor",
        may({ appArmorProfile: { type: "Unconfined" } }),
        {},
        /appArmorProfile\.type is Unconfined/,
    ),
    restricted("the whole of /proc", "e-proc", may({ procMount: "Unmasked" }), {}, /procMount is Unmasked/),
];

const way = (apiVersion: string, kind: string, spec: object, ...says: RegExp[]): Rogue => ({
    title: `a ${kind} of ${apiVersion}`,
    add: [object(apiVersion, kind, `e-${kind.toLowerCase()}`, { spec })],
    rule: "no-other-way-in",
    names: [new RegExp(`${kind} e-chauffeur/e-${kind.toLowerCase()}`), /enters by Proxy/, ...says],
});
const backend = (name: string, port: number) => ({ rules: [{ backendRefs: [{ name, port }] }] });
const waysIn: Rogue[] = [
    {
        ...way(
            "networking.k8s.io/v1",
            "Ingress",
            { defaultBackend: { service: { name: "mongodb", port: { number: 27017 } } } },
            /traffic on mongodb 27017/,
            /\| Proxy \| MongoDB \| 27017 \| TCP/,
        ),
        title: "an Ingress with nothing but a default backend",
    },
    way("gateway.networking.k8s.io/v1", "GRPCRoute", backend("api", 9091), /api 9091/, /API listens on/),
    way("gateway.networking.k8s.io/v1alpha2", "TLSRoute", backend("api", 443), /api 443/),
    way("gateway.networking.k8s.io/v1alpha2", "UDPRoute", backend("redis", 6379), /redis 6379/),
    way(
        "gateway.networking.k8s.io/v1",
        "ListenerSet",
        { listeners: [{ name: "raw", port: 27017, protocol: "TCP" }] },
        /traffic on 27017/,
    ),
];

const leaving = (title: string, name: string, role: string, rule: object, ...says: RegExp[]): Rogue => ({
    title,
    add: [policy(name, role, { egress: [rule] })],
    rule: "network-policy-listed",
    names: [new RegExp(`NetworkPolicy e-chauffeur/${name}`), ...says],
});
const tcp = (port: number, endPort?: number) => [{ protocol: "TCP", port, ...(endPort ? { endPort } : {}) }];
const egress: Rogue[] = [
    leaving(
        "egress on a port that no row lists",
        "e-out-port",
        "api",
        { to: [peer("redis")], ports: tcp(6380) },
        /API → Redis 6380\/TCP is not in the matrix/,
        /\| API \| Redis \| 6380 \|/,
    ),
    leaving(
        "egress without ports",
        "e-out-ports",
        "api",
        { to: [peer("redis")] },
        /ports is missing: it opens every port/,
    ),
    leaving(
        "egress on a range wider than the row",
        "e-out-range",
        "api",
        { to: [peer("mongodb")], ports: tcp(27017, 27019) },
        /API → MongoDB 27017-27019\/TCP/,
    ),
    leaving(
        "egress by the wrong transport",
        "e-out-udp",
        "api",
        { to: [peer("redis")], ports: [{ protocol: "UDP", port: 6379 }] },
        /API → Redis 6379\/UDP/,
    ),
    leaving(
        "egress to an empty peer",
        "e-out-empty",
        "api",
        { to: [{ podSelector: {} }], ports: tcp(6379) },
        /selects every pod of namespace e-chauffeur/,
    ),
    leaving(
        "egress to namespace and pods as two peers",
        "e-out-two",
        "api",
        {
            to: [{ namespaceSelector: peer("redis").namespaceSelector }, { podSelector: peer("redis").podSelector }],
            ports: tcp(6379),
        },
        /namespaceSelector and podSelector as two peers/,
    ),
];

export const placeRogues: readonly Rogue[] = [
    ...inEveryKind,
    ...actions,
    ...initContainers,
    ...privileges,
    ...waysIn,
    ...egress,
];
