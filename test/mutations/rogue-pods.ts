/** Rogues in what runs: nodes, privileges, roles, namespaces, custom resources, what is hidden, and exceptions. */
import { cluster, deployment, edit, object, own, ports, service, template, workloads, type Rogue } from "./objects";

const onNode = (name: string, spec: object, ...names: RegExp[]): Rogue => ({
    title: `pods with ${Object.keys(spec)[0]}`,
    add: [deployment(name, "api", {}, spec)],
    rule: "no-host-port",
    names: [new RegExp(`Deployment e-chauffeur/${name}`), /role API/, ...names],
});

const nodes: Rogue[] = [
    onNode("h-network", { hostNetwork: true }, /hostNetwork is true/),
    onNode("h-pid", { hostPID: true }, /hostPID is true/),
    onNode("h-ipc", { hostIPC: true }, /hostIPC is true/),
    {
        title: "a host port, on a port that the row lists",
        add: [deployment("h-port", "api", { ports: [{ containerPort: 80, hostPort: 80 }] })],
        rule: "no-host-port",
        names: [
            /h-port/,
            /hostPort of role API opens 80\/TCP on the node/,
            /API listens on 80\/TCP \(matrix\.md:\d+\)/,
        ],
    },
    {
        title: "the node's network in a CronJob",
        add: [workloads.CronJob("h-cron", "cleanup", template("cleanup", {}, { hostNetwork: true }))],
        rule: "no-host-port",
        names: [/CronJob e-chauffeur\/h-cron/, /hostNetwork is true: the pod of role Job de cleanup/],
    },
    {
        title: "an issuer whose challenges open node ports",
        add: [
            cluster("cert-manager.io/v1", "ClusterIssuer", "h-issuer", {
                spec: { acme: { solvers: [{ http01: { ingress: { serviceType: "NodePort" } } }] } },
            }),
        ],
        rule: "no-host-port",
        names: [/ClusterIssuer h-issuer/, /serviceType is NodePort/],
    },
];

const privileged = (title: string, name: string, one: object, spec: object, ...names: RegExp[]): Rogue => ({
    title,
    add: [deployment(name, "api", one, spec)],
    rule: "pod-template-restricted",
    names: [new RegExp(`Deployment e-chauffeur/${name}`), ...names],
});
const may = (more: object) => ({
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...more },
});

const pods: Rogue[] = [
    privileged(
        "a privileged container",
        "r-privileged",
        may({ privileged: true, allowPrivilegeEscalation: true }),
        {},
        /privileged is true/,
    ),
    privileged(
        "an added capability",
        "r-capability",
        may({ capabilities: { drop: ["ALL"], add: ["NET_RAW"] } }),
        {},
        /add\[0\] is NET_RAW/,
    ),
    privileged("capabilities that are kept", "r-kept", may({ capabilities: {} }), {}, /drop does not have ALL/),
    privileged(
        "privileges that may grow",
        "r-escalation",
        may({ allowPrivilegeEscalation: true }),
        {},
        /allowPrivilegeEscalation is not false/,
    ),
    privileged("root", "r-root", may({ runAsUser: 0 }), {}, /runAsUser is 0/),
    privileged("a user that may be root", "r-non-root", may({ runAsNonRoot: false }), {}, /runAsNonRoot is not true/),
    privileged("no seccomp profile", "r-seccomp", {}, { securityContext: { runAsNonRoot: true } }, /type is missing/),
    privileged(
        "a directory of the node",
        "r-host-path",
        {},
        { volumes: [{ name: "node", hostPath: { path: "/" } }] },
        /volumes\[0\]\.hostPath is a kind of volume that is not allowed/,
    ),
    privileged(
        "an unsafe sysctl",
        "r-sysctl",
        {},
        {
            securityContext: {
                runAsNonRoot: true,
                seccompProfile: { type: "RuntimeDefault" },
                sysctls: [{ name: "net.ipv4.ip_forward", value: "1" }],
            },
        },
        /sets net\.ipv4\.ip_forward/,
    ),
    privileged(
        "a probe of another host",
        "r-probe-host",
        { livenessProbe: { tcpSocket: { host: "198.51.100.1", port: 80 } } },
        {},
        /tcpSocket\.host is 198\.51\.100\.1/,
    ),
];

