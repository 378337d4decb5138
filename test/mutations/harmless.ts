/** Changes that stay inside the matrix: nothing may be said of them. */
import {
    cluster,
    container,
    deployment,
    edit,
    object,
    own,
    peer,
    policy,
    ports,
    service,
    tcp,
    template,
    workloads,
    type Harmless,
} from "./objects";

const probe = (port: number | string) => ({ httpGet: { path: "/", port } });

export const harmless: readonly Harmless[] = [
    { title: "a second Service on a listed port", add: [service("ok-service", "api", ports({ port: 80 }))] },
    {
        title: "a headless Service on the port of metrics",
        add: [
            service("ok-metrics", "mongodb", {
                clusterIP: "None",
                publishNotReadyAddresses: true,
                ...ports({ port: 9091 }),
            }),
        ],
    },
    {
        title: "a targetPort by name",
        add: [service("ok-named", "api", ports({ port: 80, targetPort: "http" }))],
    },
    {
        title: "a node port of the edge",
        add: [service("ok-node-port", "proxy", { type: "NodePort", ...ports({ port: 443 }) })],
    },
    {
        title: "a name for another party on its listed port",
        add: [
            object("v1", "Service", "ok-name", {
                spec: { type: "ExternalName", externalName: "api.twilio.com", ...ports({ port: 443 }) },
            }),
        ],
    },
    {
        title: "a Deployment with probes on listed ports",
        add: [
            deployment("ok-deployment", "api", {
                ports: [{ name: "http", containerPort: 80 }],
                readinessProbe: probe("http"),
                livenessProbe: probe(80),
            }),
        ],
    },
    {
        title: "a Deployment that declares no port",
        add: [deployment("ok-silent", "app-user", { readinessProbe: { exec: { command: ["true"] } } })],
    },
    {
        title: "a CronJob that only connects",
        add: [workloads.CronJob("ok-cron", "cleanup", template("cleanup"))],
    },
    { title: "a Job", add: [workloads.Job("ok-job", "backup", template("backup"))] },
    {
        title: "an init container and a sidecar on listed ports",
        add: [
            deployment(
                "ok-sidecar",
                "mongodb",
                { ports: [{ containerPort: 27017 }] },
                {
                    initContainers: [
                        container({ name: "exporter", restartPolicy: "Always", ports: [{ containerPort: 9091 }] }),
                    ],
                },
            ),
        ],
    },
    {
        title: "a hook that sleeps",
        add: [deployment("ok-hook", "api", { lifecycle: { preStop: { sleep: { seconds: 5 } } } })],
    },
    {
        title: "ports under 1024 without privilege",
        add: [
            deployment(
                "ok-sysctl",
                "proxy",
                { ports: [{ containerPort: 443 }] },
                {
                    securityContext: {
                        runAsNonRoot: true,
                        runAsUser: 101,
                        seccompProfile: { type: "RuntimeDefault" },
                        sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
                    },
                },
            ),
        ],
    },
    {
        title: "a capability that the standard allows",
        add: [
            deployment("ok-capability", "redirect", {
                securityContext: {
                    allowPrivilegeEscalation: false,
                    capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                },
            }),
        ],
    },
    {
        title: "a policy narrower than the row",
        add: [policy("ok-policy", "redis", { ingress: [{ from: [peer("api")], ports: [tcp(6379)] }] })],
    },
    {
        title: "a policy to a part of the internet that the row opens",
        add: [
            policy("ok-part", "api", {
                egress: [{ to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [tcp(443)] }],
            }),
        ],
    },
    {
        title: "a policy that closes a namespace once more",
        add: [
            object("networking.k8s.io/v1", "NetworkPolicy", "ok-deny", {
                spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
            }),
        ],
    },
    {
        title: "a policy of a role that is only planned",
        add: [
            edit(
                policy("ok-planned", "grafana", {
                    egress: [{ to: [peer("loki", "monitoring")], ports: [tcp(3100)] }],
                }),
                ({ metadata }) => (metadata.namespace = "monitoring"),
            ),
        ],
    },
    {
        title: "a ConfigMap and a Secret",
        add: [
            object("v1", "ConfigMap", "ok-settings", { data: { PORT: "8088" } }),
            object("v1", "Secret", "ok-secret", { stringData: { port: "8088" } }),
        ],
    },
    {
        title: "a PodDisruptionBudget",
        add: [
            object("policy/v1", "PodDisruptionBudget", "ok-budget", {
                spec: { maxUnavailable: 1, selector: { matchLabels: own("api") } },
            }),
        ],
    },
    {
        title: "a HorizontalPodAutoscaler",
        add: [
            object("autoscaling/v2", "HorizontalPodAutoscaler", "ok-scaler", {
                spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "api" }, maxReplicas: 4 },
            }),
        ],
    },
    { title: "a ServiceAccount", add: [object("v1", "ServiceAccount", "ok-account")] },
    {
        title: "a Role and its binding",
        add: [
            object("rbac.authorization.k8s.io/v1", "Role", "ok-role", {
                rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
            }),
        ],
    },
    {
        title: "a claim of storage",
        add: [
            object("v1", "PersistentVolumeClaim", "ok-claim", {
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            }),
        ],
    },
    {
        title: "a Certificate and an issuer of a listed authority",
        add: [
            object("cert-manager.io/v1", "Certificate", "ok-certificate", {
                spec: { secretName: "tls", dnsNames: ["a.example"], issuerRef: { name: "ok-issuer" } },
            }),
            cluster("cert-manager.io/v1", "ClusterIssuer", "ok-issuer", {
                spec: {
                    acme: {
                        server: "https://acme-v02.api.letsencrypt.org/directory",
                        solvers: [{ http01: { ingress: { serviceType: "ClusterIP" } } }],
                    },
                },
            }),
        ],
    },
    {
        title: "a ServiceMonitor on the port of metrics, alert rules, and alerts to where rows lead",
        add: [
            object("monitoring.coreos.com/v1", "ServiceMonitor", "ok-monitor", {
                spec: {
                    selector: { matchLabels: { "app.kubernetes.io/name": "api" } },
                    endpoints: [{ targetPort: 9091 }],
                },
            }),
            object("monitoring.coreos.com/v1", "PrometheusRule", "ok-rules", { spec: { groups: [] } }),
            object("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", "ok-receivers", {
                spec: { receivers: [{ name: "slack", slackConfigs: [{ apiURL: { name: "slack", key: "url" } }] }] },
            }),
        ],
    },
    {
        title: "a custom resource that names no port",
        add: [object("example.com/v1", "Widget", "ok-widget", { spec: { support: "yes", size: 3 } })],
    },
];
