import { groupKind } from "./pods";
import { objectRule } from "./rule";

const prefix = "pod-security.kubernetes.io";

/**
 * Namespaces enforce, warn and audit the restricted Pod Security Standard at a pinned version: `latest` would change
 * under a cluster upgrade. https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export const pssLabelsPresent = objectRule(
    "pss-labels-present",
    "A namespace enforces, warns and audits the restricted Pod Security Standard at a pinned version.",
    (object, report) => {
        if (groupKind(object) !== "/Namespace") {
            return;
        }
        const labels = object.at("metadata", "labels");
        for (const mode of ["enforce", "warn", "audit"]) {
            report.attempt(() => {
                const level = labels.get(`${prefix}/${mode}`).text();
                const version = labels.get(`${prefix}/${mode}-version`).text() ?? "";
                if (level !== "restricted") {
                    report.refuse(`${prefix}/${mode} is ${level ?? "missing"}, not restricted.`, [
                        `Set the label ${prefix}/${mode}: restricted.`,
                    ]);
                } else if (!/^v1\.\d+$/.test(version)) {
                    report.refuse(`${prefix}/${mode}-version is ${version || "missing"}, not a pinned version.`, [
                        `Set the label ${prefix}/${mode}-version to the cluster's version, such as v1.35.`,
                    ]);
                }
            });
        }
    },
);
