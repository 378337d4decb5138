import type { KubernetesObject } from "../../network";
import { checkObject, checkStack, UNKNOWN } from "../../rules";
import { context, defaultDeny, deployment, edit, namespace, network, policy, service, type Loose } from "./factories";

const ports: [string, number[]][] = [
    ["proxy", [80, 443]],
    ["api", [80, 9091]],
    ["app-user", []],
    ["redis", [6379]],
    ["mongodb", [27017]],
];
const workload = ([name, numbers]: [string, number[]]): KubernetesObject =>
    edit(deployment(name), ({ spec }) => {
        const [container] = spec.template.spec.containers;
        for (const probe of ["readinessProbe", "livenessProbe"]) delete container[probe];
        container.ports = numbers.map((containerPort) => ({ containerPort }));
    });

/** A stack that every rule accepts. */
const stack = (): KubernetesObject[] => [
    namespace("rides"),
    namespace("monitoring"),
    defaultDeny("rides"),
    defaultDeny("monitoring"),
    ...ports.map(workload),
    edit(workload(["prometheus", []]), ({ metadata }) => (metadata.namespace = "monitoring")),
    edit(workload(["media", []]), ({ spec }) => {
        const numbers = [...Array(9).keys()].map((index) => 49152 + index);
        spec.template.spec.containers[0].ports = numbers.map((containerPort) => ({ containerPort, protocol: "UDP" }));
    }),
    edit(workload(["solver", [8089]]), ({ spec }) => {
        spec.template.metadata.labels = { solver: "true", "matrice.dev/connected": "true" };
    }),
    ...ports.map(([name]) => policy(name)),
    policy("solver"),
    policy("media"),
    policy("prometheus", "monitoring"),
];
const found = (objects: KubernetesObject[]) =>
    checkStack(objects, context).map(({ rule, level, message }) => `${level} ${rule} ${message.split("\n")[0]}`);

