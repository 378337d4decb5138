import type { Transport } from "../matrix";
import { portNumber, type Classifier, type PodClass } from "./classes";
import type { KubernetesObject } from "./kubernetes";

/** A port of a Service and the pods behind it. */
export interface ServicePort {
    readonly service: string;
    readonly transport: Transport;
    readonly port: number;
    /** Whether the Service is meant for callers outside the cluster (LoadBalancer, NodePort, externalIPs). */
    readonly outside: boolean;
    readonly targets: readonly { readonly class: PodClass; readonly port: number }[];
}

interface ServicePortSpec {
    port: number;
    targetPort?: number | string;
    protocol?: Transport;
}

interface ReadService {
    readonly object: KubernetesObject;
    readonly selector?: number;
}

/** Registers a Service's selector and named target ports, so that the pods behind it form classes of their own. */
export function readService(object: KubernetesObject, classifier: Classifier): ReadService {
    const labels = object.spec?.selector;
    if (labels === undefined || Object.keys(labels).length === 0) {
        return { object };
    }
    for (const { targetPort, protocol = "TCP" } of object.spec.ports ?? []) {
        if (typeof targetPort === "string") {
            classifier.name(targetPort, protocol);
        }
    }
    return { object, selector: classifier.select(object.metadata.namespace ?? "default", { matchLabels: labels }) };
}

/** The ports of a Service with the classes and numbers they lead to. A headless one translates nothing: its name is that of the pods. */
export function servicePorts({ object, selector }: ReadService, classifier: Classifier): ServicePort[] {
    const { spec, metadata } = object;
    const classes = selector === undefined ? [] : classifier.classes(selector);
    return (spec?.ports ?? []).map(
        ({ port, targetPort = port, protocol: transport = "TCP" }: ServicePortSpec): ServicePort => ({
            service: `${metadata.namespace ?? "default"}/${metadata.name}`,
            transport,
            port,
            outside: ["LoadBalancer", "NodePort"].includes(spec.type) || (spec.externalIPs ?? []).length > 0,
            targets: classes.flatMap((one) => {
                const number =
                    spec.clusterIP === "None"
                        ? port
                        : typeof targetPort === "string"
                          ? portNumber(one.pods[0], targetPort, transport)
                          : targetPort;
                return number === undefined ? [] : [{ class: one, port: number }];
            }),
        }),
    );
}
