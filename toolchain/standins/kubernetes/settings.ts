/** The provider's configuration: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ */
import { type Properties, reveal } from "../properties";
import type { Mutability } from "./immutable";
import type { KubeconfigChoice } from "./kubeconfig";

export interface Settings extends KubeconfigChoice {
    readonly enablePatchForce: boolean;
    readonly deleteUnreachable: boolean;
    readonly mutability: Mutability;
}

/** Settings of the official provider that this one would have to ignore; each is refused instead. */
const unsupported: Readonly<Record<string, string>> = {
    renderYamlToDirectory: "it applies objects to a cluster only",
    kubeClientSettings: "it has no client settings",
    helmReleaseSettings: "it has no Helm releases",
};

/** Reads the provider's inputs, with the environment variables of the official provider behind them. */
export function readSettings(inputs: Properties, env: NodeJS.ProcessEnv = process.env): Settings {
    const plain = reveal(inputs) as Properties;
    const flag = (key: string, variable: string) =>
        plain[key] === undefined || plain[key] === null ? env[variable] === "true" : String(plain[key]) === "true";
    const word = (key: string) => (typeof plain[key] === "string" && plain[key] !== "" ? plain[key] : undefined);
    return {
        kubeconfig: word("kubeconfig"),
        context: word("context"),
        cluster: word("cluster"),
        namespace: word("namespace"),
        enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        mutability: {
            configMaps: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
            secrets: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        },
    };
}

/** What is set that this provider can't do: property and reason. */
export function settingFailures(inputs: Properties): { property: string; reason: string }[] {
    const plain = reveal(inputs) as Properties;
    const failures = Object.entries(unsupported)
        .filter(([property]) => plain[property] !== undefined && plain[property] !== null && plain[property] !== "")
        .map(([property, reason]) => ({ property, reason: `this stand-in does not support ${property}: ${reason}` }));
    if (String(plain.enableServerSideApply) === "false") {
        const reason = "this stand-in changes objects by server-side apply alone; remove the setting";
        failures.push({ property: "enableServerSideApply", reason });
    }
    return failures;
}

/** Settings that decide which cluster is meant: another one means other objects. */
export function changesCluster(before: Properties, after: Properties): string[] {
    const old = reveal(before) as Properties;
    const now = reveal(after) as Properties;
    const differs = (key: string) => (old[key] ?? "") !== (now[key] ?? "");
    if (old.clusterIdentifier !== undefined || now.clusterIdentifier !== undefined) {
        return differs("clusterIdentifier") ? ["clusterIdentifier"] : [];
    }
    return ["context", "cluster"].filter(differs);
}
