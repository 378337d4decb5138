import type { KubernetesObject } from "../../network";
import { UNKNOWN } from "../../rules";
import { connectedLabelPresent } from "../../rules/connected-label-present";
import { endpointsByHand } from "../../rules/endpoints-by-hand";
import { loadBalancerSourcesListed } from "../../rules/load-balancer-sources-listed";
import { noHiddenObjects } from "../../rules/no-hidden-objects";
import { noHostPort } from "../../rules/no-host-port";
import { noOtherWayIn } from "../../rules/no-other-way-in";
import { pssLabelsPresent } from "../../rules/pss-labels-present";
import { roleKnown } from "../../rules/role-known";
import { deployment, edit, messages, namespace, policy, service } from "./factories";

const object = (apiVersion: string, kind: string, more: object = {}): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: "rogue", namespace: "rides" },
    ...more,
});

describe("no-host-port", () => {
    test("allows node ports to the edge role alone", () => {
        const typed = (name: string, port: number, spec: object) =>
            messages(
                noHostPort,
                edit(service(name, port), (one) => Object.assign(one.spec, spec)),
            );
        expect(typed("proxy", 443, { type: "LoadBalancer" })).toEqual([]);
        expect(typed("proxy", 443, { type: "NodePort" })).toEqual([]);
        expect(typed("api", 80, { type: "NodePort" })).toEqual([
            expect.stringMatching(/type NodePort opens a port on every node\.[^]*API is not an edge role/),
        ]);
        expect(typed("api", 80, { ports: [{ port: 80, nodePort: 30080 }] })).toEqual([
            expect.stringContaining("nodePort opens 30080 on every node"),
        ]);
        expect(typed("api", 80, { type: UNKNOWN })).toEqual([
            expect.stringContaining("spec.type is unknown at preview"),
        ]);
    });

    test("refuses an issuer whose challenges would open node ports", () => {
        const issuer = (ingress: object) =>
            messages(
                noHostPort,
                object("cert-manager.io/v1", "ClusterIssuer", {
                    spec: { acme: { solvers: [{ http01: { ingress } }] } },
                }),
            );
        expect(issuer({ serviceType: "ClusterIP" })).toEqual([]);
        expect(issuer({})).toEqual([expect.stringContaining("serviceType is NodePort")]);
    });

    test("refuses host ports that are unknown at preview", () => {
        const rogue = edit(deployment(), ({ spec }) => (spec.template.spec.containers[0].ports[0].hostPort = UNKNOWN));
        expect(messages(noHostPort, rogue)).toEqual([
            expect.stringContaining("ports[0].hostPort is unknown at preview"),
        ]);
    });
});

describe("role-known", () => {
    test("accepts the roles of the inventory", () => {
        for (const one of [deployment(), service(), policy(), namespace()]) {
            expect(messages(roleKnown, one)).toEqual([]);
        }
    });

    test("refuses an unknown role, naming those there are and the line to add", () => {
        expect(messages(roleKnown, deployment("miner"))).toEqual([
            [
                "Deployment rides/miner: spec.template.metadata.labels has app.kubernetes.io/name: miner, which is no role of namespace rides in the inventory.",
                "  Its roles there are api, app-user, media, mongodb, proxy and redis.",
                "  To allow it, add to inventory.yaml under roles:  <Role>: { workload: rides/miner, zone: <zone> }",
            ].join("\n"),
        ]);
        expect(messages(roleKnown, service("miner"))).toHaveLength(1);
        const rogue = edit(policy(), ({ spec }) => (spec.podSelector.matchLabels["app.kubernetes.io/name"] = "miner"));
        expect(messages(roleKnown, rogue)).toHaveLength(1);
        expect(
            messages(
                roleKnown,
                edit(deployment(), ({ spec }) => delete spec.template.metadata.labels),
            ),
        ).toEqual([expect.stringContaining("has no label app.kubernetes.io/name")]);
    });

    test("refuses a role of another namespace and namespaces outside the platform", () => {
        expect(
            messages(
                roleKnown,
                edit(deployment(), ({ metadata }) => (metadata.namespace = "monitoring")),
            ),
        ).toEqual([expect.stringContaining("no role of namespace monitoring")]);
        for (const change of ["kube-system", undefined]) {
            const rogue = edit(service(), ({ metadata }) => (metadata.namespace = change));
            expect(messages(roleKnown, rogue)).toEqual([
                expect.stringMatching(/is not one of the platform rides\.[^]*rides and monitoring/),
            ]);
        }
        expect(messages(roleKnown, namespace("other"))).toHaveLength(1);
    });

    test("leaves other kinds alone", () => {
        expect(messages(roleKnown, object("v1", "ConfigMap", { data: UNKNOWN }))).toEqual([]);
        expect(messages(roleKnown, object("rbac.authorization.k8s.io/v1", "Role"))).toEqual([]);
    });

    test("refuses a label or namespace that is unknown at preview", () => {
        const label = edit(
            deployment(),
            ({ spec }) => (spec.template.metadata.labels["app.kubernetes.io/name"] = UNKNOWN),
        );
        expect(messages(roleKnown, label)).toEqual([expect.stringContaining("is unknown at preview")]);
        const where = edit(service(), ({ metadata }) => (metadata.namespace = UNKNOWN));
        expect(messages(roleKnown, where)).toEqual([
            expect.stringContaining("Service api: metadata.namespace is unknown at preview"),
        ]);
    });
});

