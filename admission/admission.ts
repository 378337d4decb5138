import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RuleContext } from "../rules";
import { admissionObjects, type AdmissionArgs } from "./compile";
import { parseAdmissionSettings } from "./settings";

/**
 * Registers Admission unless the stack turns it off (`matrice:admission`); what is returned makes others come after it.
 * Throws SettingsError.
 */
export function registerAdmission(context: RuleContext): pulumi.ComponentResourceOptions {
    const settings = parseAdmissionSettings(new pulumi.Config().get("admission"), { stack: pulumi.getStack() });
    return settings.enabled ? { dependsOn: new Admission("admission", { ...context, settings }) } : {};
}

/**
 * Makes the cluster itself refuse what the matrix does not list, in the platform's namespaces: what is applied past
 * Pulumi is held to the same rules, in the same words. Nothing runs for it. The platform depends on it, so that its own
 * objects pass through it.
 */
export class Admission extends pulumi.ComponentResource {
    constructor(name: string, args: AdmissionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Admission", name, {}, opts);
        const [parameters, ...policies] = admissionObjects(args);
        const { name: called, namespace, labels } = parameters.metadata;
        const map = new k8s.core.v1.ConfigMap(
            `${name}-parameters`,
            { metadata: { name: called, namespace, labels }, immutable: true, data: parameters.data },
            { parent: this },
        );
        for (const { kind, metadata, spec } of policies) {
            const made = { metadata: { name: metadata.name, labels: metadata.labels }, spec };
            const suffix = metadata.name!.slice(args.matrix.platform.length + 1);
            if (kind === "ValidatingAdmissionPolicy") {
                new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(`${name}-${suffix}`, made, { parent: this });
            } else {
                // A binding without its parameters would refuse everything.
                new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(`${name}-${suffix}`, made, {
                    parent: this,
                    dependsOn: map,
                });
            }
        }
        this.registerOutputs();
    }
}
