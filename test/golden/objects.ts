import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { flatten, type KubernetesObject } from "../../network";

/** The Kubernetes objects that a stack registers, as its golden file (test/golden/<name>.yaml) has them. */
export function objectsOf(name: string): KubernetesObject[] {
    const text = readFileSync(join(__dirname, `${name}.yaml`), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject | null);
    return flatten(objects.filter((object): object is KubernetesObject => object?.apiVersion !== undefined));
}