const roles: Rogue[] = [
    {
        title: "a workload of a role nobody knows",
        add: [deployment("k-miner", "miner")],
        rule: "role-known",
        names: [/k-miner/, /app\.kubernetes\.io\/name: miner/, /<Role>: \{ workload: e-chauffeur\/miner/],
    },
    {
        title: "a pod without labels",
        add: [edit(workloads.Pod("k-bare", "api", template("api")), ({ metadata }) => delete metadata.labels)],
        rule: "role-known",
        names: [/Pod e-chauffeur\/k-bare/, /no label app\.kubernetes\.io\/name/],
    },
    {
        title: "a role in another namespace",
        add: [edit(deployment("k-elsewhere", "api"), ({ metadata }) => (metadata.namespace = "monitoring"))],
        rule: "role-known",
        names: [/Deployment monitoring\/k-elsewhere/, /no role of namespace monitoring/],
    },
    {
        title: "a namespace that the platform does not own",
        add: [cluster("v1", "Namespace", "k-namespace")].map((one) =>
            edit(one, ({ metadata }) => {
                metadata.labels = Object.fromEntries(
                    ["enforce", "warn", "audit"].flatMap((mode) => [
                        [`pod-security.kubernetes.io/${mode}`, "restricted"],
                        [`pod-security.kubernetes.io/${mode}-version`, "v1.35"],
                    ]),
                );
            }),
        ),
        rule: "role-known",
        names: [/Namespace k-namespace/, /is not one of the platform e-chauffeur/],
    },
    {
        title: "pods that nobody can isolate",
        add: [
            edit(deployment("k-unconnected", "api"), ({ spec }) => {
                for (const labels of [spec.template.metadata.labels, spec.selector.matchLabels])
                    delete labels["matrice.dev/connected"];
            }),
        ],
        rule: "connected-label-present",
        names: [/k-unconnected/, /pods of API would have no flow/],
    },
];

const hidden = (apiVersion: string, kind: string, spec: object): Rogue => ({
    title: `a ${kind} whose objects nobody sees`,
    add: [object(apiVersion, kind, `a-${kind.toLowerCase()}`, { spec })],
    rule: "no-hidden-objects",
    names: [new RegExp(`${kind} e-chauffeur/a-`), /not seen at preview/],
});

const hiddenObjects: Rogue[] = [
    hidden("helm.toolkit.fluxcd.io/v2", "HelmRelease", { chart: { spec: { chart: "redis" } } }),
    hidden("argoproj.io/v1alpha1", "Application", { source: { repoURL: "https://git.example" } }),
];

const webhook = (clientConfig: object) => ({
    webhooks: [{ name: "rogue.example.com", sideEffects: "None", admissionReviewVersions: ["v1"], clientConfig }],
});

const targets: Rogue[] = [
    {
        title: "a webhook on a port that no row gives the control plane",
        add: [
            cluster("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "t-webhook", {
                ...webhook({ service: { namespace: "e-chauffeur", name: "api", port: 80 } }),
            }),
        ],
        rule: "target-port-listed",
        names: [/t-webhook/, /Cluster \(control plane kubernetes\) → API 80\/TCP/, /\| Cluster .* \| API \| 80 \|/],
    },
    {
        title: "an aggregated API",
        add: [
            cluster("apiregistration.k8s.io/v1", "APIService", "v1alpha1.rogue.example", {
                spec: {
                    group: "rogue.example",
                    version: "v1alpha1",
                    groupPriorityMinimum: 1000,
                    versionPriority: 15,
                    service: { namespace: "monitoring", name: "prometheus" },
                },
            }),
        ],
        rule: "target-port-listed",
        names: [/APIService v1alpha1\.rogue\.example/, /→ Prometheus 443\/TCP/],
    },
    {
        title: "a webhook outside the cluster",
        add: [
            cluster("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "t-outside", {
                ...webhook({ url: "https://evil.example:8443/mutate" }),
            }),
        ],
        rule: "target-port-listed",
        names: [/t-outside/, /leads to evil\.example on 8443\/TCP, which is no role/],
    },
    {
        title: "an issuer of an authority that no row lists",
        add: [
            object("cert-manager.io/v1", "Issuer", "t-issuer", {
                spec: { acme: { server: "https://acme.evil.example:14000/dir" } },
            }),
        ],
        rule: "target-port-listed",
        names: [/Issuer e-chauffeur\/t-issuer/, /acme\.evil\.example on 14000\/TCP/],
    },
    {
        title: "a ServiceMonitor of a port that no row lists",
        add: [
            object("monitoring.coreos.com/v1", "ServiceMonitor", "t-monitor", {
                spec: {
                    selector: { matchLabels: { "app.kubernetes.io/name": "redis" } },
                    endpoints: [{ targetPort: 9121 }],
                },
            }),
        ],
        rule: "target-port-listed",
        names: [/t-monitor/, /9121\/TCP of role Redis/, /\| <source> \| Redis \| 9121 \|/],
    },
    {
        title: "a Prometheus that writes elsewhere",
        add: [
            object(
                "monitoring.coreos.com/v1",
                "Prometheus",
                "t-prometheus",
                {
                    spec: {
                        podMetadata: { labels: own("prometheus") },
                        remoteWrite: [{ url: "http://redis.e-chauffeur.svc:6379/push" }],
                    },
                },
                "monitoring",
            ),
        ],
        rule: "target-port-listed",
        names: [
            /Prometheus monitoring\/t-prometheus/,
            /Prometheus → Redis 6379\/TCP/,
            /\| Prometheus \| Redis \| 6379 \|/,
        ],
    },
    {
        title: "a probe of the operator to an unlisted port",
        add: [
            object("monitoring.coreos.com/v1", "Probe", "t-probe", {
                spec: { targets: { staticConfig: { static: ["mongodb.e-chauffeur.svc:28017"] } } },
            }),
        ],
        rule: "target-port-listed",
        names: [/Probe e-chauffeur\/t-probe/, /28017\/TCP of role MongoDB/],
    },
    {
        title: "a port in a custom resource of a kind that nobody compared",
        add: [
            object("kafka.strimzi.io/v1beta2", "Kafka", "t-kafka", {
                spec: { kafka: { listeners: [{ name: "tls", port: 9093 }] } },
            }),
        ],
        rule: "target-port-listed",
        names: [/Kafka e-chauffeur\/t-kafka/, /listeners\[0\]\.port names port 9093/],
    },
];

