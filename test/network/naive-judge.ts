import type { KubernetesObject, LabelSelector, NetworkPolicy } from "../../network";

/**
 * NetworkPolicy v1 for one connection at a time, written from the API's text alone: it shares no code with network/.
 */
export interface NaivePod {
    namespace: string;
    labels: Record<string, string>;
    ports: { name?: string; containerPort: number; protocol?: string }[];
}

type End = NaivePod | string;

export function naivePod(object: KubernetesObject): NaivePod {
    const template =
        object.kind === "Pod"
            ? object
            : object.kind === "CronJob"
              ? object.spec.jobTemplate.spec.template
              : object.spec.template;
    return {
        namespace: object.metadata.namespace!,
        labels: template.metadata.labels ?? {},
        ports: template.spec.containers.flatMap((container: { ports?: NaivePod["ports"] }) => container.ports ?? []),
    };
}

export function naiveAllows(
    objects: KubernetesObject[],
    source: End,
    destination: End,
    protocol: string,
    port: number,
): boolean {
    return (
        sideAllows(objects, "Egress", source, destination, destination, protocol, port) &&
        sideAllows(objects, "Ingress", destination, source, destination, protocol, port)
    );
}

function sideAllows(
    objects: KubernetesObject[],
    type: "Ingress" | "Egress",
    pod: End,
    peer: End,
    destination: End,
    protocol: string,
    port: number,
): boolean {
    if (typeof pod === "string") {
        return true;
    }
    const selecting = objects.filter(
        (object): object is NetworkPolicy =>
            object.kind === "NetworkPolicy" &&
            object.metadata.namespace === pod.namespace &&
            typesOf(object as NetworkPolicy).includes(type) &&
            fits(object.spec.podSelector, pod.labels),
    );
    if (selecting.length === 0) {
        return true;
    }
    return selecting.some((policy) => {
        const rules = (type === "Ingress" ? policy.spec.ingress : policy.spec.egress) ?? [];
        return rules.some((rule) => {
            const peers = ("from" in rule ? rule.from : "to" in rule ? rule.to : undefined) ?? [];
            const ports = rule.ports ?? [];
            const peerFits =
                peers.length === 0 ||
                peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
                    if (ipBlock !== undefined) {
                        return (
                            typeof peer === "string" &&
                            inBlock(peer, ipBlock.cidr) &&
                            !(ipBlock.except ?? []).some((cidr) => inBlock(peer, cidr))
                        );
                    }
                    if (typeof peer === "string") {
                        return false;
                    }
                    const inNamespace =
                        namespaceSelector === undefined
                            ? peer.namespace === policy.metadata.namespace
                            : fits(namespaceSelector, namespaceLabels(objects, peer.namespace));
                    return inNamespace && (podSelector === undefined || fits(podSelector, peer.labels));
                });
            const portFits =
                ports.length === 0 ||
                ports.some((entry) => {
                    if ((entry.protocol ?? "TCP") !== protocol) {
                        return false;
                    }
                    if (entry.port === undefined) {
                        return true;
                    }
                    if (typeof entry.port === "string") {
                        return (
                            typeof destination !== "string" &&
                            destination.ports.find(
                                ({ name, protocol: own = "TCP" }) => name === entry.port && own === protocol,
                            )?.containerPort === port
                        );
                    }
                    return entry.port <= port && port <= (entry.endPort ?? entry.port);
                });
            return peerFits && portFits;
        });
    });
}

function typesOf({ spec }: NetworkPolicy): string[] {
    if (spec.policyTypes !== undefined && spec.policyTypes.length > 0) {
        return spec.policyTypes;
    }
    return (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function namespaceLabels(objects: KubernetesObject[], name: string): Record<string, string> {
    const namespace = objects.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === name);
    return { ...namespace?.metadata.labels, "kubernetes.io/metadata.name": name };
}

function fits(selector: LabelSelector, labels: Record<string, string>): boolean {
    const pairs = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
    const expressions = (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
        if (operator === "Exists") return key in labels;
        if (operator === "DoesNotExist") return !(key in labels);
        const listed = key in labels && values!.includes(labels[key]);
        return operator === "In" ? listed : !listed;
    });
    return pairs && expressions;
}

/** Bit by bit. */
function inBlock(address: string, cidr: string): boolean {
    const [base, length] = cidr.split("/");
    const a = bits(address);
    const b = bits(base);
    return a.length === b.length && a.slice(0, Number(length)) === b.slice(0, Number(length));
}

function bits(address: string): string {
    if (!address.includes(":")) {
        return address
            .split(".")
            .map((part) => Number(part).toString(2).padStart(8, "0"))
            .join("");
    }
    const [head, tail] = address.split("::").map((half) => (half === "" ? [] : half.split(":")));
    const zeros = tail === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => "0");
    return [...head, ...zeros, ...(tail ?? [])]
        .map((part) => parseInt(part, 16).toString(2).padStart(16, "0"))
        .join("");
}
