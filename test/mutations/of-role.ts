/** Rogues made for a role of any platform: what must be refused whatever the role is called and whatever it listens on. */
import type { Role } from "../../matrix";
import type { KubernetesObject } from "../../network";
import { deployment, edit, object, own, policy, ports, service, tcp, type Rogue } from "./objects";
import { contextOf } from "./platform";

/** A port that no row of a platform lists. */
const UNLISTED = 8123;

/** One rogue for each rule that judges a single object, all of one role. */
export function roguesOf(role: Role, port: number): Rogue[] {
    const { name, namespace } = role.workload!;
    const labels = { "app.kubernetes.io/name": name };
    const pod = (title: string, one: object = {}, spec: object = {}) => deployment(title, name, one, spec);
    const made: [rule: string, what: string, added: KubernetesObject, ...says: RegExp[]][] = [
        [
            "service-port-listed",
            "a Service on another port",
            service("m-service", name, ports({ port: UNLISTED })),
            /8123\/TCP of role/,
        ],
        ["role-known", "a Service of nobody", service("m-nobody", `${name}-copy`, ports({ port })), /m-nobody/],
        [
            "connected-label-present",
            "a Service that keeps isolated pods reachable",
            object("v1", "Service", "m-kept", { spec: { selector: labels, ...ports({ port }) } }),
            /would stay reachable/,
        ],
        [
            "endpoints-by-hand",
            "Endpoints written by hand",
            object("v1", "Endpoints", name, {
                subsets: [{ addresses: [{ ip: "198.51.100.9" }], ports: [{ port: UNLISTED }] }],
            }),
            /Endpoints/,
        ],
        [
            "container-port-listed",
            "a container on another port",
            pod("m-container", { ports: [{ containerPort: UNLISTED }] }),
            /container main opens 8123\/TCP of role/,
        ],
        [
            "probe-port-listed",
            "a probe of another port",
            pod("m-probe", { livenessProbe: { tcpSocket: { port: UNLISTED } } }),
            /8123\/TCP of role/,
        ],
        ["no-host-port", "the node's network", pod("m-host", {}, { hostNetwork: true }), /hostNetwork is true/],
        [
            "pod-template-restricted",
            "a pod that may be root",
            pod("m-root", {}, { securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
            /runAsNonRoot/,
        ],
        [
            "network-policy-listed",
            "a policy that lets everybody in",
            policy("m-policy", name, { ingress: [{ from: [{ namespaceSelector: {} }], ports: [tcp(UNLISTED)] }] }),
            /m-policy/,
        ],
        [
            "no-other-way-in",
            "an Ingress",
            object("networking.k8s.io/v1", "Ingress", "m-ingress", {
                spec: { defaultBackend: { service: { name, port: { number: port } } } },
            }),
            /Ingress/,
        ],
        [
            "exception-valid",
            "an exception that nobody approved",
            edit(service("m-exception", name, ports({ port })), ({ metadata }) => {
                metadata.annotations = { "matrice.dev/exception": "because" };
            }),
            /m-exception/,
        ],
        [
            "target-port-listed",
            "a PodMonitor of another port",
            object("monitoring.coreos.com/v1", "PodMonitor", "m-target", {
                spec: { selector: { matchLabels: own(name) }, podMetricsEndpoints: [{ targetPort: UNLISTED }] },
            }),
            /m-target/,
        ],
        [
            "no-orphan-policy",
            "a policy of pods that are not there",
            edit(policy("m-orphan", name, { ingress: [] }), ({ spec }) => {
                spec.podSelector.matchLabels = { ...own(name), version: "v0" };
            }),
            /m-orphan/,
        ],
    ];
    return made.map(([rule, what, added, ...says]) => ({
        title: `${what}, of ${role.name}`,
        add: [edit(added, ({ metadata }) => (metadata.namespace = namespace))],
        rule,
        names: says,
    }));
}

/** The roles of a stack that have pods of the platform's own and listen, each with a port that a row gives it. */
export function listeners(stack: string): { role: Role; port: number }[] {
    const { matrix } = contextOf(stack);
    return matrix.roles
        .filter(({ isWorkload, workload }) => isWorkload && matrix.namespaces.includes(workload!.namespace))
        .flatMap((role) => {
            const port = matrix.flowsTo(role).flatMap(({ ports }) => ports)[0]?.from;
            return port === undefined ? [] : [{ role, port }];
        });
}

/** The rogues of every role, their objects named after it, so that all stand beside each other in one program. */
export function roguesOfEveryRole(stack: string): Rogue[] {
    return listeners(stack).flatMap(({ role, port }) =>
        roguesOf(role, port).map((rogue) => ({
            ...rogue,
            add: rogue.add.map((one) =>
                one.metadata.name === role.workload!.name
                    ? one
                    : edit(one, ({ metadata }) => (metadata.name = `${metadata.name}-${role.workload!.name}`)),
            ),
        })),
    );
}
