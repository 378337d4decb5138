import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { readDocument, readInventory, resolve } from "../../../matrix";
import { parseNetworkSettings, policies, type KubernetesObject } from "../../../network";

/** Nobody's settings, and times that give every commit the same name on every machine. */
const environment = {
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@shop.example",
    GIT_AUTHOR_DATE: "2026-11-01T08:00:00Z",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@shop.example",
    GIT_COMMITTER_DATE: "2026-11-01T08:00:00Z",
};

const made: string[] = [];

/** Removes every repository that was made. */
export function removeRepositories(): void {
    made.splice(0).forEach((folder) => rmSync(folder, { recursive: true }));
}

/** A Git repository in a folder of its own. */
export class TemporaryRepository {
    readonly folder = mkdtempSync(join(tmpdir(), "matrice-repository-"));

    constructor() {
        made.push(this.folder);
        this.git("init", "--quiet", "--initial-branch=main");
    }

    git(...args: string[]): string {
        return execFileSync("git", ["-C", this.folder, ...args], { encoding: "utf8", env: environment }).trim();
    }

    /** Writes files into the working tree; undefined removes one. */
    write(files: Record<string, string | undefined>): void {
        for (const [file, text] of Object.entries(files)) {
            const path = join(this.folder, file);
            if (text === undefined) {
                rmSync(path);
            } else {
                mkdirSync(dirname(path), { recursive: true });
                writeFileSync(path, text);
            }
        }
    }

    /** Commits files on the current branch; gives the commit. */
    commit(files: Record<string, string | undefined>, message = "Change"): string {
        this.write(files);
        this.git("add", "--all");
        this.git("commit", "--quiet", "--allow-empty", "--message", message);
        return this.git("rev-parse", "HEAD");
    }
}

/** A platform's documents and what they render to. */
export interface Shop {
    /** Rows of the matrix. */
    readonly rows?: readonly string[];
    readonly annex?: readonly string[];
    /** Lines under `roles:`. */
    readonly roles?: readonly string[];
    /** Where the shop's buyers come from. */
    readonly buyers?: string;
    /** Annotations of the API's Service. */
    readonly annotations?: Record<string, string>;
    readonly more?: readonly (KubernetesObject & { rendered: string })[];
}

export const ROWS = [
    "|Buyer|Proxy|443|HTTPS|Buyers order|",
    "|Proxy|API|8080|HTTP|The API behind the proxy|",
    "|API|Store|5432|TCP|Orders are kept|",
    "|API|Mail|587|SMTP|Receipts|",
];

export const ROLES = [
    "Buyer: { kind: people, zone: public, cidrs: buyers }",
    "Proxy: { zone: exposed, workload: shop/proxy, ports: { https: from Buyer } }",
    "API: { zone: application, workload: shop/api, ports: { http: from Proxy } }",
    "Store: { zone: data, workload: shop/store, ports: { sql: from API } }",
    "Mail: { kind: external, zone: public, hosts: [mail.shop.example] }",
    "Everyone: { kind: group }",
    "Cluster DNS: { kind: service, zone: data, workload: kube-system/kube-dns, labels: { k8s-app: kube-dns } }",
];

const ANNEX = ["|Everyone|Cluster DNS|53/TCP-UDP|DNS|Names are resolved|Each role asks for its destinations|"];

const document = (header: string, rows: readonly string[]) =>
    [header, header.replace(/[^|]+/g, "-"), ...rows, ""].join("\n");

/** The files of the shop, its policies rendered as `npm run golden` writes them. */
export function shop({ rows = ROWS, annex = ANNEX, roles = ROLES, ...more }: Shop = {}): Record<string, string> {
    const matrix = document("|Source|Destination|Port|Protocol|Description|", rows);
    const implied = document("|Source|Destination|Port|Protocol|Serves|Description|", annex);
    const inventory = [
        "platform: shop",
        "namespaces: [shop]",
        "zones: [public, exposed, application, data]",
        "crossings: [public → exposed, exposed → application, application → data]",
        "roles:",
        ...roles.map((role) => `    ${role}`),
        "",
    ].join("\n");
    return {
        "platforms/shop/matrix.md": matrix,
        "platforms/shop/annex.md": implied,
        "platforms/shop/inventory.yaml": inventory,
        "test/golden/shop.prod.yaml": rendered(matrix, implied, inventory, more),
    };
}

function rendered(matrix: string, annex: string, inventory: string, { buyers, annotations, more = [] }: Shop): string {
    const resolved = resolve(
        [readDocument(matrix, "matrix.md"), readDocument(annex, "annex.md", { document: "annex" })],
        readInventory(inventory, "inventory.yaml"),
    );
    const settings = parseNetworkSettings({
        people: { buyers: [buyers ?? "203.0.113.0/24"] },
        loadBalancerCidrs: ["192.0.2.64/26"],
    });
    const deployments = resolved.roles
        .filter(({ isWorkload }) => isWorkload)
        .map(({ workload, podLabels }): KubernetesObject => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { ...workload!, ...(workload!.name === "api" && annotations ? { annotations } : {}) },
            spec: {
                selector: { matchLabels: podLabels },
                template: {
                    metadata: { labels: podLabels },
                    spec: { containers: [{ name: "main", image: "main:1" }] },
                },
            },
        }));
    const text = (type: string, object: object) => {
        const { name, namespace } = (object as KubernetesObject).metadata;
        return `# kubernetes:${type} ${namespace}-${name}\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`;
    };
    return [
        ...deployments.map((object) => text("apps/v1:Deployment", object)),
        ...policies(resolved, settings).map((object) => text("networking.k8s.io/v1:NetworkPolicy", object)),
        ...more.map(({ rendered: type, ...object }) => text(type, object)),
    ].join("---\n");
}
