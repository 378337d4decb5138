/**
 * Brings a platform up from its flow matrix: settings → matrix → guard → platform → outputs.
 * The stack says which platform it is (`matrice:platform`).
 */
import { loadPlatform, platformFiles } from "./matrix";
import { currentStack, platformOf, run } from "./platforms";
import { readLevels, registerGuard } from "./policies/transform";
import { loweredRules } from "./rules";

export const { addresses, urls, notes, lowered } = run(() => {
    const { folder, network, deploy } = platformOf(currentStack());
    const matrix = loadPlatform(folder);
    const levels = readLevels();
    registerGuard({ matrix, network, files: platformFiles(folder), levels });
    return { ...deploy(matrix), lowered: loweredRules(levels) };
});
