import type { Transport } from "../matrix";
import { NAMESPACE_LABEL, type KubernetesObject, type LabelSelector } from "./kubernetes";
import type { PodShape } from "./pods";
import { LabelIndex } from "./selectors";

/**
 * Pods that no policy and no Service tells apart: the same selectors match them, and every port name in use means the
 * same number. What holds for one holds for all, so connections are judged between classes.
 */
export interface PodClass {
    readonly id: number;
    /** The workloads with pods in it, such as "Deployment e-chauffeur/api", sorted. */
    readonly workloads: readonly string[];
    readonly pods: readonly PodShape[];
}

/** Which namespaces a selector of pods looks into: one by name, or those that a selector matches. */
export type NamespaceScope = string | LabelSelector;

/**
 * Collects the selectors that matter, then divides the pods into classes.
 * The order is: `select` and `name` for every selector and port name, then `divide` once.
 */
export class Classifier {
    private readonly byNamespace = new Map<string, LabelIndex>();
    private readonly namespaces: string[] = [];
    private readonly namespaceIndex: LabelIndex;
    private readonly ids = new Map<string, number>();
    private readonly matched: number[][] = [];
    private readonly names = new Map<string, { name: string; transport: Transport }>();
    private classesOfSelector: PodClass[][] = [];
    private selectorsOfClass: ReadonlySet<number>[] = [];

    constructor(
        private readonly pods: readonly PodShape[],
        objects: readonly KubernetesObject[],
    ) {
        const labels = new Map<string, Record<string, string>>();
        for (const { namespace } of pods) {
            labels.set(namespace, {});
        }
        for (const { kind, metadata } of objects) {
            if (kind === "Namespace" && metadata.name !== undefined) {
                labels.set(metadata.name, metadata.labels ?? {});
            }
        }
        this.namespaces = [...labels.keys()];
        this.namespaceIndex = new LabelIndex((item) => {
            const name = this.namespaces[item];
            return { ...labels.get(name), [NAMESPACE_LABEL]: name };
        });
        this.namespaces.forEach((_, item) => this.namespaceIndex.add(item));
        pods.forEach(({ namespace, hostNetwork }, item) => {
            let index = this.byNamespace.get(namespace);
            if (index === undefined) {
                index = new LabelIndex((pod) => pods[pod].labels);
                this.byNamespace.set(namespace, index);
            }
            if (!hostNetwork) {
                index.add(item);
            }
        });
    }

    /** The number that stands for a selector of pods from here on. */
    select(scope: NamespaceScope, selector: LabelSelector): number {
        const key = JSON.stringify([scope, selector]);
        let id = this.ids.get(key);
        if (id === undefined) {
            id = this.matched.length;
            this.ids.set(key, id);
            const namespaces =
                typeof scope === "string"
                    ? [scope]
                    : this.namespaceIndex.find(scope).map((item) => this.namespaces[item]);
            this.matched.push(namespaces.flatMap((name) => this.byNamespace.get(name)?.find(selector) ?? []));
        }
        return id;
    }

    /** Makes a port's name count: pods that mean different numbers by it are told apart. */
    name(name: string, transport: Transport): void {
        this.names.set(`${name}/${transport}`, { name, transport });
    }

    divide(): PodClass[] {
        const selectors: number[][] = this.pods.map(() => []);
        this.matched.forEach((items, id) => items.forEach((item) => selectors[item].push(id)));
        const members = new Map<string, number[]>();
        this.pods.forEach((pod, item) => {
            const meanings = [...this.names.values()].map(({ name, transport }) => portNumber(pod, name, transport));
            const key = `${selectors[item].join()}|${meanings.join()}`;
            const items = members.get(key);
            if (items === undefined) {
                members.set(key, [item]);
            } else {
                items.push(item);
            }
        });
        const classes: PodClass[] = [];
        this.classesOfSelector = this.matched.map(() => []);
        for (const items of members.values()) {
            const pods = items.map((item) => this.pods[item]);
            const one = { id: classes.length, pods, workloads: [...new Set(pods.map((pod) => pod.workload))].sort() };
            classes.push(one);
            this.selectorsOfClass.push(new Set(selectors[items[0]]));
            selectors[items[0]].forEach((id) => this.classesOfSelector[id].push(one));
        }
        return classes;
    }

    /** The classes that a selector matches. */
    classes(selector: number): readonly PodClass[] {
        return this.classesOfSelector[selector];
    }

    /** The selectors that match a class. */
    selectors(one: PodClass): ReadonlySet<number> {
        return this.selectorsOfClass[one.id];
    }
}

/** The number that a pod means by a port's name: its first container port of that name and transport. */
export function portNumber(pod: PodShape, name: string, transport: Transport): number | undefined {
    return pod.ports.find((port) => port.name === name && port.transport === transport)?.number;
}
