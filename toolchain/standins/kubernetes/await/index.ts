/** Waits until an object is ready, for the kinds for which "created" says little. */
import type { Properties } from "../../properties";
import { pause } from "../client";
import { type Cluster, pathOf, type Resource } from "../cluster";
import { annotation, at, groupOf, idOf, type KubernetesObject, name, namespace } from "../objects";
import { daemonSet } from "./daemonSet";
import { deployment } from "./deployment";
import { ingress } from "./ingress";
import { job } from "./job";
import { customResourceDefinition, namespaceAwaiter, resourceQuota, secret } from "./plain";
import { pod } from "./pod";
import type { Awaiter, Readiness, WaitContext } from "./readiness";
import { replicaSet } from "./replicaSet";
import { service } from "./service";
import { statefulSet } from "./statefulSet";
import { persistentVolume, persistentVolumeClaim } from "./volume";

const awaiters: Readonly<Record<string, Awaiter>> = {
    "/Namespace": namespaceAwaiter,
    "/PersistentVolume": persistentVolume,
    "/PersistentVolumeClaim": persistentVolumeClaim,
    "/Pod": pod,
    "/ResourceQuota": resourceQuota,
    "/Secret": secret,
    "/Service": service,
    "apiextensions.k8s.io/CustomResourceDefinition": customResourceDefinition,
    "apps/DaemonSet": daemonSet,
    "apps/Deployment": deployment,
    "apps/ReplicaSet": replicaSet,
    "apps/StatefulSet": statefulSet,
    "batch/Job": job,
    "networking.k8s.io/Ingress": ingress,
};

const firstPause = 60;
const longestPause = 750;

/** The object was made or changed, but is not ready: `live` is how it was last seen. */
export class NotReadyError extends Error {
    constructor(
        readonly live: KubernetesObject,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("\n"));
    }
}

export interface WaitOptions {
    /** Of `customTimeouts`; 0 when there is none. It goes before the annotation, and that before the kind's own. */
    readonly timeoutSeconds: number;
    readonly isCancelled: () => boolean;
}

/** Waits by the annotations `pulumi.com/skipAwait` and `pulumi.com/timeoutSeconds`. Throws NotReadyError. */
export async function awaitReady(
    cluster: Cluster,
    resource: Resource,
    applied: KubernetesObject,
    options: WaitOptions,
): Promise<KubernetesObject> {
    const awaiter = awaiters[`${groupOf(applied.apiVersion)}/${applied.kind}`];
    if (!awaiter || annotation(applied, "pulumi.com/skipAwait") === "true") return applied;
    const annotated = Number(annotation(applied, "pulumi.com/timeoutSeconds"));
    const seconds = options.timeoutSeconds || annotated || awaiter.seconds;
    const context: WaitContext = { cluster, since: Date.now() };
    const deadline = context.since + seconds * 1000;
    const path = pathOf(resource, namespace(applied), name(applied));
    let live: Properties = applied;
    for (let wait = firstPause; ; wait = Math.min(wait * 1.4, longestPause)) {
        const seen = await awaiter.look(live, context);
        if (seen.ready) return live as KubernetesObject;
        if (seen.failed) throw await notReady("it failed", awaiter, live, seen, context);
        if (options.isCancelled()) throw await notReady("the wait was cancelled", awaiter, live, seen, context);
        if (Date.now() >= deadline) {
            throw await notReady(`timed out after ${seconds} s waiting to be ready`, awaiter, live, seen, context);
        }
        await pause(Math.min(wait, Math.max(deadline - Date.now(), 1)));
        const next = await cluster.client.find(path);
        // A Job with a time to live goes by itself once it is done.
        if (!next && at(live, "spec", "ttlSecondsAfterFinished") !== undefined) return live as KubernetesObject;
        if (!next) {
            throw new NotReadyError(live as KubernetesObject, [
                `${applied.kind} ${idOf(applied)} was deleted by something else meanwhile`,
            ]);
        }
        live = next;
    }
}

/** Looks once whether an object is ready; kinds that nothing is waited for always are. */
export async function isReady(cluster: Cluster, live: KubernetesObject): Promise<boolean> {
    const awaiter = awaiters[`${groupOf(live.apiVersion)}/${live.kind}`];
    return awaiter === undefined || (await awaiter.look(live, { cluster, since: Date.now() })).ready;
}

async function notReady(
    ending: string,
    awaiter: Awaiter,
    live: Properties,
    seen: Readiness,
    context: WaitContext,
): Promise<NotReadyError> {
    const object = live as KubernetesObject;
    const more = (await awaiter.explain?.(live, context).catch(() => [])) ?? [];
    const headline = `the Kubernetes API server reported that ${object.kind} "${idOf(object)}" failed to fully initialize or become live: ${ending}`;
    return new NotReadyError(object, [headline, ...new Set([...seen.reasons, ...more])]);
}
