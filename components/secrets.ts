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
 *
 * Each generation has a password of its own under a name of its own, so that a stack that goes from one to the next can
 * still read the one before (see passwordBefore). For the same reason passwords are not protected: a protected one could
 * never be left behind.
 *
 * @param generation which of the stack's passwords, from 1 on
 */
export function password(name: string, opts: pulumi.CustomResourceOptions, generation = 1): pulumi.Output<string> {
    const unprotected = { ...opts, protect: false };
    return pulumi.secret(
        new random.RandomPassword(generationName(name, generation), { length: 32, special: false }, unprotected).result,
    );
}

/** The password of the generation before, for what has to prove who it is before it may change its password. */
export function passwordBefore(
    name: string,
    opts: pulumi.CustomResourceOptions,
    generation = 1,
): pulumi.Output<string> | undefined {
    return generation > 1 ? password(name, opts, generation - 1) : undefined;
}

/** The first generation's names are plain: stacks that never changed their passwords know no other. */
function generationName(name: string, generation: number): string {
    return generation === 1 ? name : `${name}-${generation}`;
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

/** Where a pod that asks a server over TLS finds the authority of its certificate, as ca.crt. */
export const AUTHORITY_FOLDER = "/run/secrets/authority";

/** Mounts the authority alone: the Secret of a certificate holds the server's key too. */
export function authorityFile(secretName: string) {
    const items = [{ key: "ca.crt", path: "ca.crt" }];
    return {
        mount: { name: "authority", mountPath: AUTHORITY_FOLDER, readOnly: true },
        volume: { name: "authority", secret: { secretName, items, defaultMode: 0o440 } },
    };
}
