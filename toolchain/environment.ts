import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { clusterNamed } from "./cluster/cluster";
import { binFolder, pulumiHome, root, stateFolder } from "./paths";
import { standInsInForce } from "./tools/plugins";

/** The stack that is meant when none is named. */
export const devStack = "dev";

/**
 * Whether a stack is of an embedded cluster of its own: dev, and those whose settings name the context that such a
 * cluster has (`matrice-<stack>`).
 */
export function isEmbedded(stack: string, folder = root): boolean {
    return stack === devStack || contextOf(stack, folder) === clusterNamed(stack).context;
}

/** The Kubernetes context that a stack's settings name. */
export function contextOf(stack: string, folder = root): unknown {
    const file = path.join(folder, `Pulumi.${stack}.yaml`);
    if (!fs.existsSync(file)) return undefined;
    const settings = parse(fs.readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
    return settings?.config?.["kubernetes:context"];
}

/** CrossGuard's pack, enforced by every preview and up. */
export const policyPack = path.join(root, "policies");

/** What any stack needs so that Pulumi uses the tools in force here. */
export function toolVariables(): Record<string, string> {
    return {
        PATH: `${binFolder}${path.delimiter}${withoutBinFolder(process.env.PATH ?? "")}`,
        PULUMI_HOME: pulumiHome,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // A stand-in goes by the official plugin's version: the engine must neither look for another nor ask the registry.
        ...(standInsInForce()
            ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_DISABLE_REGISTRY_RESOLVE: "true" }
            : {}),
    };
}

/**
 * What a stack of an embedded cluster needs besides: its own state and cluster. The passphrase is a fixed word because what it protects,
 * random passwords of a cluster in which nothing runs, is thrown away with it.
 */
export function devVariables(stack = devStack): Record<string, string> {
    return {
        PULUMI_BACKEND_URL: devBackend,
        PULUMI_CONFIG_PASSPHRASE: "dev",
        KUBECONFIG: clusterNamed(stack).kubeconfig,
    };
}

/** Where the states of embedded clusters' stacks are; no other stack belongs there. */
export const devBackend = `file://${stateFolder}`;

/** The environment of a Pulumi command on a stack. Settings of other stacks come from the caller's own environment. */
export function stackEnvironment(stack: string): NodeJS.ProcessEnv {
    // The pack is given on the command line.
    const { PULUMI_OPTION_POLICY_PACK: _, ...own } = process.env;
    return { ...own, ...toolVariables(), ...(isEmbedded(stack) ? devVariables(stack) : {}) };
}

/** What `make env` prints. */
export function exportedVariables(stack = devStack): Record<string, string> {
    return { ...toolVariables(), ...devVariables(stack), PULUMI_OPTION_POLICY_PACK: policyPack };
}

/** Lines for a POSIX shell to evaluate. */
export function exportLines(variables: Record<string, string>): string {
    return Object.entries(variables)
        .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
        .join("");
}

function withoutBinFolder(searchPath: string): string {
    return searchPath
        .split(path.delimiter)
        .filter((folder) => folder !== binFolder)
        .join(path.delimiter);
}
