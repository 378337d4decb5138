/** Deletes an object and waits until it is gone, as its name must be free for whatever comes next. */
import type { Properties } from "../properties";
import { ApiError, pause } from "./client";
import { type Cluster, pathOf, type Resource } from "./cluster";
import { annotation, condition, label, list, name, namespace, text } from "./objects";

const defaultSeconds = 600;
const policies: Readonly<Record<string, string>> = {
    background: "Background",
    foreground: "Foreground",
    orphan: "Orphan",
};

export interface RemoveOptions {
    readonly timeoutSeconds: number;
    readonly wait: boolean;
    readonly isCancelled: () => boolean;
}

/** Deletes in the foreground: dependants first. An object that is gone already is no error. */
export async function remove(
    cluster: Cluster,
    resource: Resource,
    inputs: Properties,
    options: RemoveOptions,
): Promise<void> {
    const path = pathOf(resource, namespace(inputs), name(inputs));
    const policy = policies[annotation(inputs, "pulumi.com/deletionPropagationPolicy") ?? ""] ?? "Foreground";
    try {
        await cluster.client.send("DELETE", path, {
            body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: policy },
        });
    } catch (error) {
        if (error instanceof ApiError && error.code === 404) return;
        throw error;
    }
    if (options.wait) await gone(cluster, path, inputs, options);
}

async function gone(cluster: Cluster, path: string, inputs: Properties, options: RemoveOptions): Promise<void> {
    const seconds = options.timeoutSeconds || Number(annotation(inputs, "pulumi.com/timeoutSeconds")) || defaultSeconds;
    const deadline = Date.now() + seconds * 1000;
    const first = await cluster.client.find(path);
    for (let live = first, wait = 50; live; live = await cluster.client.find(path), wait = Math.min(wait * 1.5, 1000)) {
        // Something else made a new object of the same name: the old one is gone.
        if (text(live, "metadata", "uid") !== text(first, "metadata", "uid")) return;
        if (options.isCancelled()) throw new Error(`${label(inputs)}: cancelled while it was being deleted`);
        if (Date.now() > deadline) throw new Error(stuck(live, seconds));
        await pause(wait);
    }
}

function stuck(live: Properties, seconds: number): string {
    const finalizers = [...list(live, "metadata", "finalizers"), ...list(live, "spec", "finalizers")].map(String);
    const remaining = ["NamespaceContentRemaining", "NamespaceFinalizersRemaining", "NamespaceDeletionContentFailure"]
        .map((type) => condition(live, type))
        .filter((found) => found?.status === "True")
        .map((found) => String(found?.message));
    const why = [...(finalizers.length > 0 ? [`finalizers: ${finalizers.join(", ")}`] : []), ...remaining];
    return (
        `${label(live)} is still there ${seconds} s after it was deleted${why.length > 0 ? ` (${why.join("; ")})` : ""}. ` +
        `What holds it must let go; then run the command again.`
    );
}
