import { UNKNOWN } from "../../rules";
import { networkPolicyListed } from "../../rules/network-policy-listed";
import { context, defaultDeny, edit, labels, type Loose, matrix, messages, policy } from "./factories";

const pods = (name: string, namespace = "rides") => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: { "app.kubernetes.io/name": name, "matrice.dev/connected": "true" } },
});
const any = [{ ipBlock: { cidr: "0.0.0.0/0" } }];

const check = (change: (spec: Loose) => unknown, name = "redis"): string[] =>
    messages(
        networkPolicyListed,
        edit(policy(name), ({ spec }) => change(spec)),
    );

describe("network-policy-listed", () => {
    test("accepts every policy that the matrix yields", () => {
        for (const role of matrix.roles.filter(({ kind }) => kind === "workload")) {
            expect(messages(networkPolicyListed, policy(role.workload!.name, role.workload!.namespace))).toEqual([]);
        }
        expect(messages(networkPolicyListed, defaultDeny("rides"))).toEqual([]);
    });

    test("accepts what is narrower than the row", () => {
        expect(check((spec) => (spec.ingress[0].from[0].podSelector.matchLabels.tier = "a"))).toEqual([]);
        expect(check((spec) => delete spec.ingress[0].from[0].namespaceSelector)).toEqual([]);
        expect(check((spec) => (spec.ingress[0].from = [{ ipBlock: { cidr: "203.0.113.128/25" } }]), "proxy")).toEqual(
            [],
        );
    });

    test("names role, peer, port and the row that would allow it", () => {
        const rogue = edit(policy("mongodb"), ({ metadata, spec }) => {
            metadata.name = "rogue";
            spec.ingress = [{ from: [pods("app-user")], ports: [{ port: 27017, protocol: "TCP" }] }];
        });
        const [finding] = networkPolicyListed.check(rogue, context);
        expect(finding).toMatchObject({ role: "MongoDB", port: "27017/TCP", level: "mandatory" });
        expect(finding.message).toBe(
            [
                "NetworkPolicy rides/rogue: App User → MongoDB 27017/TCP is not in the matrix.",
                "  MongoDB receives nothing from App User.",
                "  To allow it, add to matrix.md:  | App User | MongoDB | 27017 | TCP | <why> |",
            ].join("\n"),
        );
    });

    test("refuses another port, another transport and a range wider than the row", () => {
        expect(check((spec) => (spec.ingress[0].ports = [{ port: 22 }]))).toEqual([
            expect.stringMatching(
                /API → Redis 22\/TCP is not in the matrix[^]*Redis receives from API 6379\/TCP \(matrix\.md:8\)/,
            ),
        ]);
        expect(check((spec) => (spec.ingress[0].ports[0].protocol = "UDP"))).toEqual([
            expect.stringContaining("API → Redis 6379/UDP is not in the matrix"),
        ]);
        expect(check((spec) => (spec.ingress[0].ports[0].endPort = 6380))).toEqual([
            expect.stringContaining("API → Redis 6379-6380/TCP is not in the matrix"),
        ]);
    });

    test("refuses missing, nameless and named ports", () => {
        expect(check((spec) => delete spec.ingress[0].ports)).toEqual([
            expect.stringContaining("spec.ingress[0].ports is missing: it opens every port of every transport"),
        ]);
        expect(check((spec) => (spec.ingress[0].ports = [{ protocol: "UDP" }]))).toEqual([
            expect.stringContaining("spec.ingress[0].ports[0].port is missing: it opens every port of UDP"),
        ]);
        expect(check((spec) => (spec.ingress[0].ports = [{ port: "redis" }]))).toEqual([
            expect.stringContaining("is the name redis"),
        ]);
    });

    test("refuses an empty peer", () => {
        const empty = [expect.stringContaining("it opens Redis from every source on 6379/TCP")];
        expect(check((spec) => delete spec.ingress[0].from)).toEqual(empty);
        expect(check((spec) => (spec.ingress[0].from = []))).toEqual(empty);
        expect(check((spec) => (spec.egress = [{ ports: [{ port: 443 }] }]))).toEqual([
            expect.stringContaining("it opens Redis to every destination on 443/TCP"),
        ]);
    });

    test("refuses a peer wider than the row", () => {
        const peer = (change: (peer: Loose) => unknown) => check((spec) => change(spec.ingress[0].from[0]));
        expect(peer((one) => delete one.podSelector)).toEqual([
            expect.stringContaining("selects every pod of namespace rides"),
        ]);
        expect(peer((one) => (one.namespaceSelector = {}))).toEqual([
            expect.stringContaining("selects pods of every namespace"),
        ]);
        expect(peer((one) => delete one.podSelector.matchLabels["matrice.dev/connected"])).toEqual([
            expect.stringContaining("API as a peer of Redis on 6379/TCP is wider than the row (matrix.md:8)"),
        ]);
        expect(check((spec) => (spec.ingress[0].from = [{ ipBlock: { cidr: "203.0.112.0/23" } }]), "proxy")).toEqual([
            ...[80, 443].map((port) =>
                expect.stringContaining(`203.0.112.0/23 as a peer of Proxy on ${port}/TCP is wider than the row`),
            ),
        ]);
    });

    test("refuses namespaceSelector and podSelector as two peers", () => {
        const { namespaceSelector, podSelector } = pods("api");
        expect(check((spec) => (spec.ingress[0].from = [{ namespaceSelector }, { podSelector }]))).toEqual([
            expect.stringMatching(/as two peers: either alone lets a pod in[^]*Write both in one peer/),
        ]);
    });

    test("refuses a peer that is no role, and addresses that no row names", () => {
        expect(check((spec) => (spec.ingress[0].from = [pods("miner")]))).toEqual([
            expect.stringContaining("which are no role of the inventory"),
        ]);
        expect(check((spec) => (spec.egress = [{ to: any, ports: [{ port: 443 }] }]))).toEqual([
            expect.stringMatching(
                /Redis → 0\.0\.0\.0\/0 443\/TCP is not in the matrix[^]*\| Redis \| <destination> \| 443 \|/,
            ),
        ]);
        expect(check((spec) => (spec.ingress[0].from = [{ ipBlock: { cidr: "nonsense" } }]))).toHaveLength(1);
    });

    test("refuses private ranges where a row leads to the internet", () => {
        const to = (cidr: string) =>
            check((spec) => (spec.egress = [{ to: [{ ipBlock: { cidr } }], ports: [{ port: 587 }] }]), "api");
        expect(to("8.8.8.0/24")).toEqual([]);
        expect(to("169.254.169.254/32")).toEqual([expect.stringContaining("is wider than the row")]);
    });

    test("refuses rules for every pod of a namespace, and policies of other APIs", () => {
        expect(check((spec) => (spec.podSelector = {}))).toEqual([
            expect.stringContaining("its podSelector selects every pod of the namespace"),
        ]);
        expect(
            messages(networkPolicyListed, { ...policy(), apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy" }),
        ).toHaveLength(1);
    });

    test.each<[string, (spec: Loose) => unknown, string]>([
        ["a port", (spec) => (spec.ingress[0].ports[0].port = UNKNOWN), "spec.ingress[0].ports[0].port"],
        ["the peers", (spec) => (spec.ingress[0].from = UNKNOWN), "spec.ingress[0].from"],
        ["a block", (spec) => (spec.ingress[0].from = [{ ipBlock: { cidr: UNKNOWN } }]), "from[0].ipBlock.cidr"],
        ["the rules", (spec) => (spec.egress = UNKNOWN), "spec.egress"],
        ["the subject", (spec) => (spec.podSelector = UNKNOWN), "spec.podSelector"],
    ])("refuses %s unknown at preview, naming the field", (_, change, path) => {
        expect(check(change)).toEqual([expect.stringContaining(`${path} is unknown at preview`)]);
    });

    test("does not mind other labels of its subject", () => {
        expect(check((spec) => (spec.podSelector.matchLabels = { ...labels("redis"), more: "x" }))).toEqual([]);
    });
});
