import { readDocument, resolve } from "../../matrix";
import { unrealised, type KubernetesObject } from "../../network";

function matrix(...rows: string[]) {
    return resolve([readDocument(["|Source|Destination|Port|Protocol|", "|-|-|-|-|", ...rows].join("\n"), "shop.md")]);
}

function deployment(name: string, ...ports: object[]): KubernetesObject {
    const template = {
        metadata: { labels: { "app.kubernetes.io/name": name } },
        spec: { containers: [{ name, ports }] },
    };
    return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "default" }, spec: { template } };
}

function missing(...args: Parameters<typeof unrealised>) {
    return unrealised(...args).map(({ flow, ports }) => [flow.id, ports]);
}

test("a flow to a container that declares its port is realised", () => {
    expect(missing(matrix("|Web|Redis|6379|TCP|"), [deployment("redis", { containerPort: 6379 })])).toEqual([]);
});

test("a flow to a port that nothing declares is unrealised, with that port alone", () => {
    expect(missing(matrix("|Web|Redis|6379, 6380|TCP|"), [deployment("redis", { containerPort: 6379 })])).toEqual([
        ["web>redis:tcp/6379,6380", [{ from: 6380, to: 6380 }]],
    ]);
});

test("a listener of another transport does not realise a flow", () => {
    expect(missing(matrix("|Web|Redis|53|UDP|"), [deployment("redis", { containerPort: 53 })])).toHaveLength(1);
});

test("one listener within a range realises it", () => {
    const media = deployment("media", { containerPort: 50000 });
    expect(missing(matrix("|Web|Media|49152-65535|TCP|"), [media])).toEqual([]);
});

test("a Service that leads to the port realises a flow whose container declares none", () => {
    const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "redis", namespace: "default" },
        spec: { selector: { "app.kubernetes.io/name": "redis" }, ports: [{ port: 6379 }] },
    };
    expect(missing(matrix("|Web|Redis|6379|TCP|"), [deployment("redis"), service])).toEqual([]);
});

test("a flow to the internet needs no listener here", () => {
    expect(missing(matrix("|Web|Internet|443|TCP|"), [])).toEqual([]);
});
