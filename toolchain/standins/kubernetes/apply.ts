/**
 * Create and update are one request, server-side apply
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/): the server merges, checks every field and says
 * who else owns what.
 */
import type { Properties, Value } from "../properties";
import { ApiError, pause } from "./client";
import { type Cluster, pathOf, type Resource } from "./cluster";
import { fieldManager } from "./fields";
import { annotation, isRecord, type KubernetesObject, label, list, name, namespace, record, text } from "./objects";

/** Waits, in milliseconds, for a namespace or a kind that is being made beside this object. */
const raceWaits = [500, 1000, 2000, 4000, 8000];

/** Thrown for a kind that the cluster has no definition of. */
export class UnknownKindError extends Error {
    constructor(apiVersion: string, kind: string) {
        super(
            `the cluster has no kind ${kind} of ${apiVersion}. If a CustomResourceDefinition brings it, make this resource ` +
                `depend on it (dependsOn); else compare apiVersion with \`kubectl api-resources\`.`,
        );
    }
}

export interface ApplyOptions {
    readonly dryRun: boolean;
    /** Takes over fields that others own. */
    readonly force: boolean;
}

/** Applies the inputs once. Throws ApiError, or UnknownKindError when the cluster doesn't know the kind. */
export async function applyOnce(
    cluster: Cluster,
    inputs: Properties,
    options: ApplyOptions,
): Promise<KubernetesObject> {
    const resource = await resourceFor(cluster, inputs, []);
    return patch(cluster, resource, inputs, options);
}

/**
 * Applies the inputs, waiting some seconds for a kind or a namespace that does not exist yet: both may be in the making.
 * Throws ApiError or UnknownKindError.
 */
export async function applyWithRetry(
    cluster: Cluster,
    inputs: Properties,
    options: ApplyOptions,
): Promise<KubernetesObject> {
    const resource = await resourceFor(cluster, inputs, raceWaits);
    for (let attempt = 0; ; attempt++) {
        try {
            const applied = await patch(cluster, resource, inputs, options);
            if (text(applied, "metadata", "deletionTimestamp") === undefined) return applied;
        } catch (error) {
            if (!(error instanceof ApiError) || error.code !== 404 || attempt === raceWaits.length) throw error;
        }
        // What is applied to an object that is being deleted goes with it.
        if (attempt === raceWaits.length) throw new Error("an object of this name is still being deleted");
        await pause(raceWaits[attempt]);
    }
}

export async function resourceFor(cluster: Cluster, inputs: Properties, waits: readonly number[]): Promise<Resource> {
    const apiVersion = text(inputs, "apiVersion") ?? "";
    const kind = text(inputs, "kind") ?? "";
    const resource = await cluster.resourceSoon(apiVersion, kind, waits);
    if (!resource) throw new UnknownKindError(apiVersion, kind);
    return resource;
}

async function patch(
    cluster: Cluster,
    resource: Resource,
    inputs: Properties,
    options: ApplyOptions,
): Promise<KubernetesObject> {
    const answer = await cluster.client.send("PATCH", pathOf(resource, namespace(inputs), name(inputs)), {
        contentType: "application/apply-patch+yaml",
        query: {
            fieldManager,
            fieldValidation: "Strict",
            force: options.force ? "true" : undefined,
            dryRun: options.dryRun ? "All" : undefined,
        },
        body: body(inputs),
    });
    return answer as KubernetesObject;
}

/** What is sent: `stringData` goes as `data`, because server-side apply never removes what came in by `stringData`. */
function body(inputs: Properties): Value {
    const { stringData, status: _status, ...rest } = inputs;
    const sent = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith("__")));
    if (text(inputs, "kind") !== "Secret" || !isRecord(stringData)) {
        return stringData === undefined ? sent : { ...sent, stringData };
    }
    const encoded = Object.entries(stringData).map(([key, value]): [string, Value] => [
        key,
        typeof value === "string" ? Buffer.from(value).toString("base64") : (value ?? null),
    ]);
    return { ...sent, data: { ...record(inputs, "data"), ...Object.fromEntries(encoded) } };
}

/** Whether the object or its provider asks to take over fields that others own. */
export function isForced(inputs: Properties, enablePatchForce: boolean): boolean {
    const wanted = annotation(inputs, "pulumi.com/patchForce");
    return wanted === undefined ? enablePatchForce : wanted === "true";
}

/**
 * Whether a failed dry run says nothing against the change itself: the namespace or kind is still to come, or an
 * admission webhook can't be asked without effect.
 */
export function isDryRunBlind(error: unknown): boolean {
    if (error instanceof UnknownKindError) return true;
    if (!(error instanceof ApiError)) return false;
    if (error.code === 404) return true;
    if (error.code === 400) return /does not support dry run/i.test(error.message);
    return error.code === 403 && /is being terminated/.test(error.message);
}

/**
 * Whether the server refuses because of what now stands under the same name: at the preview of a replacement the old
 * object, which is deleted first, is still there.
 */
export function isAboutPredecessor(error: unknown): boolean {
    if (!(error instanceof ApiError)) return false;
    return (
        error.code === 409 ||
        (error.code === 422 && /immutable|updates to .* are forbidden|may not change/i.test(error.message))
    );
}

/** The sentence for the user: what was refused, why, and where the mend isn't plain, the mend. */
export function explain(error: unknown, inputs: Properties): string {
    if (!(error instanceof ApiError))
        return `${label(inputs)}: ${error instanceof Error ? error.message : String(error)}`;
    const refused = `${label(inputs)} was refused by the Kubernetes API: ${plainly(error.message)}`;
    const isConflict = error.code === 409 && error.causes.some((cause) => cause.reason === "FieldManagerConflict");
    if (isConflict) {
        return (
            `${refused}\nOthers own these fields. To take them over, annotate the object with pulumi.com/patchForce: "true", ` +
            `or set kubernetes:enablePatchForce: true for the whole stack.`
        );
    }
    if (error.code === 404 && namespace(inputs)) {
        return `${refused}\nMake the namespace part of the program, and use its metadata.name here so that it comes first.`;
    }
    if (/unknown field|duplicate field|field not declared in schema/.test(error.message)) {
        const kind = (text(inputs, "kind") ?? "").toLowerCase();
        return `${refused}\nCompare the name of the field and its place with \`kubectl explain ${kind}\`.`;
    }
    return refused;
}

/** The server names an unknown field in terms of its own types. */
function plainly(message: string): string {
    const [, fields] =
        /^failed to create typed patch object \([^)]*\): ([^]*field not declared in schema[^]*)$/.exec(message) ?? [];
    return fields === undefined ? message : `unknown field: ${fields}`;
}

/** Whether this plugin already owns fields of the object. */
export function isOurs(live: Properties | undefined): boolean {
    return list(live, "metadata", "managedFields").some((entry) => text(entry, "manager") === fieldManager);
}
