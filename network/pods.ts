import type { Transport } from "../matrix";
import type { KubernetesObject } from "./kubernetes";

export interface ContainerPort {
    readonly name?: string;
    readonly transport: Transport;
    readonly number: number;
}

/** A pod as network policies see it: a Pod, or the pods that a workload's template makes. */
export interface PodShape {
    readonly namespace: string;
    /** The workload that makes it, as messages name it: "Deployment e-chauffeur/api". */
    readonly workload: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: readonly ContainerPort[];
    /** On the node's own network, where no policy applies and no pod selector matches. */
    readonly hostNetwork: boolean;
}

interface PodTemplate {
    metadata?: { labels?: Record<string, string> };
    spec?: KubernetesObject["spec"];
}

/** The template of an object's pods, wherever its kind keeps it; undefined for a kind without pods. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
    if (object.kind === "Pod") {
        return { metadata: object.metadata, spec: object.spec };
    }
    for (const template of [object.spec?.template, object.spec?.jobTemplate?.spec?.template]) {
        if (template?.spec?.containers !== undefined) {
            return template;
        }
    }
    return undefined;
}

/** Sidecars (init containers that restart always) serve as long as the pod; other init containers are gone by then. */
function containerPorts(spec: KubernetesObject["spec"]): ContainerPort[] {
    const sidecars = (spec?.initContainers ?? []).filter(
        (container: { restartPolicy?: string }) => container.restartPolicy === "Always",
    );
    return [...(spec?.containers ?? []), ...sidecars].flatMap((container) =>
        (container.ports ?? []).map(
            (port: { name?: string; protocol?: Transport; containerPort: number }): ContainerPort => ({
                name: port.name,
                transport: port.protocol ?? "TCP",
                number: port.containerPort,
            }),
        ),
    );
}

const identity = (kind: string, namespace: string, name: string) => `${kind} ${namespace}/${name}`;

/**
 * The pods that stand for the objects: one for each workload's template and one for each live Pod under the name of
 * the workload that owns it. A controller that another one among the objects owns (a Deployment's ReplicaSets, old
 * revisions included) is left to its owner; finished pods have no network.
 */
export function podsOf(objects: readonly KubernetesObject[]): PodShape[] {
    const namespaceOf = (object: KubernetesObject) => object.metadata.namespace ?? "default";
    const known = new Map(
        objects.map((object) => [identity(object.kind, namespaceOf(object), object.metadata.name ?? ""), object]),
    );
    const ownerOf = (object: KubernetesObject): KubernetesObject | undefined => {
        const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
        return owner && known.get(identity(owner.kind, namespaceOf(object), owner.name));
    };
    const pods: PodShape[] = [];
    for (const object of objects) {
        const template = podTemplateOf(object);
        const owner = ownerOf(object);
        const finished = object.kind === "Pod" && ["Succeeded", "Failed"].includes(object.status?.phase);
        if (template === undefined || finished || (owner !== undefined && object.kind !== "Pod")) {
            continue;
        }
        let root = object;
        for (let next = owner; next !== undefined; next = ownerOf(next)) {
            root = next;
        }
        pods.push({
            namespace: namespaceOf(object),
            workload: identity(root.kind, namespaceOf(root), root.metadata.name ?? "(unnamed)"),
            labels: template.metadata?.labels ?? {},
            ports: containerPorts(template.spec),
            hostNetwork: template.spec?.hostNetwork === true,
        });
    }
    return pods;
}
