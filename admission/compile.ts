import { createHash } from "node:crypto";
import type { KubernetesObject } from "../network";
import type { RuleContext } from "../rules";
import { exceptions } from "./exceptions";
import { namespacePolicy } from "./namespaces";
import { networkPolicyPolicy } from "./network-policies";
import { parameters } from "./parameters";
import { podPolicy } from "./pods";
import { policySpec, type Policy } from "./policy";
import { endpointPolicy, routePolicy } from "./routes";
import { servicePolicy } from "./services";
import type { AdmissionSettings } from "./settings";

/** Where the parameters stand: who may write there could let anything in, so it is no namespace of the platform. */
export const PARAMETERS_NAMESPACE = "kube-system";

/** What admission is compiled from. */
export interface AdmissionArgs extends RuleContext {
    readonly settings: AdmissionSettings;
}

/** The policies of a platform, one a group of kinds. A rule that the stack lowers (`matrice:policies`) stops nothing here either. */
export function policiesOf({ platformFiles, network, levels = {} }: RuleContext): Policy[] {
    const wrong = exceptions(platformFiles);
    return [
        podPolicy(platformFiles),
        servicePolicy(platformFiles),
        networkPolicyPolicy(platformFiles),
        endpointPolicy(platformFiles),
        routePolicy(platformFiles, network.cni),
        namespacePolicy(platformFiles),
    ].map((policy) => ({
        ...policy,
        rules: [...policy.rules, wrong.rule].filter(({ rule }) => (levels[rule] ?? "mandatory") === "mandatory"),
    }));
}

/**
 * The objects that make the API server refuse what the matrix does not list: one ConfigMap with the matrix, and a
 * ValidatingAdmissionPolicy with its binding a group of kinds. Bindings reach the platform's namespaces alone.
 */
export function admissionObjects(args: AdmissionArgs): KubernetesObject[] {
    const { matrix, platformFiles } = args;
    const data = parameters(args, args.settings);
    const labels = { "app.kubernetes.io/part-of": matrix.platform, "app.kubernetes.io/managed-by": "matrice" };
    const { variables } = exceptions(platformFiles);
    // Another matrix has another name: bindings change over while the old parameters are there, so none is ever without.
    const digest = createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 10);
    const parameterMap: KubernetesObject = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `${matrix.platform}-admission-${digest}`, namespace: PARAMETERS_NAMESPACE, labels },
        immutable: true,
        data,
    };
    const policies = policiesOf(args).flatMap((policy) => {
        const name = `${matrix.platform}-${policy.name}`;
        return [
            {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingAdmissionPolicy",
                metadata: { name, labels },
                spec: policySpec(policy, variables),
            },
            {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingAdmissionPolicyBinding",
                metadata: { name, labels },
                spec: {
                    policyName: name,
                    paramRef: {
                        name: parameterMap.metadata.name,
                        namespace: PARAMETERS_NAMESPACE,
                        parameterNotFoundAction: "Deny",
                    },
                    validationActions: ["Deny", "Audit"],
                    matchResources: {
                        matchPolicy: "Equivalent",
                        namespaceSelector: {
                            matchExpressions: [
                                {
                                    key: "kubernetes.io/metadata.name",
                                    operator: "In",
                                    values: [...matrix.namespaces],
                                },
                            ],
                        },
                    },
                },
            },
        ] as KubernetesObject[];
    });
    return [parameterMap, ...policies];
}
