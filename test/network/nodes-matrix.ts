import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { parseNetworkSettings, type NodeRulesSettings } from "../../network";

const INVENTORY = `
platform: shop
namespaces: [shop]
zones: [all]
roles:
    Administrator: { kind: people, zone: all, cidrs: administrators }
    Internet: { kind: internet, zone: all }
    Prometheus: { zone: all, workload: shop/prometheus }
    Web: { zone: all, workload: shop/web }
    Nodes: { kind: nodes, zone: all, ports: { ssh: from Administrator } }
    Resolvers: { kind: external, zone: all, cidrs: resolvers }
    Clocks: { kind: external, zone: all, cidrs: clocks }
`;

/** The inventory with nodes of a second role, by which administrators come to the first. */
const WITH_BASTION = `${INVENTORY.replace("from Administrator", "from Bastion").trimEnd()}
    Bastion: { kind: nodes, zone: all, cidrs: bastion, ports: { ssh: from Administrator } }
`;

const ROWS = [
    "|Administrator|Nodes|2222|SSH|Care|",
    "|Prometheus|Nodes|10250|HTTPS|Metrics of kubelet|",
    "|Nodes|Resolvers|53/TCP-UDP|DNS|Names|",
    "|Nodes|Clocks|UDP 123|NTP|Time|",
];

/** A matrix with nodes, less the rows that hold a text, and with those that a text after + is. */
export function nodesMatrix(...changes: string[]): Matrix {
    const removed = changes.filter((text) => !text.startsWith("+"));
    const rows = [
        ...ROWS.filter((row) => !removed.some((text) => row.includes(text))),
        ...changes.filter((text) => text.startsWith("+")).map((text) => text.slice(1)),
    ];
    const table = ["|Source|Destination|Port|Protocol|Why|", "|-|-|-|-|-|", ...rows].join("\n");
    const inventory = table.includes("|Bastion|") ? WITH_BASTION : INVENTORY;
    return resolve([readDocument(table, "matrix.md")], readInventory(inventory, "inventory.yaml"));
}

export const NODE_SETTINGS: NodeRulesSettings = {
    network: parseNetworkSettings({
        people: {
            administrators: ["10.1.0.0/24", "fd01::/64"],
            resolvers: ["10.2.0.53/32"],
            clocks: ["10.3.0.0/24"],
            bastion: ["192.0.2.5/32"],
        },
        controlPlane: { cidrs: ["192.0.2.1/32"] },
    }),
};
