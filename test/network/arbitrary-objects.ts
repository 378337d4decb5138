import fc from "fast-check";
import type { KubernetesObject, LabelSelector, NetworkPolicy } from "../../network";

/** Small alphabets, so that selectors, port names and blocks meet often. */
const namespaces = ["one", "two", "three"];
const labels = fc.record(
    { a: fc.constantFrom("1", "2"), b: fc.constantFrom("1", "2") },
    { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>;

const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
    fc.constant({}),
    labels.map((matchLabels) => ({ matchLabels })),
    fc
        .tuple(
            labels,
            fc.array(
                fc.oneof(
                    fc.record({
                        key: fc.constantFrom("a", "b"),
                        operator: fc.constantFrom("In" as const, "NotIn" as const),
                        values: fc.uniqueArray(fc.constantFrom("1", "2"), { minLength: 1 }),
                    }),
                    fc.record({
                        key: fc.constantFrom("a", "b"),
                        operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const),
                    }),
                ),
                { minLength: 1, maxLength: 2 },
            ),
        )
        .map(([matchLabels, matchExpressions]) => ({ matchLabels, matchExpressions })),
);

const transport = fc.constantFrom("TCP" as const, "UDP" as const, "SCTP" as const);

const blocks = [
    { cidr: "0.0.0.0/0" },
    { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] },
    { cidr: "10.1.2.0/24" },
    { cidr: "10.0.0.0/7", except: ["10.1.2.0/25", "11.0.0.0/8"] },
    { cidr: "::/0", except: ["fc00::/7"] },
    { cidr: "2001:db8::/32" },
];

/** Addresses on both sides of every edge of the blocks. */
export const addresses = [
    "9.255.255.255",
    "10.0.0.0",
    "10.1.0.0",
    "10.1.2.5",
    "10.1.2.200",
    "10.2.0.0",
    "11.0.0.1",
    "2001:db8::1",
    "2001:db9::",
    "fd00::1",
];

/** Port numbers on both sides of every edge of the ranges. */
export const ports = [1, 79, 80, 81, 443, 8080, 8090, 8091, 65535];

const rulePorts = fc.array(
    fc.oneof(
        fc.record({ protocol: transport }),
        fc.record(
            { protocol: transport, port: fc.constantFrom<number | string>(80, 443, "web", "metrics") },
            {
                requiredKeys: ["port"],
            },
        ),
        fc.record({ protocol: transport, port: fc.constantFrom(80, 8080), endPort: fc.constantFrom(8080, 8090) }),
    ),
    { maxLength: 2 },
);

const peers = fc.array(
    fc.oneof(
        fc.constantFrom(...blocks).map((ipBlock) => ({ ipBlock })),
        selector.map((podSelector) => ({ podSelector })),
        selector.map((namespaceSelector) => ({ namespaceSelector })),
        fc.record({ namespaceSelector: selector, podSelector: selector }),
    ),
    { maxLength: 2 },
);

const policy = fc
    .record({
        namespace: fc.constantFrom(...namespaces),
        spec: fc.record(
            {
                podSelector: selector,
                policyTypes: fc.subarray<"Ingress" | "Egress">(["Ingress", "Egress"]),
                ingress: fc.array(fc.record({ from: peers, ports: rulePorts }, { requiredKeys: [] }), { maxLength: 2 }),
                egress: fc.array(fc.record({ to: peers, ports: rulePorts }, { requiredKeys: [] }), { maxLength: 2 }),
            },
            { requiredKeys: ["podSelector"] },
        ),
    })
    .map(({ namespace, spec }): NetworkPolicy => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "generated", namespace },
        spec,
    }));

const containerPort = fc.record(
    {
        name: fc.constantFrom("web", "metrics"),
        containerPort: fc.constantFrom(80, 443, 8080),
        protocol: transport,
    },
    { requiredKeys: ["containerPort"] },
);

const workload = fc.record({
    namespace: fc.constantFrom(...namespaces),
    labels,
    kind: fc.constantFrom("Pod", "Deployment", "CronJob"),
    ports: fc.uniqueArray(containerPort, { maxLength: 2, selector: ({ name }) => name }),
});

/** Pods of every shape in three labelled namespaces under a few policies. */
export const cluster: fc.Arbitrary<{ pods: KubernetesObject[]; others: KubernetesObject[] }> = fc
    .record({
        namespaceLabels: fc.tuple(labels, labels, labels),
        workloads: fc.array(workload, { minLength: 1, maxLength: 6 }),
        policies: fc.array(policy, { maxLength: 5 }),
    })
    .map(({ namespaceLabels, workloads, policies }) => ({
        pods: workloads.map(({ namespace, labels: podLabels, kind, ports: containerPorts }, index) => {
            const spec = { containers: [{ name: "main", ports: containerPorts }] };
            const template = { metadata: { labels: podLabels }, spec };
            const metadata = { name: `${kind.toLowerCase()}-${index}`, namespace };
            switch (kind) {
                case "Pod":
                    return { apiVersion: "v1", kind, metadata: { ...metadata, labels: podLabels }, spec };
                case "CronJob":
                    return { apiVersion: "batch/v1", kind, metadata, spec: { jobTemplate: { spec: { template } } } };
                default:
                    return { apiVersion: "apps/v1", kind, metadata, spec: { template } };
            }
        }),
        others: [
            ...namespaces.map((name, index) => ({
                apiVersion: "v1",
                kind: "Namespace",
                metadata: { name, labels: namespaceLabels[index] },
            })),
            ...policies,
        ],
    }));
