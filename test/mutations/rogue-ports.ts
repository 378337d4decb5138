/** Rogues that open a port: Services, containers of every kind, probes, node ports, endpoints and other ways in. */
import { container, deployment, edit, object, ports, service, template, workloads, type Rogue } from "./objects";

const listed = /API listens on 80\/TCP \(matrix\.md:\d+\)/;
const row = (role: string, port: string) => new RegExp(`\\| <source> \\| ${role} \\| ${port} \\|`);

const services: Rogue[] = [
    {
        title: "a Service on a port that no row lists",
        add: [service("s-port", "api", ports({ port: 8088 }))],
        rule: "service-port-listed",
        names: [/Service e-chauffeur\/s-port/, /8088\/TCP of role API/, listed, row("API", "8088")],
    },
    {
        title: "a Service that leads a listed port to another one",
        add: [service("s-target", "api", ports({ port: 80, targetPort: 9229 }))],
        rule: "service-port-listed",
        names: [/s-target/, /spec\.ports\[0\]\.targetPort 9229 opens 9229\/TCP of role API/, row("API", "9229")],
    },
    {
        title: "a Service by the wrong transport",
        add: [service("s-udp", "mongodb", ports({ port: 27017, protocol: "UDP" }))],
        rule: "service-port-listed",
        names: [/s-udp/, /27017\/UDP of role MongoDB/, row("MongoDB", "27017/UDP")],
    },
    {
        title: "a Service whose second port is not listed",
        add: [service("s-second", "app-user", ports({ name: "a", port: 80 }, { name: "b", port: 27017 }))],
        rule: "service-port-listed",
        names: [/s-second/, /27017\/TCP of role App User/, row("App User", "27017")],
    },
    {
        title: "a headless Service on an unlisted port",
        add: [service("s-headless", "redis", { clusterIP: "None", ...ports({ port: 16379 }) })],
        rule: "service-port-listed",
        names: [/s-headless/, /16379\/TCP of role Redis/, row("Redis", "16379")],
    },
    {
        title: "a Service by SCTP",
        add: [service("s-sctp", "proxy", ports({ port: 443, protocol: "SCTP" }))],
        rule: "service-port-listed",
        names: [/s-sctp/, /443\/SCTP of role Proxy/],
    },
    {
        title: "external addresses",
        add: [service("s-external-ips", "api", { ...ports({ port: 80 }), externalIPs: ["198.51.100.7"] })],
        rule: "service-port-listed",
        names: [/s-external-ips/, /externalIPs claims addresses .* for 80\/TCP of role API/, listed],
    },
    {
        title: "a name for a host outside that no role has",
        add: [object("v1", "Service", "s-name", { spec: { type: "ExternalName", externalName: "evil.example" } })],
        rule: "service-port-listed",
        names: [/s-name/, /externalName evil\.example is the host of no role/],
    },
    {
        title: "a name for another party, on a port that no row lists",
        add: [
            object("v1", "Service", "s-name-port", {
                spec: { type: "ExternalName", externalName: "ssl0.ovh.net", ...ports({ port: 25 }) },
            }),
        ],
        rule: "service-port-listed",
        names: [/s-name-port/, /25\/TCP of role Serveur SMTP OVH/, /\| Serveur SMTP OVH \| 25 \|/],
    },
    {
        title: "a Service of a role nobody knows",
        add: [service("s-miner", "miner", ports({ port: 80 }))],
        rule: "role-known",
        names: [/s-miner/, /app\.kubernetes\.io\/name: miner/, /<Role>: \{ workload: e-chauffeur\/miner/],
    },
    {
        title: "a Service in a namespace that the platform does not own",
        add: [
            edit(service("s-elsewhere", "api", ports({ port: 80 })), (one) => (one.metadata.namespace = "kube-system")),
        ],
        rule: "role-known",
        names: [/Service kube-system\/s-elsewhere/, /namespace kube-system is not one of the platform/],
    },
    {
        title: "a Service that keeps isolated pods reachable",
        add: [
            object("v1", "Service", "s-isolated", {
                spec: { selector: { "app.kubernetes.io/name": "api" }, ...ports({ port: 80 }) },
            }),
        ],
        rule: "connected-label-present",
        names: [/s-isolated/, /an isolated pod of API would stay reachable/],
    },
    {
        title: "a Service without a selector",
        add: [object("v1", "Service", "s-selectorless", { spec: ports({ port: 80 }) })],
        rule: "endpoints-by-hand",
        names: [/s-selectorless/, /no selector/, /api/],
    },
    {
        title: "node ports of a role that is not the edge",
        add: [service("s-node", "api", { type: "NodePort", ...ports({ port: 80, nodePort: 30080 }) })],
        rule: "no-host-port",
        names: [/s-node/, /nodePort opens 30080 on every node/, /API is not an edge role/],
    },
    {
        title: "a load balancer before a role that is not the edge",
        add: [service("s-balancer", "mongodb", { type: "LoadBalancer", ...ports({ port: 27017 }) })],
        rule: "no-host-port",
        names: [/s-balancer/, /type LoadBalancer opens a port on every node/, /MongoDB is not an edge role/],
    },
    {
        title: "Endpoints written by hand",
        add: [
            object("v1", "Endpoints", "redis", {
                subsets: [{ addresses: [{ ip: "198.51.100.9" }], ports: [{ port: 6379 }] }],
            }),
        ],
        rule: "endpoints-by-hand",
        names: [/Endpoints e-chauffeur\/redis/, /Service of role Redis .* on 6379\/TCP/, /Redis listens on 6379\/TCP/],
    },
    {
        title: "an EndpointSlice written by hand",
        add: [
            edit(
                object("discovery.k8s.io/v1", "EndpointSlice", "s-slice", {
                    addressType: "IPv4",
                    endpoints: [{ addresses: ["198.51.100.9"] }],
                    ports: [{ port: 80 }],
                }),
                ({ metadata }) => (metadata.labels = { "kubernetes.io/service-name": "api" }),
            ),
        ],
        rule: "endpoints-by-hand",
        names: [/EndpointSlice e-chauffeur\/s-slice/, /Service of role API .* on 80\/TCP/, listed],
    },
];

const inEveryKind = Object.keys(workloads).map((kind): Rogue => {
    const name = `c-${kind.toLowerCase()}`;
    return {
        title: `a container of a ${kind} on a port that no row lists`,
        add: [workloads[kind](name, "api", template("api", { ports: [{ containerPort: 9090 }] }))],
        rule: "container-port-listed",
        names: [
            new RegExp(`${kind} e-chauffeur/${name}`),
            /container main opens 9090\/TCP of role API/,
            listed,
            row("API", "9090"),
        ],
    };
});

const debug = { ...container(), name: "debug", ports: [{ containerPort: 9229 }] };
const containers: Rogue[] = [
    ...inEveryKind,
    {
        title: "an init container on a port that no row lists",
        add: [deployment("c-init", "redis", {}, { initContainers: [debug] })],
        rule: "container-port-listed",
        names: [/c-init/, /container debug opens 9229\/TCP of role Redis/, row("Redis", "9229")],
    },
    {
        title: "an ephemeral container on a port that no row lists",
        add: [workloads.Pod("c-ephemeral", "api", template("api", {}, { ephemeralContainers: [debug] }))],
        rule: "container-port-listed",
        names: [/Pod e-chauffeur\/c-ephemeral/, /container debug opens 9229\/TCP of role API/],
    },
    {
        title: "a container by the wrong transport",
        add: [deployment("c-udp", "proxy", { ports: [{ containerPort: 443, protocol: "UDP" }] })],
        rule: "container-port-listed",
        names: [/c-udp/, /443\/UDP of role Proxy/],
    },
    {
        title: "a custom resource's own pod template on a port that no row lists",
        add: [
            object("argoproj.io/v1alpha1", "Rollout", "c-rollout", {
                spec: { template: template("api", { ports: [{ containerPort: 9090 }] }) },
            }),
        ],
        rule: "container-port-listed",
        names: [/Rollout e-chauffeur\/c-rollout/, /9090\/TCP of role API/],
    },
    {
        title: "a pod template deep in a custom resource",
        add: [
            object("jobset.x-k8s.io/v1alpha2", "JobSet", "c-jobset", {
                spec: {
                    replicatedJobs: [
                        { template: { spec: { template: template("cleanup", { ports: [{ containerPort: 22 }] }) } } },
                    ],
                },
            }),
        ],
        rule: "container-port-listed",
        names: [/JobSet e-chauffeur\/c-jobset/, /22\/TCP of role Job de cleanup/],
    },
    {
        title: "an Alertmanager of the operator, on its own port",
        add: [
            object("monitoring.coreos.com/v1", "Alertmanager", "c-alertmanager", {
                spec: { podMetadata: { labels: { "app.kubernetes.io/name": "api", "matrice.dev/connected": "true" } } },
            }),
        ],
        rule: "container-port-listed",
        names: [/Alertmanager e-chauffeur\/c-alertmanager/, /9093\/TCP of role API/],
    },
];

const probes: Rogue[] = [
    {
        title: "a readiness probe on a port that no row lists",
        add: [deployment("p-readiness", "api", { readinessProbe: { httpGet: { path: "/", port: 8081 } } })],
        rule: "probe-port-listed",
        names: [/p-readiness/, /readinessProbe\.httpGet opens 8081\/TCP of role API/, listed, row("API", "8081")],
    },
    {
        title: "a liveness probe by tcpSocket",
        add: [
            workloads.StatefulSet(
                "p-liveness",
                "mongodb",
                template("mongodb", { livenessProbe: { tcpSocket: { port: 28017 } } }),
            ),
        ],
        rule: "probe-port-listed",
        names: [/StatefulSet e-chauffeur\/p-liveness/, /28017\/TCP of role MongoDB/],
    },
    {
        title: "a startup probe by gRPC",
        add: [deployment("p-startup", "api", { startupProbe: { grpc: { port: 50051 } } })],
        rule: "probe-port-listed",
        names: [/p-startup/, /startupProbe\.grpc opens 50051\/TCP of role API/],
    },
    {
        title: "a preStop hook on a port that no row lists",
        add: [deployment("p-hook", "api", { lifecycle: { preStop: { httpGet: { path: "/quit", port: 9999 } } } })],
        rule: "probe-port-listed",
        names: [/p-hook/, /lifecycle\.preStop\.httpGet opens 9999\/TCP of role API/],
    },
    {
        title: "a probe of a port's name that nothing declares",
        add: [deployment("p-name", "api", { livenessProbe: { httpGet: { path: "/", port: "admin" } } })],
        rule: "probe-port-listed",
        names: [/p-name/, /names "admin", which the container does not declare/, listed],
    },
];

const route = (apiVersion: string, kind: string, name: string, spec: object, ...names: RegExp[]): Rogue => ({
    title: `a ${kind}`,
    add: [object(apiVersion, kind, name, { spec })],
    rule: "no-other-way-in",
    names: [new RegExp(`${kind} e-chauffeur/${name}`), /enters by Proxy/, ...names],
});

const waysIn: Rogue[] = [
    route(
        "networking.k8s.io/v1",
        "Ingress",
        "w-ingress",
        {
            rules: [
                {
                    http: {
                        paths: [
                            {
                                path: "/",
                                pathType: "Prefix",
                                backend: { service: { name: "api", port: { number: 80 } } },
                            },
                        ],
                    },
                },
            ],
        },
        /traffic on api 80/,
        /The row Proxy → API stands already \(matrix\.md:\d+\)/,
    ),
    route(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "w-http-route",
        { rules: [{ backendRefs: [{ name: "mongodb", port: 27017 }] }] },
        /mongodb 27017/,
        /\| Proxy \| MongoDB \| 27017 \| TCP/,
    ),
    route(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "w-gateway",
        { gatewayClassName: "any", listeners: [{ name: "tls", port: 8443, protocol: "HTTPS" }] },
        /traffic on 8443/,
    ),
    route(
        "gateway.networking.k8s.io/v1alpha2",
        "TCPRoute",
        "w-tcp-route",
        { rules: [{ backendRefs: [{ name: "redis", port: 6379 }] }] },
        /redis 6379/,
    ),
    route(
        "traefik.io/v1alpha1",
        "IngressRoute",
        "w-traefik",
        { routes: [{ services: [{ name: "api", port: 9091 }] }] },
        /api 9091/,
    ),
];

export const portRogues: readonly Rogue[] = [...services, ...containers, ...probes, ...waysIn];
