/** The operations on one object, in terms of plain values; provider.ts puts them on the wire. */
import { hasUnknown, type Properties, reveal } from "../properties";
import {
    applyOnce,
    applyWithRetry,
    explain,
    isAboutPredecessor,
    isDryRunBlind,
    isForced,
    isOurs,
    resourceFor,
    UnknownKindError,
} from "./apply";
import { awaitReady, isReady, NotReadyError } from "./await";
import { InterruptedError, UnreachableError } from "./client";
import { Cluster, pathOf, type Resource, unreachable } from "./cluster";
import { clusterAccess, KubeconfigError } from "./kubeconfig";
import {
    annotation,
    idOf,
    isRecord,
    kindOfToken,
    type KubernetesObject,
    name,
    namespace,
    parseId,
    text,
} from "./objects";
import {
    hide,
    liveOutputs,
    markLike,
    markSecretData,
    notReadyMark,
    overlaidOutputs,
    previewOutputs,
    textsToHide,
} from "./outputs";
import { importedInputs, projectInputs } from "./read";
import { remove } from "./remove";
import type { Settings } from "./settings";

/** An operation that was refused, in words that hold no secret. `certain` when the cluster is known to be unchanged. */
export class OperationError extends Error {
    constructor(
        message: string,
        readonly certain: boolean,
    ) {
        super(message);
    }
}

/** The object was made or changed but does not become ready. */
export class InitError extends Error {
    constructor(
        readonly id: string,
        readonly outputs: Properties,
        readonly inputs: Properties,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("\n"));
    }
}

export interface Outcome {
    readonly id: string;
    readonly outputs: Properties;
}

export class Operations {
    readonly cluster: Cluster;
    readonly defaultNamespace: string;
    cancelled = false;

    /** Reads the kubeconfig; throws the official provider's message when there is none. */
    constructor(private readonly settings: Settings) {
        try {
            const access = clusterAccess(settings);
            this.cluster = new Cluster(access);
            this.defaultNamespace = access.namespace;
        } catch (error) {
            if (error instanceof KubeconfigError) throw unreachable(error);
            throw error;
        }
    }

    /** The namespace that inputs without one get; `undefined` for kinds without namespaces and kinds yet unknown. */
    async namespaceFor(inputs: Properties): Promise<string | undefined> {
        const plain = reveal(inputs) as Properties;
        const resource = await this.cluster.resource(text(plain, "apiVersion") ?? "", text(plain, "kind") ?? "");
        return resource?.namespaced ? this.defaultNamespace : undefined;
    }

    async previewCreate(inputs: Properties): Promise<Properties> {
        return this.shielded([inputs], async () => {
            const plain = reveal(inputs) as Properties;
            const resource = await this.cluster.resource(text(plain, "apiVersion") ?? "", text(plain, "kind") ?? "");
            const hasStatus = resource?.hasStatus ?? true;
            if (hasUnknown(inputs)) return previewOutputs(plain, inputs, hasStatus);
            try {
                const dryRun = await applyOnce(this.cluster, plain, { dryRun: true, force: this.force(plain) });
                return previewOutputs(dryRun, inputs, hasStatus);
            } catch (error) {
                if (isDryRunBlind(error)) return previewOutputs(plain, inputs, hasStatus);
                if (resource && isAboutPredecessor(error) && isOurs(await this.find(resource, plain))) {
                    return previewOutputs(plain, inputs, hasStatus);
                }
                throw error;
            }
        });
    }

    async create(inputs: Properties, timeoutSeconds: number): Promise<Outcome> {
        return this.applyAndWait(inputs, undefined, timeoutSeconds);
    }

    async previewUpdate(inputs: Properties, oldInputs: Properties, oldOutputs: Properties): Promise<Properties> {
        return this.shielded([inputs, oldInputs], async () => {
            const plain = reveal(inputs) as Properties;
            const old = reveal(oldOutputs) as Properties;
            if (hasUnknown(inputs)) return overlaidOutputs(old, inputs);
            try {
                const dryRun = await applyOnce(this.cluster, plain, { dryRun: true, force: this.force(plain) });
                return liveOutputs(dryRun, inputs);
            } catch (error) {
                if (isDryRunBlind(error)) return overlaidOutputs(old, inputs);
                throw error;
            }
        });
    }

    async update(inputs: Properties, oldInputs: Properties, timeoutSeconds: number): Promise<Properties> {
        return (await this.applyAndWait(inputs, oldInputs, timeoutSeconds)).outputs;
    }

