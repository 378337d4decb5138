/** The `kubernetes:yaml:decode` function: what `yaml.ConfigFile` and `yaml.ConfigGroup` read manifests with. */
import { parseAllDocuments } from "yaml";
import type { Value } from "../properties";
import { isRecord, list } from "./objects";

/**
 * The objects of a manifest of several documents; lists are opened, empty documents left out. Numbers and truth values
 * are read by YAML 1.1, as Kubernetes' own reader does (`0644` is a file mode, `yes` is true). Throws with the line.
 */
export function decodeYaml(text: string): Value[] {
    const documents = parseAllDocuments(text, {
        version: "1.1",
        // Kubernetes keeps dates and times of day as text.
        customTags: (tags) =>
            tags.filter((tag) => {
                const { tag: name, format } = tag as { tag?: string; format?: string };
                return name !== "tag:yaml.org,2002:timestamp" && format !== "TIME";
            }),
    });
    if (!Array.isArray(documents)) return [];
    return documents.flatMap((document) => {
        if (document.errors.length > 0) throw new Error(document.errors[0].message);
        const value = document.toJS() as Value;
        if (!isRecord(value)) return [];
        return typeof value.kind === "string" && value.kind.endsWith("List") && Array.isArray(value.items)
            ? [...list(value, "items")]
            : [value];
    });
}
