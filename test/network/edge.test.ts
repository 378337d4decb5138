import { readDocument, readInventory, resolve } from "../../matrix";
import { outsideFlows, parseNetworkSettings, policies } from "../../network";

const inventory = readInventory(
    `platform: shop
namespaces: [shop]
roles:
    Clients: { kind: people, cidrs: clients }
    Staff: { kind: people, cidrs: staff }
    Internet: { kind: internet }
    Balancer: { kind: loadBalancer }
    Proxy: { workload: shop/proxy }
    API: { workload: shop/api }
`,
    "inventory.yaml",
);
const matrix = (...rows: string[]) =>
    resolve(
        [readDocument(["|Source|Destination|Port|Protocol|", "|-|-|-|-|", ...rows, ""].join("\n"), "matrix.md")],
        inventory,
    );
const sources = (...rows: string[]) => {
    const read = matrix(...rows);
    return outsideFlows(read, read.role("Proxy")).map(({ from }) => from.name);
};

test("who reaches a role from outside are its rows' sources that are no pods", () => {
    expect(sources("|Clients|Proxy|443|TCP|", "|API|Proxy|80|TCP|", "|Internet|Proxy|80|TCP|")).toEqual([
        "Clients",
        "Internet",
    ]);
});

test("behind a load balancer they are those who reach it, on the ports that it passes on", () => {
    expect(sources("|Clients|Balancer|80, 443|TCP|", "|Staff|Balancer|22|TCP|", "|Balancer|Proxy|443|TCP|")).toEqual([
        "Clients",
    ]);
    expect(sources("|Balancer|Proxy|443|TCP|")).toEqual([]);
    expect(sources("|Clients|Balancer|443|TCP|")).toEqual([]);
});

test.each(["direct", "proxyProtocol"])("the load balancer's addresses alone are its pods' peers, edge: %s", (edge) => {
    const read = matrix("|Internet|Balancer|443|TCP|", "|Balancer|Proxy|443|TCP|");
    const settings = parseNetworkSettings({ edge, loadBalancerCidrs: ["10.100.0.0/24"] });
    const proxy = policies(read, settings).find(({ metadata }) => metadata.name === "proxy")!;
    expect(proxy.spec?.ingress).toEqual([
        { from: [{ ipBlock: { cidr: "10.100.0.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
    expect(() => policies(read, parseNetworkSettings({}))).toThrow(/matrice:network.loadBalancerCidrs is missing/);
});
