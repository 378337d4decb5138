/** Requests to a cluster's API server, as its administrator or as somebody else. */
import { Agent, request } from "node:https";
import type { Cluster as Embedded } from "../../toolchain/cluster/cluster";
import { Cluster } from "../../toolchain/standins/kubernetes/cluster";
import { clusterAccess } from "../../toolchain/standins/kubernetes/kubeconfig";
import type { KubernetesObject } from "../../network";

/** Whom a request is made as. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
export interface Caller {
    readonly user: string;
    readonly groups?: readonly string[];
}

export interface Answer {
    readonly code: number;
    /** The object, or a Status that says what is refused. */
    readonly body: KubernetesObject;
    /** What it was told beside the answer. https://kubernetes.io/docs/reference/using-api/api-concepts/#warnings */
    readonly warnings: readonly string[];
}

export interface RequestOptions {
    readonly as?: Caller;
    /** Left in the cluster; tried alone when left out. */
    readonly keep?: boolean;
    /** Who says to apply. Defaults to "somebody". */
    readonly manager?: string;
    /** Refuses a field that the kind does not have, or that is there twice. */
    readonly strict?: boolean;
}

export class ApiServer {
    private readonly cluster: Cluster;
    private readonly agent: Agent;

    constructor({ kubeconfig, context }: Embedded) {
        const access = clusterAccess({ kubeconfig, context });
        this.cluster = new Cluster(access);
        const { ca, cert, key } = access;
        this.agent = new Agent({ keepAlive: true, maxSockets: 8, ca, cert, key });
    }

    close(): void {
        this.agent.destroy();
        this.cluster.client.close();
    }

    /** Server-side apply, as `kubectl apply --server-side` and Pulumi do it. */
    async apply(object: KubernetesObject, options: RequestOptions = {}): Promise<Answer> {
        const query = new URLSearchParams({ fieldManager: options.manager ?? "somebody", force: "true" });
        if (!options.keep) query.set("dryRun", "All");
        if (options.strict) query.set("fieldValidation", "Strict");
        return this.send(
            "PATCH",
            `${await this.path(object)}?${query}`,
            "application/apply-patch+yaml",
            object,
            options,
        );
    }

    /** A strategic merge patch, as `kubectl debug`, `kubectl label` and controllers make. */
    async patch(object: KubernetesObject, change: object, options: RequestOptions & { subresource?: string } = {}) {
        const below = options.subresource ? `/${options.subresource}` : "";
        const query = options.keep ? "" : "?dryRun=All";
        return this.send(
            "PATCH",
            `${await this.path(object)}${below}${query}`,
            "application/strategic-merge-patch+json",
            change,
            options,
        );
    }

    async get(object: KubernetesObject): Promise<Answer> {
        return this.send("GET", await this.path(object), "application/json");
    }

    async remove(object: KubernetesObject): Promise<Answer> {
        return this.send("DELETE", await this.path(object), "application/json");
    }

    async list(path: string): Promise<KubernetesObject[]> {
        return (await this.send("GET", path, "application/json")).body.items;
    }

    private async path({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
        const resource = await this.cluster.resourceSoon(apiVersion, kind, [250, 500, 1000, 2000]);
        if (!resource) throw new Error(`the API server knows no ${apiVersion} ${kind}`);
        const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        const space = resource.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
        return `${root}${space}/${resource.plural}/${metadata.name}`;
    }

    private send(
        method: string,
        path: string,
        type: string,
        body?: object,
        { as }: RequestOptions = {},
    ): Promise<Answer> {
        const { hostname, port } = new URL(this.cluster.access.server);
        const impersonated = as
            ? { "Impersonate-User": as.user, ...(as.groups ? { "Impersonate-Group": [...as.groups] } : {}) }
            : {};
        const headers = { "content-type": type, accept: "application/json", ...impersonated };
        return new Promise((done, fail) => {
            const sent = request({ method, hostname, port, path, headers, agent: this.agent }, (answer) => {
                let text = "";
                answer.setEncoding("utf8");
                answer.on("data", (part: string) => (text += part));
                answer.on("error", fail);
                answer.on("end", () => {
                    const warnings = [answer.headers.warning ?? []].flat();
                    done({ code: answer.statusCode ?? 0, body: JSON.parse(text || "{}"), warnings });
                });
            });
            sent.on("error", fail);
            sent.end(body && JSON.stringify(body));
        });
    }
}
