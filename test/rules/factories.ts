import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import type { KubernetesObject, NetworkSettings } from "../../network";
import { policies } from "../../network";
import type { Finding, ObjectRule, RuleContext } from "../../rules";

const document = `# Flows

| Source | Destination | Port(s) | Protocol | Description |
|--------|-------------|---------|----------|-------------|
|Client|Proxy|80/443*|HTTP/HTTPS*|Books a ride|
|Proxy|API|80|HTTP|The API|
|Prometheus|API|9091|HTTP|Metrics|
|API|Redis|6379|TCP|Sockets|
|API|MongoDB|27017|TCP|Data|
|API|Mail|587|SMTP|Mails|
|API|Media|49152-49160|UDP|Media|
|Proxy|Solver|8089|HTTP|Challenges|
`;

const inventory = `platform: rides
namespaces: [rides, monitoring]
zones: [public, exposed, application, data]
crossings: [public → exposed, exposed → application, application → data, application → public]
roles:
    Client: { kind: people, zone: public, cidrs: clients }
    Proxy: { zone: exposed, workload: rides/proxy, ports: { http: as HTTP, https: as HTTPS } }
    API: { zone: application, workload: rides/api, ports: { http: from Proxy, metrics: from Prometheus } }
    App User: { zone: application, workload: rides/app-user }
    Prometheus: { zone: application, workload: monitoring/prometheus }
    Redis: { zone: data, workload: rides/redis }
    MongoDB: { zone: data, workload: rides/mongodb }
    Media: { zone: data, workload: rides/media }
    Solver: { zone: application, workload: rides/solver, labels: { solver: "true" } }
    Mail: { kind: external, zone: public, hosts: [mail.example.com] }
`;

export const matrix: Matrix = resolve(
    [readDocument(document, "matrix.md")],
    readInventory(inventory, "inventory.yaml"),
);

export const network: NetworkSettings = {
    edge: "direct",
    loadBalancerCidrs: [],
    people: { clients: ["203.0.113.0/24"] },
    controlPlane: { cidrs: ["192.0.2.10/32"] },
    cni: "standard",
    requireRealised: false,
};

export const context: RuleContext = {
    matrix,
    network,
    platformFiles: { matrix: "matrix.md", annex: "annex.md", inventory: "inventory.yaml" },
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests break fields of every kind
export type Loose = any;

/** Changes a fresh object in place: `edit(service(), ({ spec }) => (spec.type = "NodePort"))`. */
export function edit(object: KubernetesObject, change: (object: Loose) => unknown): KubernetesObject {
    change(object);
    return object;
}

export const labels = (name: string) => ({
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": "rides",
    "matrice.dev/connected": "true",
});

const pod = (name: string, port: number) => ({
    metadata: { labels: labels(name) },
    spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        volumes: [{ name: "tmp", emptyDir: {} }],
        containers: [
            {
                name,
                image: "example.com/image",
                ports: [{ name: "main", containerPort: port }],
                readinessProbe: { httpGet: { path: "/", port } },
                livenessProbe: { tcpSocket: { port: "main" } },
                startupProbe: { exec: { command: ["true"] } },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
        ],
    },
});

/** A Deployment of API that every rule accepts. */
export const deployment = (name = "api", port = 80): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "rides" },
    spec: { selector: { matchLabels: labels(name) }, template: pod(name, port) },
});

/** A Service of API that every rule accepts. */
export const service = (name = "api", port = 80): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "rides" },
    spec: { selector: labels(name), ports: [{ name: "http", port, targetPort: port }] },
});

/** The NetworkPolicy that the matrix yields for a role's workload. */
export const policy = (name = "redis", namespace = "rides"): KubernetesObject =>
    structuredClone(
        (policies(matrix, network) as KubernetesObject[]).find(
            ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
        )!,
    );

export const defaultDeny = (namespace: string): KubernetesObject => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "default-deny", namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
});

export const namespace = (name = "rides"): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
        name,
        labels: Object.fromEntries(
            ["enforce", "warn", "audit"].flatMap((mode) => [
                [`pod-security.kubernetes.io/${mode}`, "restricted"],
                [`pod-security.kubernetes.io/${mode}-version`, "v1.35"],
            ]),
        ),
    },
});

/** What one rule says of an object, as texts. */
export const messages = (rule: ObjectRule, object: KubernetesObject): string[] =>
    rule.check(object, context).map(({ message }: Finding) => message);
