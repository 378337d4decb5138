/**
 * Brings a platform up from its flow matrix: settings → matrix → guard → admission → platform → outputs.
 * The stack says which platform it is (`matrice:platform`).
 */
import { registerAdmission } from "./admission";
import { loadPlatform, platformFiles } from "./matrix";
import { currentStack, platformOf, run } from "./platforms";
import { readLevels, registerGuard } from "./policies/transform";
import { loweredRules } from "./rules";

export const { addresses, urls, notes, lowered } = run(() => {
    const { folder, network, deploy } = platformOf(currentStack());
    const matrix = loadPlatform(folder);
    const levels = readLevels();
    const files = platformFiles(folder);
    registerGuard({ matrix, network, files, levels });
    const admitted = registerAdmission({ matrix, network, platformFiles: files, levels });
    return { ...deploy(matrix, admitted), lowered: loweredRules(levels) };
});
