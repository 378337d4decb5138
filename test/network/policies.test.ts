import { readDocument, readInventory, resolve } from "../../matrix";
import { parseNetworkSettings, policies, SettingsError } from "../../network";

const inventory = `
platform: shop
namespaces: [shop]
roles:
  Web: { workload: shop/web }
  Database: { workload: shop/database }
  Clients: { kind: people, cidrs: clients }
  Staff: { kind: people, cidrs: staff }
  API server: { kind: controlPlane }
  Mail: { kind: external, hosts: [mail.example] }
`;

function generate(rows: string[], settings: object = {}) {
    const text = ["|Source|Destination|Port|Protocol|", "|-|-|-|-|", ...rows].join("\n");
    const matrix = resolve([readDocument(text, "shop.md")], readInventory(inventory, "inventory.yaml"));
    return policies(
        matrix,
        parseNetworkSettings({
            people: { clients: ["0.0.0.0/0", "::/0"], staff: ["203.0.113.0/24"] },
            controlPlane: { cidrs: ["10.0.0.1/32"] },
            ...settings,
        }),
    );
}

function policy(name: string, ...args: Parameters<typeof generate>) {
    return generate(...args).find(({ metadata }) => metadata.name === name)!;
}

test("a workload's policy selects its connected pods and opens its flows to peers by namespace and labels at once", () => {
    expect(policy("database", ["|Web|Database|5432|TCP|"])).toEqual({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: {
            name: "database",
            namespace: "shop",
            labels: { "app.kubernetes.io/managed-by": "matrice", "app.kubernetes.io/part-of": "shop" },
            annotations: { "matrice.dev/flows": "web>database:tcp/5432" },
        },
        spec: {
            podSelector: { matchLabels: { "app.kubernetes.io/name": "database", "matrice.dev/connected": "true" } },
            policyTypes: ["Ingress", "Egress"],
            ingress: [
                {
                    from: [
                        {
                            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
                            podSelector: {
                                matchLabels: { "app.kubernetes.io/name": "web", "matrice.dev/connected": "true" },
                            },
                        },
                    ],
                    ports: [{ protocol: "TCP", port: 5432 }],
                },
            ],
        },
    });
});

test("every namespace of the platform is closed by default", () => {
    expect(generate(["|Web|Database|5432|TCP|"])[0]).toMatchObject({
        metadata: { name: "default-deny", namespace: "shop" },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
});

test("ports of one peer are joined and sorted, ranges written with endPort", () => {
    const { spec } = policy("database", [
        "|Web|Database|5433|TCP|",
        "|Web|Database|9000-9010|TCP|",
        "|Web|Database|5432|TCP|",
    ]);
    expect(spec.ingress![0].ports).toEqual([
        { protocol: "TCP", port: 5432, endPort: 5433 },
        { protocol: "TCP", port: 9000, endPort: 9010 },
    ]);
});

test("what a wider peer opens already is not opened again", () => {
    const { spec } = policy("web", ["|Clients|Web|443|TCP|", "|Staff|Web|443, 8443|TCP|"]);
    expect(spec.ingress).toEqual([
        {
            from: [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }],
            ports: [{ protocol: "TCP", port: 443 }],
        },
        { from: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ protocol: "TCP", port: 8443 }] },
    ]);
});

test("behind a load balancer that speaks PROXY protocol its addresses are the only peers from outside", () => {
    const { spec } = policy("web", ["|Clients|Web|443|TCP|", "|Staff|Web|443|TCP|"], {
        edge: "proxyProtocol",
        loadBalancerCidrs: ["10.2.0.0/24"],
    });
    expect(spec.ingress).toEqual([
        { from: [{ ipBlock: { cidr: "10.2.0.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
});

test("a flow to another party opens the internet of both families less private, link-local and metadata ranges", () => {
    const [v4, v6] = policy("web", ["|Web|Mail|587|TCP|"]).spec.egress![0].to!.map(({ ipBlock }) => ipBlock!);
    expect(v4).toMatchObject({ cidr: "0.0.0.0/0" });
    expect(v4.except).toEqual(expect.arrayContaining(["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16"]));
    expect(v6).toMatchObject({ cidr: "::/0", except: expect.arrayContaining(["fc00::/7", "fe80::/10"]) });
});

test("a declared translation of the control plane's port is opened in place of the row's", () => {
    const { spec } = policy("web", ["|Web|API server|6443|TCP|"], {
        controlPlane: { cidrs: ["10.0.0.1/32"], port: 443, translated: true },
    });
    expect(spec.egress![0].ports).toEqual([{ protocol: "TCP", port: 443 }]);
});

test("an undeclared translation of the control plane's port is refused with the row and the command", () => {
    const refused = () =>
        generate(["|Web|API server|6443|TCP|"], { controlPlane: { cidrs: ["10.0.0.1/32"], port: 443 } });
    expect(refused).toThrow(SettingsError);
    expect(refused).toThrow(
        "The control plane is served on 443, the row Web → API server (shop.md:3) says 6443: an undeclared translation is refused.",
    );
});

test("a role whose addresses are not set is refused with the command that sets them", () => {
    expect(() => generate(["|Clients|Web|443|TCP|"], { people: {} })).toThrow(
        "The setting matrice:network.people.clients is missing: it holds the addresses of role Clients.\n" +
            "  Run: pulumi config set --path 'matrice:network.people.clients[0]' 203.0.113.0/24",
    );
});

test("people who use the control plane need no policy, for no pod stands at either end", () => {
    expect(generate(["|Staff|API server|6443|TCP|"]).filter(({ spec }) => spec.ingress ?? spec.egress)).toEqual([]);
});

test("a refused row opens nothing", () => {
    const text = "|Source|Destination|Port|Protocol|Verdict|\n|-|-|-|-|-|\n|Web|Database|5432|TCP|refusé|";
    const matrix = resolve([readDocument(text, "shop.md")], readInventory(inventory, "inventory.yaml"));
    const generated = policies(matrix, parseNetworkSettings({}));
    expect(generated.filter(({ spec }) => spec.ingress ?? spec.egress)).toEqual([]);
});
