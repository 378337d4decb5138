/** Rogues that widen what may connect: NetworkPolicies of every variant, other policies, and labels. */
import { deployment, edit, object, own, peer, policy, tcp, type Rogue } from "./objects";

const listedRows = (title: string, rogue: Omit<Rogue, "rule" | "title">): Rogue => ({
    title,
    rule: "network-policy-listed",
    ...rogue,
});

const policies: Rogue[] = [
    listedRows("a policy on a port that no row lists", {
        add: [policy("n-port", "api", { ingress: [{ from: [peer("proxy")], ports: [tcp(22)] }] })],
        names: [
            /n-port/,
            /Proxy → API 22\/TCP is not in the matrix/,
            /80\/TCP \(matrix\.md:\d+\)/,
            /\| Proxy \| API \| 22 \|/,
        ],
    }),
    listedRows("a policy between roles that no row connects", {
        add: [policy("n-pair", "mongodb", { ingress: [{ from: [peer("app-user")], ports: [tcp(27017)] }] })],
        names: [/n-pair/, /App User → MongoDB 27017\/TCP/, /\| App User \| MongoDB \| 27017 \|/],
    }),
    listedRows("a policy without ports", {
        add: [policy("n-all-ports", "api", { ingress: [{ from: [peer("proxy")] }] })],
        names: [/n-all-ports/, /ports is missing: it opens every port of every transport/],
    }),
    listedRows("a policy's port without a number", {
        add: [policy("n-no-number", "api", { ingress: [{ from: [peer("proxy")], ports: [{ protocol: "UDP" }] }] })],
        names: [/n-no-number/, /port is missing: it opens every port of UDP/],
    }),
    listedRows("a policy's port by name", {
        add: [policy("n-name", "api", { ingress: [{ from: [peer("proxy")], ports: [tcp("http")] }] })],
        names: [/n-name/, /port is the name http/],
    }),
    listedRows("a range wider than the row", {
        add: [policy("n-range", "api", { ingress: [{ from: [peer("proxy")], ports: [tcp(80, 90)] }] })],
        names: [/n-range/, /Proxy → API 80-90\/TCP/, /\| Proxy \| API \| 80-90 \|/],
    }),
    listedRows("the wrong transport", {
        add: [
            policy("n-udp", "redis", { ingress: [{ from: [peer("api")], ports: [{ port: 6379, protocol: "UDP" }] }] }),
        ],
        names: [/n-udp/, /API → Redis 6379\/UDP/, /6379\/TCP \(matrix\.md:\d+\)/],
    }),
    listedRows("no source", {
        add: [policy("n-any-source", "redis", { ingress: [{ ports: [tcp(6379)] }] })],
        names: [/n-any-source/, /from is empty: it opens Redis from every source on 6379\/TCP/],
    }),
    listedRows("no destination", {
        add: [policy("n-any-destination", "api", { egress: [{ to: [], ports: [tcp(443)] }] })],
        names: [/n-any-destination/, /to is empty: it opens API to every destination on 443\/TCP/],
    }),
    listedRows("an empty peer", {
        add: [policy("n-empty-peer", "redis", { ingress: [{ from: [{ podSelector: {} }], ports: [tcp(6379)] }] })],
        names: [/n-empty-peer/, /selects every pod of namespace e-chauffeur/],
    }),
    listedRows("every namespace", {
        add: [
            policy("n-namespaces", "redis", {
                ingress: [
                    { from: [{ namespaceSelector: {}, podSelector: { matchLabels: own("api") } }], ports: [tcp(6379)] },
                ],
            }),
        ],
        names: [/n-namespaces/, /selects pods of every namespace/],
    }),
    listedRows("namespace and pods as two peers", {
        add: [
            policy("n-two-peers", "redis", {
                ingress: [
                    {
                        from: [
                            { namespaceSelector: peer("api").namespaceSelector },
                            { podSelector: peer("api").podSelector },
                        ],
                        ports: [tcp(6379)],
                    },
                ],
            }),
        ],
        names: [/n-two-peers/, /two peers/, /Redis/],
    }),
    listedRows("a peer that keeps isolated pods connected", {
        add: [
            policy("n-wide-pods", "redis", {
                ingress: [
                    {
                        from: [
                            {
                                namespaceSelector: peer("api").namespaceSelector,
                                podSelector: { matchLabels: { "app.kubernetes.io/name": "api" } },
                            },
                        ],
                        ports: [tcp(6379)],
                    },
                ],
            }),
        ],
        names: [/n-wide-pods/, /API as a peer of Redis on 6379\/TCP is wider than the row \(matrix\.md:\d+\)/],
    }),
    listedRows("the internet for a role that only the API reaches", {
        add: [
            policy("n-internet", "redis", {
                ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(6379)] }],
            }),
        ],
        names: [/n-internet/, /0\.0\.0\.0\/0 → Redis 6379\/TCP/],
    }),
    listedRows("private addresses where the row means the internet", {
        add: [
            policy("n-private", "api", { egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [tcp(443)] }] }),
        ],
        names: [/n-private/, /10\.0\.0\.0\/8 as a peer of API on 443\/TCP is wider than the row/],
    }),
    listedRows("the metadata address of the cloud", {
        add: [
            policy("n-metadata", "app-user", {
                egress: [{ to: [{ ipBlock: { cidr: "169.254.169.254/32" } }], ports: [tcp(80)] }],
            }),
        ],
        names: [/n-metadata/, /App User → 169\.254\.169\.254\/32 80\/TCP/],
    }),
    listedRows("the whole internet by IPv6", {
        add: [policy("n-ipv6", "mongodb", { egress: [{ to: [{ ipBlock: { cidr: "::/0" } }], ports: [tcp(443)] }] })],
        names: [/n-ipv6/, /MongoDB → ::\/0 443\/TCP/],
    }),
    listedRows("a peer that is no role", {
        add: [policy("n-nobody", "redis", { ingress: [{ from: [peer("miner")], ports: [tcp(6379)] }] })],
        names: [/n-nobody/, /miner.* no role of the inventory/],
    }),
    listedRows("every pod of the namespace opened", {
        add: [
            edit(
                policy("n-every-pod", "api", { ingress: [{ from: [peer("proxy")], ports: [tcp(80)] }] }),
                ({ spec }) => {
                    spec.podSelector = {};
                },
            ),
        ],
        names: [/n-every-pod/, /podSelector selects every pod of the namespace/],
    }),
    listedRows("a policy of another API", {
        add: [object("cilium.io/v2", "CiliumNetworkPolicy", "n-cilium", { spec: { endpointSelector: {} } })],
        names: [/CiliumNetworkPolicy e-chauffeur\/n-cilium/, /not compared with the matrix/],
    }),
    {
        title: "a policy that keeps isolated pods connected",
        add: [
            edit(
                policy("n-isolated", "redis", { ingress: [{ from: [peer("api")], ports: [tcp(6379)] }] }),
                ({ spec }) => {
                    delete spec.podSelector.matchLabels["matrice.dev/connected"];
                },
            ),
        ],
        rule: "connected-label-present",
        names: [/n-isolated/, /an isolated pod of Redis would stay reachable/],
    },
    {
        title: "a policy that keeps isolated pods connected, by an expression",
        add: [
            edit(
                policy("n-expression", "redis", { ingress: [{ from: [peer("api")], ports: [tcp(6379)] }] }),
                ({ spec }) => {
                    spec.podSelector = {
                        matchExpressions: [{ key: "app.kubernetes.io/name", operator: "In", values: ["redis"] }],
                    };
                },
            ),
        ],
        rule: "connected-label-present",
        names: [/n-expression/, /an isolated pod of Redis would stay reachable/],
    },
    {
        title: "a policy of a role nobody knows",
        add: [policy("n-unknown", "miner", { ingress: [{ from: [peer("api")], ports: [tcp(80)] }] })],
        rule: "role-known",
        names: [/n-unknown/, /app\.kubernetes\.io\/name: miner/],
    },
    {
        title: "a policy left over from a version that nothing runs",
        add: [
            edit(
                policy("n-orphan", "redis", { ingress: [{ from: [peer("api")], ports: [tcp(6379)] }] }),
                ({ spec }) => {
                    spec.podSelector.matchLabels.version = "v0";
                },
            ),
        ],
        rule: "no-orphan-policy",
        names: [/NetworkPolicy e-chauffeur\/n-orphan/, /selects no pod of the stack and no role/],
    },
    {
        title: "a policy for a flow that no row gives",
        add: [
            edit(
                policy("n-flowless", "redis", { ingress: [{ from: [peer("api")], ports: [tcp(6379)] }] }),
                ({ metadata }) => {
                    metadata.annotations = { "matrice.dev/flows": "api>redis:tcp/6380" };
                },
            ),
        ],
        rule: "no-orphan-policy",
        names: [/n-flowless/, /api>redis:tcp\/6380, which is no flow of the matrix/],
    },
    {
        title: "a label that puts a pod under a second role's policy",
        add: [
            edit(deployment("n-second-role", "redis"), ({ spec }) => {
                spec.template.metadata.labels["acme.cert-manager.io/http01-solver"] = "true";
            }),
        ],
        rule: "nothing-wider",
        names: [
            /Deployment e-chauffeur\/n-second-role/,
            /let API connect to ACME solver on 6379\/TCP/,
            /\| API \| ACME solver \| 6379 \|/,
        ],
    },
];

export const policyRogues: readonly Rogue[] = policies;
