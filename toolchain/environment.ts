import * as path from "node:path";
import { clusterNamed } from "./cluster/cluster";
import { binFolder, pulumiHome, root, stateFolder } from "./paths";
import { standInsInForce } from "./tools/plugins";

/** The stack of the embedded cluster. Every other stack is somebody's real cluster, with settings of its own. */
export const devStack = "dev";

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
 * What the dev stack needs besides: its own state and cluster. The passphrase is a fixed word because what it protects,
 * random passwords of a cluster in which nothing runs, is thrown away with it.
 */
export function devVariables(): Record<string, string> {
    return {
        PULUMI_BACKEND_URL: devBackend,
        PULUMI_CONFIG_PASSPHRASE: "dev",
        KUBECONFIG: clusterNamed(devStack).kubeconfig,
    };
}

/** Where the dev stack's state is; no other stack belongs there. */
export const devBackend = `file://${stateFolder}`;

/** The environment of a Pulumi command on a stack. Settings of other stacks come from the caller's own environment. */
export function stackEnvironment(stack: string): NodeJS.ProcessEnv {
    // The pack is given on the command line.
    const { PULUMI_OPTION_POLICY_PACK: _, ...own } = process.env;
    return { ...own, ...toolVariables(), ...(stack === devStack ? devVariables() : {}) };
}

/** What `make env` prints. */
export function exportedVariables(): Record<string, string> {
    return { ...toolVariables(), ...devVariables(), PULUMI_OPTION_POLICY_PACK: policyPack };
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
