import { groupKind } from "./pods";
import { objectRule } from "./rule";

/** Groups of in-cluster appliers: each makes objects that neither the preview nor this pack sees. */
export const appliers: ReadonlySet<string> = new Set([
    "helm.sh/Release",
    "helm.toolkit.fluxcd.io/HelmRelease",
    "kustomize.toolkit.fluxcd.io/Kustomization",
    "argoproj.io/Application",
    "argoproj.io/ApplicationSet",
    "helm.cattle.io/HelmChart",
]);

/** Whether objects of a kind (`group/Kind`) are applied by somebody in the cluster. */
export const hides = (kind: string): boolean => appliers.has(kind);

/** Objects that others apply are invisible at preview, so nothing they open could be compared with the matrix. */
export const noHiddenObjects = objectRule(
    "no-hidden-objects",
    "No Helm releases or other bundles whose objects the preview cannot see.",
    (object, report) => {
        if (object.get("kind").text()?.endsWith("List")) {
            void object.get("items").value; // A known List is judged item by item, and never gets here.
        }
        if (hides(groupKind(object))) {
            report.refuse("the objects it makes are not seen at preview, so their ports cannot be compared.", [
                "Register its objects one by one, rendered beforehand at a pinned version.",
            ]);
        }
    },
);
