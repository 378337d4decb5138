import type { KubernetesObject } from "../network";
import { UNKNOWN } from "../rules";

/**
 * The Kubernetes object that a Pulumi resource registers: its inputs, with what the type token says where they are
 * silent (`kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:ServicePatch`). Undefined for resources of other
 * packages. `props` are plain JSON with UNKNOWN where a value is not known.
 */
export function kubernetesObject(
    type: string,
    name: string,
    props: Record<string, unknown>,
): KubernetesObject | undefined {
    const [pkg, group, token] = type.split(":");
    if (pkg !== "kubernetes" || token === undefined) {
        return undefined;
    }
    const apiVersion = typeof props.apiVersion === "string" ? props.apiVersion : group.replace(/^core\//, "");
    const kind = typeof props.kind === "string" ? props.kind : token.replace(/Patch$/, "");
    const { metadata } = props;
    const own = typeof metadata === "object" && metadata !== null ? metadata : undefined;
    return {
        ...props,
        apiVersion,
        kind,
        // Without a name, Pulumi makes one from the resource's.
        metadata: metadata === undefined || own ? { name, ...own } : metadata,
        ...(kind.endsWith("List") && Array.isArray(props.items) ? { items: items(props.items, apiVersion, kind) } : {}),
    } as KubernetesObject;
}

/** A List's items may leave out what the list says; one that is unknown makes them all so. */
function items(list: unknown[], apiVersion: string, kind: string): unknown {
    return list.includes(UNKNOWN)
        ? UNKNOWN
        : list.map((item) => ({ apiVersion, kind: kind.replace(/List$/, ""), metadata: {}, ...(item as object) }));
}