describe("load-balancer-sources-listed", () => {
    const check = (ranges: unknown) =>
        messages(
            loadBalancerSourcesListed,
            edit(service("proxy", 443), ({ spec }) =>
                Object.assign(spec, { type: "LoadBalancer", loadBalancerSourceRanges: ranges }),
            ),
        );
    test("lets in no more than the addresses of the role's sources", () => {
        expect(check(["203.0.113.0/25"])).toEqual([]);
        expect(check(["203.0.113.0/24", "198.51.100.0/24"])).toEqual([
            expect.stringMatching(/lets in 198\.51\.100\.0\/24[^]*Client \(matrix\.md:5\): 203\.0\.113\.0\/24/),
        ]);
        expect(check(undefined)).toEqual([expect.stringContaining("is missing: everybody is let in")]);
        expect(check(UNKNOWN)).toEqual([expect.stringContaining("loadBalancerSourceRanges is unknown at preview")]);
    });
});

describe("endpoints-by-hand", () => {
    test("refuses Endpoints, EndpointSlices and Services without a selector", () => {
        expect(messages(endpointsByHand, service())).toEqual([]);
        expect(messages(endpointsByHand, object("v1", "Endpoints"))).toHaveLength(1);
        expect(messages(endpointsByHand, object("discovery.k8s.io/v1", "EndpointSlice"))).toHaveLength(1);
        expect(
            messages(
                endpointsByHand,
                edit(service(), ({ spec }) => delete spec.selector),
            ),
        ).toEqual([expect.stringContaining("it has no selector")]);
        expect(
            messages(
                endpointsByHand,
                edit(service(), ({ spec }) => (spec.selector = UNKNOWN)),
            ),
        ).toEqual([expect.stringContaining("spec.selector is unknown at preview")]);
    });
});

describe("no-other-way-in", () => {
    test("refuses Ingresses, Gateways and routes, naming what they lead to", () => {
        const backend = { service: { name: "api", port: { number: 80 } } };
        const rules = [{ http: { paths: [{ path: "/", backend }] } }];
        expect(messages(noOtherWayIn, object("networking.k8s.io/v1", "Ingress", { spec: { rules } }))).toEqual([
            expect.stringContaining("this Ingress would let in traffic on api 80"),
        ]);
        const listeners = [{ name: "http", port: 8080 }];
        expect(
            messages(noOtherWayIn, object("gateway.networking.k8s.io/v1", "Gateway", { spec: { listeners } })),
        ).toEqual([expect.stringContaining("on 8080")]);
        const route = { rules: [{ backendRefs: [{ name: "api", port: 80 }] }] };
        expect(
            messages(noOtherWayIn, object("gateway.networking.k8s.io/v1", "HTTPRoute", { spec: route })),
        ).toHaveLength(1);
        expect(
            messages(noOtherWayIn, object("gateway.networking.k8s.io/v1", "HTTPRoute", { spec: UNKNOWN })),
        ).toHaveLength(1);
        expect(messages(noOtherWayIn, object("networking.k8s.io/v1", "IngressClass"))).toEqual([]);
    });
});

describe("no-hidden-objects", () => {
    test("refuses releases whose objects the preview cannot see", () => {
        expect(messages(noHiddenObjects, object("helm.sh/v3", "Release", { chart: "x" }))).toHaveLength(1);
        expect(messages(noHiddenObjects, object("argoproj.io/v1alpha1", "Application"))).toHaveLength(1);
        expect(messages(noHiddenObjects, deployment())).toEqual([]);
    });

    test("refuses a list whose items are unknown at preview", () => {
        expect(messages(noHiddenObjects, object("v1", "ServiceList", { items: UNKNOWN }))).toEqual([
            expect.stringContaining("items is unknown at preview"),
        ]);
    });
});

describe("connected-label-present", () => {
    test("asks for the label in pod templates, Services and NetworkPolicies", () => {
        const label = "matrice.dev/connected";
        expect(messages(connectedLabelPresent, deployment())).toEqual([]);
        expect(messages(connectedLabelPresent, service())).toEqual([]);
        expect(messages(connectedLabelPresent, policy())).toEqual([]);
        expect(
            messages(
                connectedLabelPresent,
                edit(deployment(), ({ spec }) => delete spec.template.metadata.labels[label]),
            ),
        ).toEqual([expect.stringContaining("pods of API would have no flow")]);
        expect(
            messages(
                connectedLabelPresent,
                edit(service(), ({ spec }) => delete spec.selector[label]),
            ),
        ).toEqual([expect.stringContaining("an isolated pod of API would stay reachable")]);
        expect(
            messages(
                connectedLabelPresent,
                edit(policy(), ({ spec }) => (spec.podSelector.matchLabels[label] = UNKNOWN)),
            ),
        ).toEqual([expect.stringContaining("is unknown at preview")]);
    });
});

describe("pss-labels-present", () => {
    test("asks for restricted at a pinned version in every mode", () => {
        const key = "pod-security.kubernetes.io";
        const check = (label: string, value: unknown) =>
            messages(
                pssLabelsPresent,
                edit(namespace(), ({ metadata }) => (metadata.labels[`${key}/${label}`] = value)),
            );
        expect(messages(pssLabelsPresent, namespace())).toEqual([]);
        expect(check("enforce", "baseline")).toEqual([expect.stringContaining("enforce is baseline")]);
        expect(check("warn", undefined)).toEqual([expect.stringContaining("warn is missing")]);
        expect(check("audit-version", "latest")).toEqual([expect.stringContaining("not a pinned version")]);
        expect(check("enforce", UNKNOWN)).toEqual([expect.stringContaining("is unknown at preview")]);
        expect(
            messages(
                pssLabelsPresent,
                edit(namespace(), ({ metadata }) => delete metadata.labels),
            ),
        ).toHaveLength(3);
    });
});
