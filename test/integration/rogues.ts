/** Changes that leave the matrix, appended to index.ts: what a colleague in a hurry would write. */
import type { Part, Subject } from "./platform/subject";

export interface Rogue {
    readonly title: string;
    /** Of the object that it registers, by which what is said of one is told from what is said of others. */
    readonly name: string;
    /** TypeScript appended to index.ts. */
    readonly code: string;
    /** The rule that must refuse it. */
    readonly rule: string;
    /** What its message must name: resource, role, port, row. */
    readonly says: readonly RegExp[];
}

/** A program with rogues in it. */
export const rogueProgram = (program: string, rogues: readonly Rogue[]): string =>
    [
        program,
        `import * as rogue from "@pulumi/kubernetes";\nimport * as rogueCommand from "@pulumi/command";`,
        ...rogues.map(({ code }) => `{\n${code}\n}`),
    ].join("\n");

type Code = (name: string) => string;

/** Ten rogues, each of the platform's own roles and ports. */
export function roguesOf({ namespace, front, listener, database, cache }: Subject): Rogue[] {
    const { service, deployment, policy } = codesIn(namespace);
    const peer = `{
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "${namespace}" } },
            podSelector: { matchLabels: ${labels(front.name)} },
        }`;
    const fromFront = (port: number) =>
        `policyTypes: ["Ingress"], ingress: [{ from: [${peer}], ports: [{ port: ${port}, protocol: "TCP" }] }],`;
    const rogues: { title: string; kind: string; code: Code; rule: string; says: readonly RegExp[] }[] = [
        {
            title: "a Service on a port that no row lists",
            kind: "Service",
            code: service(listener, 'port: 8088, protocol: "TCP"'),
            rule: "service-port-listed",
            says: [
                /8088\/TCP/,
                role(listener),
                new RegExp(`\\| *<source> *\\| *${listener.title} *\\| *8088 *\\| *TCP`),
            ],
        },
        {
            title: "a Service on another role's port",
            kind: "Service",
            code: service(front, `port: ${database.port}, protocol: "TCP"`),
            rule: "service-port-listed",
            says: [new RegExp(`${database.port}/TCP`), role(front)],
        },
        {
            title: "a container on a port that no row lists",
            kind: "Deployment",
            code: deployment(listener.name, "ports: [{ containerPort: 9090 }],"),
            rule: "container-port-listed",
            says: [/9090\/TCP/, role(listener)],
        },
        {
            title: "a listed port by UDP",
            kind: "Service",
            code: service(listener, `port: ${listener.port}, protocol: "UDP"`),
            rule: "service-port-listed",
            says: [new RegExp(`${listener.port}/UDP`), role(listener)],
        },
        {
            title: "a NetworkPolicy between roles that no row connects",
            kind: "NetworkPolicy",
            code: policy(database, fromFront(database.port)),
            rule: "network-policy-listed",
            says: [new RegExp(`${database.port}/TCP`), role(front), role(database)],
        },
        {
            title: "a NetworkPolicy that gives the cache 443 to the internet",
            kind: "NetworkPolicy",
            code: policy(
                cache,
                'policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 443, protocol: "TCP" }] }],',
            ),
            rule: "network-policy-listed",
            says: [/443\/TCP/, role(cache)],
        },
        {
            title: "a NetworkPolicy that opens 22",
            kind: "NetworkPolicy",
            code: policy(listener, fromFront(22)),
            rule: "network-policy-listed",
            says: [/22\/TCP/, role(listener)],
        },
        {
            title: "a hostPort on a listed port",
            kind: "Deployment",
            code: deployment(
                listener.name,
                `ports: [{ containerPort: ${listener.port}, hostPort: ${listener.port} }],`,
            ),
            rule: "no-host-port",
            says: [/hostPort/, role(listener)],
        },
        {
            title: "a Deployment of a role nobody knows",
            kind: "Deployment",
            code: deployment("miner", ""),
            rule: "role-known",
            says: [/miner/],
        },
        {
            title: "a Service whose port is unknown at preview",
            kind: "Service",
            code: (name) => `
const rogueNumber = new rogueCommand.local.Command("${name}-number", { create: "echo ${listener.port}" }).stdout.apply(Number);
${service(listener, 'port: rogueNumber, protocol: "TCP"')(name)}`,
            rule: "service-port-listed",
            says: [/unknown at preview/],
        },
    ];
    return rogues.map(({ code, kind, says, ...rogue }, index) => {
        const name = `rogue-${index}`;
        return { ...rogue, name, code: code(name), says: [new RegExp(`${kind} ${namespace}/${name}:`), ...says] };
    });
}

const role = ({ title }: Part): RegExp => new RegExp(title);

const labels = (name: string): string => `{ "app.kubernetes.io/name": "${name}", "matrice.dev/connected": "true" }`;

/** Statements that register an object in a namespace. */
function codesIn(namespace: string) {
    const metadata = (name: string) => `metadata: { name: "${name}", namespace: "${namespace}" },`;
    const service =
        ({ name: role }: Part, port: string): Code =>
        (name) => `
new rogue.core.v1.Service("${name}", {
    ${metadata(name)}
    spec: { selector: ${labels(role)}, ports: [{ name: "rogue", ${port} }] },
});`;
    const deployment =
        (role: string, container: string): Code =>
        (name) => `
new rogue.apps.v1.Deployment("${name}", {
    ${metadata(name)}
    spec: {
        selector: { matchLabels: ${labels(role)} },
        template: {
            metadata: { labels: ${labels(role)} },
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
        ({ name: role }: Part, rules: string): Code =>
        (name) => `
new rogue.networking.v1.NetworkPolicy("${name}", {
    ${metadata(name)}
    spec: { podSelector: { matchLabels: ${labels(role)} }, ${rules} },
});`;
    return { service, deployment, policy };
}
