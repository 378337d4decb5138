import { existsSync, readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";

type Definition = k8s.types.input.apiextensions.v1.CustomResourceDefinition & { metadata: { name: string } };

/**
 * Registers the CustomResourceDefinitions of a file one by one, so that a preview, a rule and a golden file see each.
 * Throws ResourceError when the file is not there.
 */
export class Definitions extends pulumi.ComponentResource {
    constructor(name: string, args: { readonly file: string }, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Definitions", name, {}, opts);
        if (!existsSync(args.file)) {
            throw new pulumi.ResourceError(
                `${args.file} is missing: it holds the definitions of cert-manager's kinds.\n  Run: make up`,
                this,
            );
        }
        for (const definition of readDefinitions(readFileSync(args.file, "utf8"))) {
            new k8s.apiextensions.v1.CustomResourceDefinition(`${name}-${definition.metadata.name}`, definition, {
                parent: this,
            });
        }
        this.registerOutputs();
    }
}

/**
 * The definitions of a JSON list (as the toolchain keeps them) or of a stream of YAML documents (as cert-manager releases
 * them). Throws an Error for a document of another kind.
 */
export function readDefinitions(text: string): Definition[] {
    const documents = text.startsWith("[")
        ? (JSON.parse(text) as (Definition | null)[])
        : parseAllDocuments(text).map((document) => document.toJS() as Definition | null);
    return documents
        .filter((document) => document !== null)
        .map((document) => {
            if (document.kind !== "CustomResourceDefinition") {
                throw new Error(`A ${document.kind} stands among the definitions: only definitions belong there.`);
            }
            return document;
        });
}
