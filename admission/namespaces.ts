import type { RuleContext } from "../rules";
import { pssLabelsPresent } from "../rules/pss-labels-present";
import { about } from "./cel";
import { object, Phrases } from "./phrases";
import { compiled, type Policy } from "./policy";

const PREFIX = "pod-security.kubernetes.io";
const namespace = (labels: Record<string, string>) => {
    const good = ["enforce", "warn", "audit"].flatMap((mode) => [
        [`${PREFIX}/${mode}`, "restricted"],
        [`${PREFIX}/${mode}-version`, "v1.1"],
    ]);
    const one = object("v1", "Namespace", {});
    one.metadata = { name: "name-1", labels: { ...Object.fromEntries(good), ...labels } };
    return one;
};

/** The Pod Security Standard that the platform's namespaces enforce. */
export function namespacePolicy(files: RuleContext["platformFiles"]): Policy {
    const phrases = new Phrases(files);
    const level = `variables.labels[?'${PREFIX}/' + mode].orValue('missing')`;
    const version = `variables.labels[?'${PREFIX}/' + mode + '-version'].orValue('missing')`;
    const mode = { [`${PREFIX}/enforce`]: `'${PREFIX}/' + mode` };
    const wrongLevel = phrases.of(pssLabelsPresent, namespace({ [`${PREFIX}/enforce`]: "baseline" }), {
        ...mode,
        "is baseline": `'is ' + ${level}`,
    });
    const wrongVersion = phrases.of(pssLabelsPresent, namespace({ [`${PREFIX}/enforce-version`]: "latest" }), {
        ...mode,
        "is latest": `'is ' + ${version}`,
    });
    const modes = "['enforce', 'warn', 'audit']";
    return {
        name: "namespaces",
        resources: [{ apiGroups: [""], resources: ["namespaces"], scope: "*" }],
        changed: "object.metadata.?labels != oldObject.metadata.?labels",
        variables: [{ name: "labels", expression: "object.metadata.?labels.orValue({})" }],
        rules: [
            compiled(
                pssLabelsPresent,
                about(
                    modes,
                    "i",
                    "mode",
                    `${level} != 'restricted' || !${version}.matches('^v1[.][0-9]+$')`,
                    `(${level} != 'restricted' ? ${wrongLevel} : ${wrongVersion})`,
                ),
            ),
        ],
    };
}
