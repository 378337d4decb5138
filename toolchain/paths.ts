import * as path from "node:path";

/** The repository: this file's parent folder, bundled (dist/) or not (toolchain/). */
export const root = path.resolve(__dirname, "..");

/** Where everything obtained or made at run time lives; ignored by git, safe to delete. */
export const toolsFolder = path.join(root, ".tools");

export const binFolder = path.join(toolsFolder, "bin");
export const pulumiHome = path.join(toolsFolder, "pulumi-home");
export const stateFolder = path.join(toolsFolder, "state");
export const clustersFolder = path.join(toolsFolder, "clusters");
/** Object storages, each with its data and keys. */
export const storagesFolder = path.join(toolsFolder, "storage");
export const goFolder = path.join(root, "toolchain", "go");

/** The CustomResourceDefinitions of cert-manager as one JSON list, read by the program and by tests. */
export const certManagerCrds = path.join(toolsFolder, "cert-manager", "crds.json");

/** Everything else that cert-manager's chart comes to, as one JSON list. */
export const certManagerChart = path.join(toolsFolder, "cert-manager", "chart.json");

/** Path below the repository for messages: shorter, and the same on every machine. */
export function display(file: string): string {
    const relative = path.relative(root, file);
    return relative.startsWith("..") ? file : relative;
}