describe("the stack's rules", () => {
    test("accept a stack that realises the matrix", () => {
        expect(stack().flatMap((object) => checkObject(object, context))).toEqual([]);
        expect(found(stack())).toEqual([]);
        expect(found([])).toEqual(expect.not.arrayContaining([expect.stringContaining("default-deny")]));
    });

    test("default-deny-present asks for one in every namespace that is used", () => {
        const is = (name: string) => (object: KubernetesObject) =>
            object.metadata.name === "default-deny" && object.metadata.namespace === name;
        expect(found(stack().filter((object) => !is("rides")(object)))).toEqual([
            "mandatory default-deny-present Namespace rides: no default-deny NetworkPolicy closes it.",
        ]);
        for (const change of [
            (spec: KubernetesObject["spec"]) => (spec.policyTypes = ["Ingress"]),
            (spec: KubernetesObject["spec"]) => (spec.egress = [{}]),
            (spec: KubernetesObject["spec"]) => (spec.podSelector = { matchLabels: { a: "b" } }),
            (spec: KubernetesObject["spec"]) => (spec.policyTypes = UNKNOWN),
        ]) {
            const objects = stack();
            change(objects.find(is("monitoring"))!.spec);
            expect(found(objects)).toEqual([expect.stringContaining("default-deny-present Namespace monitoring")]);
        }
    });

    test("nothing-wider sees a label that puts a pod under another role's policy", () => {
        const objects = stack();
        const api = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "api")!;
        api.spec.template.metadata.labels.solver = "true";
        expect(objects.flatMap((object) => checkObject(object, context))).toEqual([]);
        expect(found(objects)).toEqual([
            "mandatory nothing-wider Deployment rides/api: all policies together let Proxy connect to API on 8089/TCP, which is not in the matrix.",
        ]);
    });

    test("nothing-wider sees addresses outside that such a label opens", () => {
        const objects = stack();
        const redis = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "redis")!;
        redis.spec.template.metadata.labels.tier = "edge";
        const edge = edit(policy("proxy"), ({ metadata, spec }) => {
            metadata.name = "edge";
            spec.podSelector.matchLabels = { "matrice.dev/connected": "true", tier: "edge" };
        });
        expect(checkObject(edge, context).map(({ rule }) => rule)).toEqual(["role-known"]);
        expect(found([...objects, edge])).toContainEqual(
            expect.stringContaining("let 203.0.113.0/24 connect to Redis on 443/TCP"),
        );
    });

    test("nothing-wider leaves to network-policy-listed what one policy opens by itself", () => {
        const rogue = edit(policy("redis"), ({ metadata, spec }) => {
            metadata.name = "rogue";
            spec.egress = [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 443 }] }];
        });
        expect(checkObject(rogue, context).map(({ rule }) => rule)).toEqual(["network-policy-listed"]);
        expect(found([...stack(), rogue])).toEqual([]);
    });

    test("flows-realised reports a row that nothing listens for, as strictly as the stack asks", () => {
        const objects = stack().filter(({ kind, metadata }) => kind !== "Deployment" || metadata.name !== "redis");
        expect(found(objects)).toEqual([
            "advisory flows-realised Role Redis: no container or Service of it listens on 6379/TCP.",
        ]);
        expect(checkStack(objects, context)[0].message).toContain("Not realised: API → Redis 6379/TCP (matrix.md:8).");
        const strict = { ...context, network: { ...network, requireRealised: true } };
        expect(checkStack(objects, strict).map(({ level }) => level)).toEqual(["mandatory"]);
        expect(found([...objects, edit(service("redis", 6379), () => undefined)])).toEqual([]);
    });

    test.each<[string, (policy: Loose) => void, RegExp]>([
        [
            "selects a version of a role's pods that nothing has",
            ({ spec }) => (spec.podSelector.matchLabels.version = "v2"),
            /selects no pod of the stack and no role/,
        ],
        [
            "selects by an expression that fits nothing",
            ({ spec }) => (spec.podSelector.matchExpressions = [{ key: "tier", operator: "In", values: ["gold"] }]),
            /selects no pod of the stack and no role/,
        ],
        [
            "names a flow that no row gives",
            ({ metadata }) => (metadata.annotations["matrice.dev/flows"] = "api>redis:tcp/6380"),
            /names api>redis:tcp\/6380, which is no flow of the matrix/,
        ],
        [
            "opens nothing",
            ({ spec }) => {
                delete spec.ingress;
                delete spec.egress;
            },
            /no flow stands behind it: it selects Redis and opens nothing/,
        ],
    ])("no-orphan-policy refuses a policy that %s", (_, change, message) => {
        const orphan = edit(policy("redis"), (one) => {
            one.metadata.name = "orphan";
            change(one);
        });
        expect(checkObject(orphan, context)).toEqual([]);
        expect(found([...stack(), orphan])).toEqual([
            expect.stringMatching(
                new RegExp(`^mandatory no-orphan-policy NetworkPolicy rides/orphan: .*${message.source}`),
            ),
        ]);
    });

    test("no-orphan-policy leaves alone the policies of roles that are planned, and of the stack's own pods", () => {
        const planned = stack().filter(({ kind, metadata }) => kind !== "Deployment" || metadata.name !== "redis");
        expect(found(planned)).toEqual([expect.stringContaining("advisory flows-realised Role Redis")]);
        const objects = stack();
        objects.find(
            ({ kind, metadata }) => kind === "Deployment" && metadata.name === "api",
        )!.spec.template.metadata.labels.version = "v2";
        const canary = edit(policy("api"), ({ metadata, spec }) => {
            metadata.name = "api-v2";
            spec.podSelector.matchLabels.version = "v2";
        });
        expect(found([...objects, canary])).toEqual([]);
    });

    test("no-orphan-policy leaves to role-known what names no role, and honours an exception", () => {
        const unknown = edit(
            policy("redis"),
            ({ spec }) => (spec.podSelector.matchLabels["app.kubernetes.io/name"] = "x"),
        );
        expect(found([...stack(), unknown])).toEqual([]);
        const orphan = edit(policy("redis"), ({ metadata, spec }) => {
            spec.podSelector.matchLabels.version = "v2";
            metadata.annotations["matrice.dev/exception"] =
                "no-orphan-policy; owner=Ada; reason=next release; expires=2026-04-01";
        });
        const on = { ...context, on: new Date("2026-03-01") };
        expect(checkStack([...stack(), orphan], on)).toEqual([
            expect.objectContaining({ level: "advisory", message: expect.stringContaining("by Ada: next release.") }),
        ]);
    });

    test("do without what is unknown at preview", () => {
        const objects = stack();
        const api = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "api")!;
        api.spec.template.spec.containers[0].image = UNKNOWN;
        api.metadata.annotations = UNKNOWN as never;
        expect(found(objects)).toEqual([]);
        expect(() =>
            checkStack(
                [
                    { ...policy(), spec: UNKNOWN },
                    { ...service(), metadata: UNKNOWN as never },
                ],
                context,
            ),
        ).not.toThrow();
    });
});
