/** Changes that leave the matrix, each appended alone to index.ts: what a colleague in a hurry would write. */
export interface Rogue {
    readonly title: string;
    /** TypeScript appended to index.ts, which registers an object of that name. */
    readonly code: (name: string) => string;
    /** The rule that must refuse it. */
    readonly rule: string;
    /** What its message must name: resource, role, port, row. */
    readonly names: readonly RegExp[];
}

/** What the codes use. */
const imports = `import * as rogue from "@pulumi/kubernetes";\nimport * as rogueCommand from "@pulumi/command";`;

/** A program with rogues in it, one `rogue`, several `rogue-0` and on. */
export const withRogues = (program: string, rogues: readonly Rogue[]): string =>
    [
        program,
        imports,
        ...rogues.map(({ code }, index) => `{\n${code(rogues.length === 1 ? "rogue" : `rogue-${index}`)}\n}`),
    ].join("\n");

const service =
    (role: string, port: string) =>
    (name: string): string => `
new rogue.core.v1.Service("${name}", {
    metadata: { name: "${name}", namespace: "e-chauffeur" },
    spec: {
        selector: { "app.kubernetes.io/name": "${role}", "matrice.dev/connected": "true" },
        ports: [{ name: "rogue", ${port} }],
    },
});`;

const deployment =
    (role: string, container: string) =>
    (name: string): string => `
const rogueLabels = { "app.kubernetes.io/name": "${role}", "matrice.dev/connected": "true" };
new rogue.apps.v1.Deployment("${name}", {
    metadata: { name: "${name}", namespace: "e-chauffeur" },
    spec: {
        selector: { matchLabels: rogueLabels },
        template: {
            metadata: { labels: rogueLabels },
            spec: {
                automountServiceAccountToken: false,
                securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
                containers: [{
                    name: "rogue",
                    image: "registry.example/rogue:1",
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                    ${container}
                }],
            },
        },
    },
});`;

const policy =
    (role: string, spec: string) =>
    (name: string): string => `
new rogue.networking.v1.NetworkPolicy("${name}", {
    metadata: { name: "${name}", namespace: "e-chauffeur" },
    spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "${role}", "matrice.dev/connected": "true" } },
        ${spec}
    },
});`;

const peer = (role: string): string => `{
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "e-chauffeur" } },
            podSelector: { matchLabels: { "app.kubernetes.io/name": "${role}", "matrice.dev/connected": "true" } },
        }`;

export const rogues: readonly Rogue[] = [
    {
        title: "a Service of API on 8088",
        code: service("api", `port: 8088, protocol: "TCP"`),
        rule: "service-port-listed",
        names: [/Service e-chauffeur\/rogue/, /8088\/TCP/, /API/, /\| *<source> *\| *API *\| *8088 *\| *TCP/],
    },
    {
        title: "a Service of App User on 27017",
        code: service("app-user", `port: 27017, protocol: "TCP"`),
        rule: "service-port-listed",
        names: [/Service e-chauffeur\/rogue/, /27017\/TCP/, /App User/],
    },
    {
        title: "a container of API on 9090",
        code: deployment("api", `ports: [{ containerPort: 9090 }],`),
        rule: "container-port-listed",
        names: [/Deployment e-chauffeur\/rogue/, /9090\/TCP/, /API/],
    },
    {
        title: "80/UDP on API",
        code: service("api", `port: 80, protocol: "UDP"`),
        rule: "service-port-listed",
        names: [/Service e-chauffeur\/rogue/, /80\/UDP/, /API/],
    },
    {
        title: "a NetworkPolicy from App User to MongoDB 27017",
        code: policy(
            "mongodb",
            `policyTypes: ["Ingress"], ingress: [{ from: [${peer("app-user")}], ports: [{ port: 27017, protocol: "TCP" }] }],`,
        ),
        rule: "network-policy-listed",
        names: [/NetworkPolicy e-chauffeur\/rogue/, /27017\/TCP/, /App User/, /MongoDB/],
    },
    {
        title: "a NetworkPolicy that gives Redis 443 to the internet",
        code: policy(
            "redis",
            `policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 443, protocol: "TCP" }] }],`,
        ),
        rule: "network-policy-listed",
        names: [/NetworkPolicy e-chauffeur\/rogue/, /443\/TCP/, /Redis/],
    },
    {
        title: "a NetworkPolicy that opens 22 on API",
        code: policy(
            "api",
            `policyTypes: ["Ingress"], ingress: [{ from: [${peer("proxy")}], ports: [{ port: 22, protocol: "TCP" }] }],`,
        ),
        rule: "network-policy-listed",
        names: [/NetworkPolicy e-chauffeur\/rogue/, /22\/TCP/, /API/],
    },
    {
        title: "a hostPort on API's listed port",
        code: deployment("api", `ports: [{ containerPort: 80, hostPort: 80 }],`),
        rule: "no-host-port",
        names: [/Deployment e-chauffeur\/rogue/, /hostPort/, /API/],
    },
    {
        title: "a Deployment of a role nobody knows",
        code: deployment("miner", ""),
        rule: "role-known",
        names: [/Deployment e-chauffeur\/rogue/, /miner/],
    },
    {
        title: "a Service whose port is unknown at preview",
        code: (name) => `
const rogueNumber = new rogueCommand.local.Command("rogue-number", { create: "echo 80" }).stdout.apply(Number);
${service("api", `port: rogueNumber, protocol: "TCP"`)(name)}`,
        rule: "service-port-listed",
        names: [/Service e-chauffeur\/rogue/, /unknown at preview/],
    },
];
