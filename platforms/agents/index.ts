import type { Platform } from "../platform";
import { agents } from "./platform";
import { readStack } from "./settings";

export const platform: Platform = (stack) => {
    const settings = readStack(stack);
    return { network: settings.network, deploy: (matrix, after) => agents(matrix, settings, after) };
};
