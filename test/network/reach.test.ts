import { formatPorts, PolicyError, reach, type KubernetesObject, type NetworkPolicy } from "../../network";

function workload(name: string, more: { kind?: string; labels?: object; ports?: object[]; metadata?: object } = {}) {
    const { kind = "Deployment", labels = { app: name }, ports = [], metadata = {} } = more;
    const spec = { containers: [{ name: "main", ports }] };
    const whole = { name, namespace: "shop", ...metadata };
    return kind === "Pod"
        ? ({ apiVersion: "v1", kind, metadata: { ...whole, labels }, spec } as KubernetesObject)
        : ({
              apiVersion: "apps/v1",
              kind,
              metadata: whole,
              spec: { template: { metadata: { labels }, spec } },
          } as KubernetesObject);
}

function policy(app: string, spec: NetworkPolicy["spec"]): NetworkPolicy {
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: `of-${app}`, namespace: "shop" },
        spec: { podSelector: { matchLabels: { app } }, ...spec },
    };
}

const from = (app: string) => [{ podSelector: { matchLabels: { app } } }];

function ports(objects: KubernetesObject[], source: string, destination: string): string {
    const judged = reach(objects);
    const [a, b] = [source, destination].map((app) => judged.classOf("shop", { app })!);
    return formatPorts(judged.portsBetween(a, b));
}

test("pods that no policy selects connect on all ports", () => {
    expect(ports([workload("web"), workload("api")], "web", "api")).toBe("all ports");
});

test("a port's name is the number that each destination gives it", () => {
    const open = (app: string) => policy(app, { ingress: [{ from: from("web"), ports: [{ port: "http" }] }] });
    const api = (app: string, containerPort: number) => workload(app, { ports: [{ name: "http", containerPort }] });
    const objects = [workload("web"), api("api", 8080), api("blog", 9090), open("api"), open("blog")];
    expect(ports(objects, "web", "api")).toBe("8080/TCP");
    expect(ports(objects, "web", "blog")).toBe("9090/TCP");
});

test("a port's name in an egress rule is the destination's, and opens nothing to addresses", () => {
    const egress = [{ ports: [{ port: "http" }] }];
    const objects = [
        workload("web"),
        workload("api", { ports: [{ name: "http", containerPort: 8080 }] }),
        policy("web", { egress, policyTypes: ["Egress"] }),
    ];
    expect(ports(objects, "web", "api")).toBe("8080/TCP");
    expect(reach(objects).allows(reach(objects).classOf("shop", { app: "web" })!, "203.0.113.7", "TCP", 8080)).toBe(
        false,
    );
});

test("a sidecar's port counts, another init container's does not", () => {
    const api = workload("api");
    api.spec.template.spec.initContainers = [
        { name: "sidecar", restartPolicy: "Always", ports: [{ name: "mesh", containerPort: 15000 }] },
        { name: "setup", ports: [{ name: "setup", containerPort: 16000 }] },
    ];
    const open = policy("api", { ingress: [{ from: from("web"), ports: [{ port: "mesh" }, { port: "setup" }] }] });
    expect(ports([workload("web"), api, open], "web", "api")).toBe("15000/TCP");
});

test("pods that nothing tells apart share a class, however many workloads they are of", () => {
    const many = Array.from({ length: 50 }, (_, index) => workload(`web-${index}`, { labels: { tier: "web" } }));
    const judged = reach([...many, workload("api"), policy("api", { ingress: [] })]);
    expect(judged.classes.map((one) => one.workloads.length).sort()).toEqual([1, 50]);
});

test("a live pod counts under the workload that owns it, an old revision of that workload not at all", () => {
    const owned = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });
    const judged = reach([
        workload("api"),
        workload("api-1", { kind: "ReplicaSet", labels: { app: "old" }, metadata: owned("Deployment", "api") }),
        workload("api-1-x", {
            kind: "Pod",
            labels: { app: "api", quarantined: "true" },
            metadata: owned("ReplicaSet", "api-1"),
        }),
    ]);
    expect(judged.classes.flatMap(({ workloads }) => workloads)).toEqual(["Deployment shop/api"]);
    expect(judged.classOf("shop", { app: "old" })).toBeUndefined();
    expect(judged.classOf("shop", { quarantined: "true" })).toBeDefined();
});

test("a finished pod connects to nothing", () => {
    expect(reach([{ ...workload("job", { kind: "Pod" }), status: { phase: "Succeeded" } }]).classes).toEqual([]);
});

test("a pod on the node's network is matched by no selector and held by no policy", () => {
    const node = workload("node");
    node.spec.template.spec.hostNetwork = true;
    const api = policy("api", { ingress: [{ from: from("node") }] });
    const objects = [node, workload("api"), api, policy("node", { ingress: [] })];
    expect(ports(objects, "node", "api")).toBe("");
    expect(ports(objects, "api", "node")).toBe("all ports");
});

test("objects in a List count", () => {
    const list = { apiVersion: "v1", kind: "List", metadata: {}, items: [workload("web")] };
    expect(reach([list]).classes).toHaveLength(1);
});

test("a Service leads to the ports of the pods it selects, by name or number", () => {
    const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "api", namespace: "shop" },
        spec: {
            type: "LoadBalancer",
            selector: { app: "api" },
            ports: [{ port: 80, targetPort: "http" }, { port: 9091 }],
        },
    };
    const judged = reach([
        workload("api", { ports: [{ name: "http", containerPort: 8080 }] }),
        workload("web"),
        service,
    ]);
    expect(
        judged.services.map(({ port, outside, targets }) => [port, outside, targets.map((one) => one.port)]),
    ).toEqual([
        [80, true, [8080]],
        [9091, true, [9091]],
    ]);
    expect(judged.services[0].targets[0].class).toBe(judged.classOf("shop", { app: "api" }));
});

test.each<[string, NetworkPolicy["spec"], string]>([
    [
        "no selector and no block",
        { ingress: [{ from: [{}] }] },
        "a peer without ipBlock, namespaceSelector and podSelector",
    ],
    [
        "a block and a selector",
        { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] },
        "a peer has an ipBlock or selectors, not both",
    ],
    ["a block that is none", { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0" } }] }] }, "did you mean 10.0.0.0/32?"],
    [
        "endPort below port",
        { ingress: [{ ports: [{ port: 80, endPort: 79 }] }] },
        "endPort 79 needs a port number not above it",
    ],
])("a policy with %s is refused with its name and place", (_, spec, message) => {
    expect(() => reach([policy("api", spec)])).toThrow(PolicyError);
    expect(() => reach([policy("api", spec)])).toThrow("NetworkPolicy shop/of-api, ingress[0]");
    expect(() => reach([policy("api", spec)])).toThrow(message);
});
