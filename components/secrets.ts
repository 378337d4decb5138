import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Role } from "../matrix";
import { unnamed } from "./workload";

/** Creates a Secret that a change of its values replaces under a new name, which rolls the pods that use it. */
export function secret(
    name: string,
    role: Role,
    values: Record<string, pulumi.Input<string>>,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
        name,
        { metadata: unnamed(role), type: "Opaque", immutable: true, stringData: values },
        opts,
    );
}

/** Creates a ConfigMap that a change of its files replaces under a new name, which rolls the pods that mount it. */
export function configMap(
    name: string,
    role: Role,
    files: Record<string, pulumi.Input<string>>,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap {
    return new k8s.core.v1.ConfigMap(name, { metadata: unnamed(role), immutable: true, data: files }, opts);
}

/**
 * Generates a password of 190 bits that lives in the stack's state, encrypted. Letters and digits alone, since it goes
 * into URIs and configuration files as it is.
 */
export function password(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
    return pulumi.secret(new random.RandomPassword(name, { length: 32, special: false }, opts).result);
}

/** Variables of a container whose values are keys of a Secret. */
export function secretVariables(
    from: k8s.core.v1.Secret,
    variables: readonly string[],
): k8s.types.input.core.v1.EnvVar[] {
    return variables.map((name) => ({ name, valueFrom: { secretKeyRef: { name: from.metadata.name, key: name } } }));
}

/** Variables of a container whose values are plain. */
export function variables(values: Record<string, pulumi.Input<string>>): k8s.types.input.core.v1.EnvVar[] {
    return Object.entries(values).map(([name, value]) => ({ name, value }));
}
