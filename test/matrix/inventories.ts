import { type Inventory, type Matrix, readDocument, readInventory, resolve } from "../../matrix";
import { table } from "./documents";

/** An inventory from the YAML of its roles, and what else it says. */
export function inventory(roles: string, more = ""): Inventory {
    const indented = roles.trim().replace(/^/gm, "    ");
    return readInventory(`platform: shop\nnamespaces: [shop, tools]\n${more}\nroles:\n${indented}\n`, "inventory.yaml");
}

export const roles = `
Client: { kind: people, cidrs: clients }
Proxy: { workload: shop/proxy, ports: { http: as HTTP, https: as HTTPS } }
API: { workload: shop/api, ports: { http: from Proxy, metrics: from Prometheus }, also: [Backend] }
Redis: { workload: shop/redis, ports: { redis: from API } }
Prometheus: { workload: tools/prometheus, uses: { InfluxDB: remote-write } }
InfluxDB: { workload: tools/influxdb }
Cluster DNS: { kind: service, workload: kube-system/kube-dns, labels: { k8s-app: kube-dns } }
Internet: { kind: internet }
Tous les pods: { kind: group }
`;

/** Resolves rows of the usual columns, in the inventory above unless told; null stands for none. */
export function resolveRows(
    rows: string[][],
    used: Inventory | null = inventory(roles),
    annex?: string[][],
    on?: Date,
): Matrix {
    const documents = [readDocument(table(rows), "matrix.md")];
    const header = ["Source", "Destination", "Port", "Protocole", "Sert"];
    if (annex) documents.push(readDocument(table(annex, header), "annex.md", { document: "annex" }));
    return resolve(documents, used ?? undefined, { on });
}
