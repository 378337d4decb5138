import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";

/** The fields of a kubeconfig that are used here (kubernetes.io/docs/reference/config-api/kubeconfig.v1). */
export interface Kubeconfig {
    "current-context"?: string;
    clusters: { name: string; cluster: { server: string; [key: string]: unknown } }[];
    contexts: { name: string; context: { cluster: string; user: string } }[];
    users: { name: string; user: Record<string, unknown> }[];
}

export function readKubeconfig(file: string): Kubeconfig {
    return parse(fs.readFileSync(file, "utf8")) as Kubeconfig;
}

/**
 * Rewrites the kubeconfig that kwokctl made: everything under one name, certificates inside, so that the file can be
 * copied anywhere and its context is never mistaken for another cluster's.
 */
export function writeOwnKubeconfig(source: string, target: string, name: string): void {
    const kubeconfig = readKubeconfig(source);
    const { cluster } = kubeconfig.clusters[0];
    const { user } = kubeconfig.users[0];
    const own = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        clusters: [{ name, cluster: embed(cluster) }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        users: [{ name, user: embed(user) }],
    };
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, stringify(own), { mode: 0o600 });
}

/** Each field that names a file becomes its `-data` counterpart. */
function embed(fields: Record<string, unknown>): Record<string, unknown> {
    const embedded: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(fields)) {
        if (["certificate-authority", "client-certificate", "client-key"].includes(field)) {
            embedded[`${field}-data`] = fs.readFileSync(String(value)).toString("base64");
        } else {
            embedded[field] = value;
        }
    }
    return embedded;
}
