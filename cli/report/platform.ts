import type { Matrix, Role } from "../../matrix";
import { podTemplateOf, reach, type KubernetesObject, type PodClass, type Reach } from "../../network";
import { objectsOf, type Rendered } from "../golden";
import { nameOf, openingsOf, type Opening } from "./openings";

/** A resource with what it opens, and whose it is. */
export interface Piece {
    readonly name: string;
    readonly resource: Rendered;
    readonly openings: readonly Opening[];
    /** The role whose pods it makes, leads to or configures. */
    readonly role?: Role;
}

/** A rendered platform, its objects by the roles of its matrix. */
export class RenderedPlatform {
    readonly pieces: readonly Piece[];
    /** What can connect by its policies; roles whose pods are made elsewhere or later have one to stand for them. */
    get reach(): Reach {
        return (this.judged ??= reach([...this.objects, ...this.standIns()]));
    }
    private judged?: Reach;
    readonly objects: readonly KubernetesObject[];
    private readonly used = new Map<string, Set<string>>();

    constructor(
        readonly matrix: Matrix,
        resources: readonly Rendered[],
    ) {
        const workloads = resources.filter(({ object }) => object?.kind && podTemplateOf(object));
        this.pieces = resources.map((resource) => ({
            name: nameOf(resource),
            resource,
            openings: openingsOf(resource),
            role: this.roleOf(resource, workloads),
        }));
        this.objects = objectsOf(resources);
    }

    /** What makes a role's pods: workloads, and issuers whose solvers are of the role. */
    workloadsOf(role: Role): Piece[] {
        return this.pieces.filter(
            ({ role: own, resource: { object } }) =>
                (own === role && object?.kind !== undefined && podTemplateOf(object) !== undefined) ||
                solvers(object).some((labels) => role.isWorkload && role.selects(labels)),
        );
    }

    /** The resources of a kind that are a role's. */
    of(role: Role, ...kinds: string[]): Piece[] {
        return this.pieces.filter((piece) => piece.role === role && kinds.includes(piece.resource.object?.kind));
    }

    classesOf(role: Role): PodClass[] {
        return this.reach.classes.filter(
            ({ pods: [pod] }) => this.matrix.roleOfPod(pod.namespace, pod.labels) === role,
        );
    }

    /** The role behind a Service's host name: `api.e-chauffeur.svc.cluster.local`. */
    roleOfHost(host: string): Role | undefined {
        const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(host) ?? [];
        return name === undefined ? undefined : this.roleOfService(`${namespace}/${name}`);
    }

    roleOfService(name: string): Role | undefined {
        return this.pieces.find((piece) => piece.name === `Service ${name}`)?.role;
    }

    /** Notes that a row names a part of an object. */
    use(piece: Piece, opening: Opening): void {
        const parts = this.used.get(piece.name) ?? new Set();
        this.used.set(piece.name, parts.add(opening.part));
    }

    /** What opens something and is named by no row. */
    unnamed(): string[] {
        return this.pieces.flatMap(({ name, openings }) =>
            openings
                .filter(({ part }) => this.used.get(name)?.has(part) !== true)
                .map(({ kind, part }) => `${name}: the ${kind} ${part}`.trimEnd()),
        );
    }

    private roleOf({ object, name: resourceName }: Rendered, workloads: readonly Rendered[]): Role | undefined {
        const namespace = object?.metadata?.namespace;
        if (namespace === undefined) {
            return undefined;
        }
        const template = podTemplateOf(object);
        if (template !== undefined) {
            return this.matrix.roleOfPod(namespace, template.metadata?.labels ?? {});
        }
        if (object.kind === "Service") {
            return this.matrix.roleOfPod(namespace, object.spec?.selector ?? {});
        }
        if (object.kind === "ServiceAccount" || object.kind === "ConfigMap") {
            const user = workloads.find(
                (one) => one.object.metadata.namespace === namespace && uses(one.object, object, resourceName),
            );
            return user && this.roleOf(user, workloads);
        }
        return undefined;
    }

    private hasPods(role: Role): boolean {
        return this.pieces.some(
            ({ role: own, resource: { object } }) =>
                own === role && object?.kind && podTemplateOf(object) !== undefined,
        );
    }

    /** A pod for each role that has none among the objects, so that its policies are judged all the same. */
    private standIns(): KubernetesObject[] {
        return this.matrix.roles
            .filter((role) => role.workload !== undefined && !this.hasPods(role))
            .map(({ workload, podLabels }) => ({
                apiVersion: "v1",
                kind: "Pod",
                metadata: { ...workload!, labels: { ...podLabels } },
                spec: { containers: [] },
            }));
    }
}

/** The labels of the pods that cert-manager makes for an issuer's challenges. https://cert-manager.io/docs/configuration/acme/http01/ */
function solvers(object: KubernetesObject | undefined): Record<string, string>[] {
    const all = /Issuer$/.test(object?.kind ?? "") ? (object!.spec?.acme?.solvers ?? []) : [];
    return all.flatMap(
        ({ http01 }: { http01?: { ingress?: { podTemplate?: { metadata?: { labels?: Record<string, string> } } } } }) =>
            http01?.ingress?.podTemplate?.metadata?.labels ?? [],
    );
}

/** Whether a workload's pods mount or run as an object; a name made from its content ends with eight digits of that. */
function uses(workload: KubernetesObject, { kind, metadata }: KubernetesObject, resourceName: string): boolean {
    const spec = JSON.stringify(podTemplateOf(workload)!.spec);
    return kind === "ServiceAccount"
        ? spec.includes(`"serviceAccountName":"${metadata.name ?? resourceName}"`)
        : metadata.name === undefined
          ? new RegExp(`"name":"${resourceName}-[0-9a-f]{8}"`).test(spec)
          : spec.includes(`"name":"${metadata.name}"`);
}