const excepted = (title: string, name: string, text: string, ...names: RegExp[]): Rogue => ({
    title,
    add: [
        edit(
            service(name, "api", ports({ port: 80 })),
            ({ metadata }) => (metadata.annotations = { "matrice.dev/exception": text }),
        ),
    ],
    rule: "exception-valid",
    names: [new RegExp(`Service e-chauffeur/${name}`), ...names],
});

const exceptions: Rogue[] = [
    excepted(
        "an exception that is over",
        "x-over",
        "service-port-listed; owner=Ada; reason=migration; expires=2024-01-31",
        /it expired on 2024-01-31/,
    ),
    excepted(
        "an exception without an owner",
        "x-nobody",
        "service-port-listed; reason=migration; expires=2026-12-01",
        /no owner/,
    ),
    excepted(
        "an exception for ever",
        "x-ever",
        "service-port-listed; owner=Ada; reason=x; expires=2999-01-01",
        /more than a year/,
    ),
    excepted(
        "an exception from having a role",
        "x-role",
        "role-known; owner=Ada; reason=x; expires=2026-12-01",
        /role-known has no exceptions/,
    ),
];

export const podRogues: readonly Rogue[] = [...nodes, ...pods, ...roles, ...hiddenObjects, ...targets, ...exceptions];
