import type { KubernetesObject } from "../../network";
import { checkObject, checkStack, UNKNOWN } from "../../rules";
import { context, defaultDeny, deployment, edit, labels, namespace, network, policy, service } from "./factories";

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
    ...ports.map(([name]) => policy(name)),
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

    test("nothing-wider sees what two policies open together", () => {
        const peer = (name: string) => ({
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "rides" } },
            podSelector: { matchLabels: labels(name) },
        });
        const open = (from: string, to: string): KubernetesObject[] => [
            edit(policy(to), ({ metadata, spec }) => {
                metadata.name = "in";
                Object.assign(spec, { ingress: [{ from: [peer(from)], ports: [{ port: 27017 }] }], egress: [] });
            }),
            edit(policy(from), ({ metadata, spec }) => {
                metadata.name = "out";
                Object.assign(spec, { egress: [{ to: [peer(to)], ports: [{ port: 27017 }] }], ingress: [] });
            }),
        ];
        expect(found([...stack(), ...open("app-user", "mongodb")])).toEqual([
            "mandatory nothing-wider Deployment rides/mongodb: all policies together let App User connect to MongoDB on 27017/TCP, which is not in the matrix.",
        ]);
        expect(found([...stack(), open("app-user", "mongodb")[0]])).toEqual([]);
    });

    test("nothing-wider sees addresses outside", () => {
        const objects = stack();
        const rogue = edit(policy("redis"), ({ metadata, spec }) => {
            metadata.name = "rogue";
            spec.egress = [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 443 }] }];
        });
        expect(found([...objects, rogue])).toEqual([
            "mandatory nothing-wider Deployment rides/redis: all policies together let Redis connect to 0.0.0.0/0 on 443/TCP, which is not in the matrix.",
        ]);
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
