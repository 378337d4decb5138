import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { configMap } from "../secrets";
import type { Role } from "../../matrix";

/** Scripts of jobs/ that are mounted as they are. What each does and the environment it reads stand at its head. */
export type JobScript =
    | "cleanup/cleanup.js"
    | "drill/counts.js"
    | "drill/database.sh"
    | "exchange/call.sh"
    | "exchange/job.sh"
    | "exchange/serve.sh"
    | "postgresql/counts.sh"
    | "postgresql/dump.sh"
    | "postgresql/restore.sh"
    | "postgresql/scratch.sh";

const folder = join(__dirname, "..", "..", "jobs");

/** The files of a ConfigMap, each under its name alone. */
export function scriptFiles(scripts: readonly JobScript[]): Record<string, string> {
    return Object.fromEntries(
        scripts.map((script) => [script.slice(script.indexOf("/") + 1), readFileSync(join(folder, script), "utf8")]),
    );
}

/** What a ConfigMap holds at most, and its other fields are small. https://kubernetes.io/docs/concepts/configuration/configmap/ */
const LARGEST = 1024 * 1024;

/** The file's name in the ConfigMap. */
export const BUNDLE_FILE = "jobs.js";

/**
 * Creates the ConfigMap with the bundle of all jobs, which every job of a namespace mounts.
 * @param file of the bundle, as `node toolchain/bundle.js jobs` makes it
 * @throws RunError when it isn't there or is too large
 */
export function jobBundle(
    name: string,
    role: Role,
    file: string,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch {
        throw new pulumi.RunError(`The jobs' bundle ${file} is not there. Run: node toolchain/bundle.js jobs`);
    }
    if (Buffer.byteLength(text) > LARGEST)
        throw new pulumi.RunError(`The jobs' bundle ${file} is larger than the 1 MiB that a ConfigMap holds.`);
    return configMap(name, role, { [BUNDLE_FILE]: text }, opts);
}
