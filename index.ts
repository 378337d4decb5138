/**
 * Brings a platform up from its flow matrix: settings → matrix → guard → platform → outputs.
 * The stack says which platform it is (`matrice:platform`).
 */
import { loadPlatform, platformFiles } from "./matrix";
import { currentStack, platformOf, run } from "./platforms";
import { registerGuard } from "./policies/transform";

export const { addresses, urls } = run(() => {
    const { folder, network, deploy } = platformOf(currentStack());
    const matrix = loadPlatform(folder);
    registerGuard({ matrix, network, files: platformFiles(folder) });
    return deploy(matrix);
});
