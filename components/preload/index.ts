import { readFileSync } from "node:fs";
import { join } from "node:path";

/** File name under which the preload is mounted in the applications' pods. */
export const PRELOAD_FILE = "preload.js";

/**
 * The preload as JavaScript source, for a ConfigMap: plain text that Node.js loads by `NODE_OPTIONS=--require`.
 * What it does and its settings stand at the head of preload.js.
 */
export function preloadSource(): string {
    return readFileSync(join(__dirname, PRELOAD_FILE), "utf8");
}

/** The environment variables that make an application use the preload. */
export interface PreloadSettings {
    /** Folder in which the preload is mounted. */
    readonly folder: string;
    /** The API's public host, such as api.example.org. */
    readonly host: string;
    /** The API's Service: a name in the cluster and the port of the row App → API. */
    readonly service: { readonly host: string; readonly port: number };
}

export function preloadEnvironment(settings: PreloadSettings): Record<string, string> {
    return {
        NODE_OPTIONS: `--require=${settings.folder}/${PRELOAD_FILE}`,
        MATRICE_API_HOST: settings.host,
        MATRICE_API_SERVICE: `http://${settings.service.host}:${settings.service.port}`,
    };
}