    private applyAndWait(
        inputs: Properties,
        oldInputs: Properties | undefined,
        timeoutSeconds: number,
    ): Promise<Outcome> {
        return this.shielded([inputs, oldInputs], async () => {
            const plain = reveal(inputs) as Properties;
            const options = { dryRun: false, force: this.force(plain) };
            const applied = await applyWithRetry(this.cluster, plain, options);
            const resource = await resourceFor(this.cluster, plain, []);
            try {
                const isCancelled = () => this.cancelled;
                const live = await awaitReady(this.cluster, resource, applied, { timeoutSeconds, isCancelled });
                return { id: idOf(live), outputs: liveOutputs(live, inputs) };
            } catch (error) {
                const live = error instanceof NotReadyError ? error.live : applied;
                const reasons =
                    error instanceof NotReadyError ? error.reasons : [`while waiting: ${(error as Error).message}`];
                const texts = textsToHide(inputs, oldInputs);
                throw new InitError(
                    idOf(applied),
                    { ...liveOutputs(live, inputs), [notReadyMark]: true },
                    inputs,
                    reasons.map((reason) => hide(reason, texts)),
                );
            }
        });
    }

    /**
     * The object as it now is, as inputs and outputs; `undefined` when it is gone. Without old inputs (an import, a
     * `.get`) the inputs are made from the object.
     */
    async read(
        id: string,
        token: string,
        oldInputs: Properties,
        oldOutputs: Properties,
    ): Promise<(Outcome & { inputs: Properties }) | undefined> {
        return this.shielded([oldInputs, oldOutputs], async () => {
            const known = reveal(oldInputs) as Properties;
            const byToken = kindOfToken(token);
            const apiVersion = text(known, "apiVersion") ?? byToken.apiVersion;
            const kind = text(known, "kind") ?? byToken.kind;
            const resource = await this.cluster.resource(apiVersion, kind);
            if (!resource) return undefined;
            const place = parseId(id, resource.namespaced, this.defaultNamespace);
            const live = await this.cluster.client.find(pathOf(resource, place.namespace, place.name));
            if (!live) return undefined;
            const object = { apiVersion, kind, ...live } as KubernetesObject;
            // A `.get` and an import know no more than the kind.
            const isManaged = isRecord(known.metadata) && Object.keys(known.metadata).length > 0;
            const read = isManaged ? projectInputs(known, object) : importedInputs(object);
            const marked = markLike(kind === "Secret" ? markSecretData(read) : read, oldInputs);
            const outputs = liveOutputs(object, isManaged ? oldInputs : marked);
            const unfinished = oldOutputs[notReadyMark] === true && !(await isReady(this.cluster, object));
            return {
                id: idOf(object),
                inputs: marked,
                outputs: unfinished ? { ...outputs, [notReadyMark]: true } : outputs,
            };
        });
    }

    /** Deletes and waits. An object, a kind or (when so configured) a cluster that is gone is no error. */
    async delete(id: string, oldInputs: Properties, oldOutputs: Properties, timeoutSeconds: number): Promise<void> {
        return this.shielded([oldInputs, oldOutputs], async () => {
            const state = reveal(text(oldInputs, "kind") ? oldInputs : oldOutputs) as Properties;
            const apiVersion = text(state, "apiVersion") ?? "";
            const kind = text(state, "kind") ?? "";
            try {
                const resource = await this.cluster.resource(apiVersion, kind);
                if (!resource) return;
                const metadata = {
                    ...(state.metadata as Properties),
                    ...parseId(id, resource.namespaced, this.defaultNamespace),
                };
                const wait = annotation(state, "pulumi.com/skipAwait") !== "true";
                const isCancelled = () => this.cancelled;
                await remove(this.cluster, resource, { ...state, metadata }, { timeoutSeconds, wait, isCancelled });
            } catch (error) {
                if (error instanceof UnreachableError && this.settings.deleteUnreachable) return;
                throw error;
            }
        });
    }

    private force(plain: Properties): boolean {
        return isForced(plain, this.settings.enablePatchForce);
    }

    private find(resource: Resource, plain: Properties): Promise<Properties | undefined> {
        return this.cluster.client.find(pathOf(resource, namespace(plain), name(plain)));
    }

    /** Runs an operation; its errors name the object and hold none of the secrets of the given inputs. */
    private async shielded<T>(sources: (Properties | undefined)[], run: () => Promise<T>): Promise<T> {
        try {
            return await run();
        } catch (error) {
            if (error instanceof InitError) throw error;
            const inputs = reveal(sources[0]) as Properties;
            const own = error instanceof UnreachableError && error.message.startsWith("configured");
            const lost = error instanceof UnreachableError && !own;
            const said = lost ? unreachable(error, this.cluster.access) : error;
            const message =
                own || lost || error instanceof UnknownKindError ? (said as Error).message : explain(error, inputs);
            throw new OperationError(hide(message, textsToHide(...sources)), !(error instanceof InterruptedError));
        }
    }
}
