import type { KubernetesObject } from "../../network";

/** The type token of an object, as the Kubernetes SDK writes it. */
export const typeOf = ({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): string =>
    `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
