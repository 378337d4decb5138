import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Names of the scripts that MongoDB's pods run, as mounted from a ConfigMap. */
export type MongoDBScript = "keyfile.sh" | "init.sh" | "init.js";

/** A script as text; what it does and the environment it reads stand at its head. */
export function mongodbScript(name: MongoDBScript): string {
    return readFileSync(join(__dirname, name), "utf8");
}
