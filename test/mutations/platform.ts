import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { flatten, type KubernetesObject } from "../../network";
import { loadContext } from "../../policies/settings";
import type { RuleContext } from "../../rules";

export const root = path.resolve(__dirname, "../..");

/** What the objects of stack dev are compared with, on a day of its own. */
export function devContext(): RuleContext {
    const urn = "urn:pulumi:dev::matrice::pulumi:pulumi:Stack::matrice-dev";
    return { ...loadContext(urn, root), on: new Date("2026-06-01T00:00:00Z") };
}

/** The Kubernetes objects that stack dev registers, as the golden file has them. */
export function devObjects(): KubernetesObject[] {
    const text = fs.readFileSync(path.join(root, "test/golden/e-chauffeur.dev.yaml"), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
    return flatten(objects.filter((object) => object?.apiVersion !== undefined));
}
