/** One cluster: its client, its version, and where each kind of object lives. Asked once a process. */
import type { Value } from "../properties";
import { ApiError, Client, pause, UnreachableError } from "./client";
import type { ClusterAccess } from "./kubeconfig";
import { isRecord, list, text } from "./objects";

/** The oldest Kubernetes minor version that this plugin was made for: aggregated discovery v2 is stable from it on. */
export const oldestMinor = 30;

/** Where objects of a kind are found. */
export interface Resource {
    readonly apiVersion: string;
    readonly plural: string;
    readonly namespaced: boolean;
    readonly hasStatus: boolean;
}

const discoveryAccept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
/** A burst of unknown kinds, as at a preview that brings their definitions, asks the server once. */
const freshMilliseconds = 250;

export class Cluster {
    readonly client: Client;
    private checked?: Promise<void>;
    private discovery?: { at: number; resources: Promise<Map<string, Resource>> };

    constructor(readonly access: ClusterAccess) {
        this.client = new Client(access);
    }

    /** Connects once. Throws, with the mend, when the cluster does not answer or is too old. */
    ready(): Promise<void> {
        this.checked ??= this.check();
        return this.checked;
    }

    private async check(): Promise<void> {
        let version;
        try {
            version = await this.client.get("/version");
        } catch (error) {
            if (error instanceof ApiError && error.code !== 401 && error.code !== 403) throw error;
            throw unreachable(error, this.access);
        }
        const [, major, minor] = /^v(\d+)\.(\d+)/.exec(text(version, "gitVersion") ?? "") ?? [];
        if (major === undefined) {
            throw unreachable(new Error("what answers is not a Kubernetes API server"), this.access);
        }
        if (Number(major) === 1 && Number(minor) < oldestMinor) {
            throw new Error(
                `the cluster at ${this.access.server} runs Kubernetes ${text(version, "gitVersion")}, which is not supported: ` +
                    `version 1.${oldestMinor} or newer is needed. Upgrade it, or choose another cluster with kubernetes:context.`,
            );
        }
    }

    /** Where a kind lives; `undefined` when the cluster does not know it (yet). */
    async resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
        await this.ready();
        const key = `${apiVersion}/${kind}`;
        const known = (await this.discover()).get(key);
        if (known) return known;
        if (Date.now() - this.discovery!.at < freshMilliseconds) return undefined;
        this.discovery = undefined;
        return (await this.discover()).get(key);
    }

    /** The same, asked again after each of the waits (milliseconds): a definition may have been made just now. */
    async resourceSoon(apiVersion: string, kind: string, waits: readonly number[]): Promise<Resource | undefined> {
        for (const wait of [...waits, undefined]) {
            const resource = await this.resource(apiVersion, kind);
            if (resource || wait === undefined) return resource;
            await pause(wait);
        }
        return undefined;
    }

    private discover(): Promise<Map<string, Resource>> {
        if (!this.discovery) {
            const resources = Promise.all(
                ["/api", "/apis"].map((path) => this.client.send("GET", path, { accept: discoveryAccept })),
            ).then((answers) => new Map(answers.flatMap((answer) => list(answer, "items").flatMap(resourcesOfGroup))));
            this.discovery = { at: Date.now(), resources };
            resources.catch(() => (this.discovery = undefined));
        }
        return this.discovery.resources;
    }
}

/** The API path of an object, or of the collection when no name is given. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string): string {
    const root = resource.apiVersion.includes("/") ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
    const scope = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
    return `${root}${scope}/${resource.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

function resourcesOfGroup(group: Value): [string, Resource][] {
    const groupName = text(group, "metadata", "name") ?? "";
    return list(group, "versions").flatMap((version) => {
        const number = text(version, "version") ?? "";
        const apiVersion = groupName ? `${groupName}/${number}` : number;
        return list(version, "resources")
            .filter(isRecord)
            .map((entry): [string, Resource] => [
                `${apiVersion}/${text(entry, "responseKind", "kind")}`,
                {
                    apiVersion,
                    plural: text(entry, "resource") ?? "",
                    namespaced: entry.scope === "Namespaced",
                    hasStatus: list(entry, "subresources").some((sub) => text(sub, "subresource") === "status"),
                },
            ]);
    });
}

/** The message of the official provider, with what to do about it. */
export function unreachable(error: unknown, access?: ClusterAccess): Error {
    const cause = error instanceof Error ? error.message : String(error);
    const place = access ? ` (${access.server}, ${access.origin})` : "";
    const mend =
        error instanceof ApiError
            ? "The cluster answers but refuses the credentials of the kubeconfig: renew them."
            : "Start the cluster, or choose another with KUBECONFIG or `pulumi config set kubernetes:context NAME`.";
    return new UnreachableError(`configured Kubernetes cluster is unreachable: ${cause}${place}. ${mend}`);
}
