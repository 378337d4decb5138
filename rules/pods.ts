import type { Role } from "../matrix";
import { Field, UnknownValue } from "./field";
import type { Report, RuleContext } from "./rule";

/** The pods an object makes: their metadata and spec. */
export interface PodTemplate {
    metadata: Field;
    spec: Field;
}

const template = (object: Field): PodTemplate => ({
    metadata: object.at("spec", "template", "metadata"),
    spec: object.at("spec", "template", "spec"),
});

/** Prometheus operator kinds are themselves the pod's spec; extra containers stand in `spec.containers`. */
const operated = (object: Field): PodTemplate => ({
    metadata: object.at("spec", "podMetadata"),
    spec: object.get("spec"),
});

/** Where each kind keeps its pod template, by `group/Kind`. An operator's kinds are added here. */
const places: Record<string, (object: Field) => PodTemplate> = {
    "/Pod": (object) => ({ metadata: object.get("metadata"), spec: object.get("spec") }),
    "/PodTemplate": (object) => ({
        metadata: object.at("template", "metadata"),
        spec: object.at("template", "spec"),
    }),
    "/ReplicationController": template,
    "apps/Deployment": template,
    "apps/StatefulSet": template,
    "apps/DaemonSet": template,
    "apps/ReplicaSet": template,
    "batch/Job": template,
    "batch/CronJob": (object) => template(object.at("spec", "jobTemplate")),
    "monitoring.coreos.com/Prometheus": operated,
    "monitoring.coreos.com/PrometheusAgent": operated,
    "monitoring.coreos.com/Alertmanager": operated,
    "monitoring.coreos.com/ThanosRuler": operated,
};

/** An object's `group/Kind`; the core group is empty (`/Service`). */
export function groupKind(object: Field): string {
    const apiVersion = object.get("apiVersion").text() ?? "v1";
    const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    return `${group}/${object.get("kind").text() ?? ""}`;
}

/** Whether objects of a group are custom resources: Kubernetes' own groups have no dot or end in k8s.io. */
export function isCustom(groupKind: string): boolean {
    const group = groupKind.slice(0, groupKind.indexOf("/"));
    return group.includes(".") && !group.endsWith(".k8s.io");
}

/**
 * The pod templates an object holds, mostly one or none. Custom resources are looked into: whatever has
 * `spec.containers`, at any depth, makes pods.
 */
export function podTemplates(object: Field): PodTemplate[] {
    const key = groupKind(object);
    const place = places[key];
    if (place) {
        return [place(object)];
    }
    return isCustom(key) ? templatesIn(object) : [];
}

function templatesIn(field: Field): PodTemplate[] {
    const spec = field.get("spec");
    if (spec.get("containers").items().length > 0) {
        return [{ metadata: field.get("metadata"), spec }];
    }
    const keys = field.keys().filter((key) => key !== "metadata" && key !== "status");
    return [
        ...keys.flatMap((key) => (key === "template" || !field.get(key).unknown ? templatesIn(field.get(key)) : [])),
        ...field.items().flatMap((item) => (item.unknown ? [] : templatesIn(item))),
    ];
}

/** Every container of a pod: init, ordinary and ephemeral. */
export function containers(spec: Field): Field[] {
    return ["initContainers", "containers", "ephemeralContainers"].flatMap((key) => spec.get(key).items());
}

/** The namespace an object is in; Kubernetes puts one that names none into `default`. */
export function namespaceOf(object: Field): string {
    return object.at("metadata", "namespace").text() ?? "default";
}

/**
 * The role that labels stand for in a namespace. A value unknown at preview matters only
 * when the known labels do not settle the role.
 */
export function roleByLabels(context: RuleContext, namespace: string, labels: Field): Role | undefined {
    const known: Record<string, string> = {};
    let unknown: UnknownValue | undefined;
    for (const key of labels.keys()) {
        try {
            known[key] = labels.get(key).text() ?? "";
        } catch (error) {
            if (!(error instanceof UnknownValue)) {
                throw error;
            }
            unknown = error;
        }
    }
    const role = context.matrix.roleOfPod(namespace, known);
    if (!role && unknown) {
        throw unknown;
    }
    return role;
}

/** The role of an object's pods, undefined when it makes none or they stand outside the inventory. */
export function roleOfTemplate(context: RuleContext, object: Field, pods: PodTemplate): Role | undefined {
    return roleByLabels(context, namespaceOf(object), pods.metadata.get("labels"));
}

/** Checks each pod template of an object that belongs to a role; an unknown value in one never hides the next. */
export function eachRole(
    object: Field,
    report: Report,
    context: RuleContext,
    check: (pods: PodTemplate, role: Role) => void,
): void {
    for (const pods of podTemplates(object)) {
        report.attempt(() => {
            const role = roleOfTemplate(context, object, pods);
            if (role) {
                check(pods, role);
            }
        });
    }
}

/** A selector's plain labels; expressions only narrow it, and one that names a single value is a label. */
export function selectorLabels(selector: Field): Record<string, string> {
    const labels = selector.get("matchLabels").strings();
    for (const expression of selector.get("matchExpressions").items()) {
        const values = expression.get("values").items();
        const key = expression.get("key").text();
        if (key && expression.get("operator").text() === "In" && values.length === 1) {
            labels[key] = values[0].text() ?? "";
        }
    }
    return labels;
}
