import { readDocument, readInventory, resolve, type Matrix } from "../../../matrix";

const INVENTORY = `
platform: shop
namespaces: [shop]
zones: [all]
roles:
    Backup: { zone: all, workload: shop/backup }
    Retention: { zone: all, workload: shop/retention }
    Drill: { zone: all, workload: shop/drill }
    Clean-up: { zone: all, workload: shop/cleanup }
    Prometheus: { zone: all, workload: shop/prometheus }
    Status: { zone: all, workload: shop/backup-status, ports: { metrics: from Prometheus } }
    MongoDB: { zone: all, workload: shop/mongodb, ports: { mongodb: "from Backup, Clean-up" } }
    MongoDB init: { zone: all, workload: shop/mongodb-init }
    Store: { kind: external, zone: all, hosts: [s3.example.org] }
`;

const ROWS = [
    "|Backup|MongoDB|27018|TCP|Dump|",
    "|Clean-up|MongoDB|27018|TCP|Clean-up|",
    "|Backup|Store|443|HTTPS|Upload|",
    "|Retention|Store|443|HTTPS|Removal|",
    "|Drill|Store|443|HTTPS|Download|",
    "|Clean-up|Store|443|HTTPS|Result|",
    "|Status|Store|443|HTTPS|Reading|",
    "|Prometheus|Status|9200|HTTP|Metrics|",
];

/** A platform of jobs, less the rows that hold a text. */
export function jobsMatrix(...without: string[]): Matrix {
    const rows = ROWS.filter((row) => !without.some((text) => row.includes(text)));
    const table = ["|Source|Destination|Port|Protocol|Why|", "|-|-|-|-|-|", ...rows].join("\n");
    return resolve([readDocument(table, "matrix.md")], readInventory(INVENTORY, "inventory.yaml"));
}
