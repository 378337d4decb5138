import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { flatten, type KubernetesObject } from "../../network";
import { loadContext } from "../../policies/settings";
import type { RuleContext } from "../../rules";

export const root = path.resolve(__dirname, "../..");

/** What the objects of a stack are compared with, on a day of its own. */
export function contextOf(stack: string): RuleContext {
    const urn = `urn:pulumi:${stack}::matrice::pulumi:pulumi:Stack::matrice-${stack}`;
    return { ...loadContext(urn, root), on: new Date("2026-06-01T00:00:00Z") };
}

/** The Kubernetes objects that a stack registers, as its golden file has them. */
export function objectsOf(golden: string): KubernetesObject[] {
    const text = fs.readFileSync(path.join(root, `test/golden/${golden}.yaml`), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
    return flatten(objects.filter((object) => object?.apiVersion !== undefined));
}

export const devContext = () => contextOf("dev");
export const devObjects = () => objectsOf("e-chauffeur.dev");
