import * as path from "node:path";
import { loadContext } from "../../policies/settings";
import type { RuleContext } from "../../rules";
import { objectsOf } from "../golden/objects";

export const root = path.resolve(__dirname, "../..");

/** What the objects of a stack are compared with, on a day of its own. */
export function contextOf(stack: string): RuleContext {
    const urn = `urn:pulumi:${stack}::matrice::pulumi:pulumi:Stack::matrice-${stack}`;
    return { ...loadContext(urn, root), on: new Date("2026-06-01T00:00:00Z") };
}

export const devContext = () => contextOf("dev");
export const devObjects = () => objectsOf("e-chauffeur.dev");
