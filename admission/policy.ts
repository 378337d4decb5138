import { EXCEPTION, type ObjectRule } from "../rules";
import { text } from "./cel";

/** What a rule has against an object, as a CEL expression: its sentences in one text, empty when there are none. */
export interface CompiledRule {
    readonly rule: string;
    readonly expression: string;
}

/** A named part of a policy's expressions; one may use those before it. */
export interface Variable {
    readonly name: string;
    readonly expression: string;
}

export interface ResourceRule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly operations?: readonly string[];
    /** Namespaced when left out. */
    readonly scope?: "Namespaced" | "Cluster" | "*";
}

/** The policy of a group of kinds. */
export interface Policy {
    readonly name: string;
    readonly resources: readonly ResourceRule[];
    /** Whether an update changes what the rules read: what stood before is not refused again for a label or a finalizer. */
    readonly changed: string;
    /** Whether an exception is honoured past its day; false when left out. */
    readonly untimed?: string;
    readonly variables: readonly Variable[];
    readonly rules: readonly CompiledRule[];
}

export const compiled = (rule: ObjectRule, expression: string): CompiledRule => ({ rule: rule.name, expression });

/** Longer ones are dropped by the API server, which would leave a refusal without its reason. */
const MESSAGE_CHARACTERS = 4000;

/** `service-port-listed` → `servicePortListed`: a variable of CEL. */
const variableOf = (rule: string): string => rule.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const exception = (object: string) => `${object}.metadata.?annotations[?'${EXCEPTION}'].orValue('')`;

/**
 * A preview of Pulumi's, which writes nothing. The parameters in force are those of the rows as they were: held to them,
 * no preview of a new row would ever pass. The program and the pack judge a preview, by the rows as they will be; its
 * update brings the parameters before anything else.
 * https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
const PREVIEW = `request.?dryRun.orValue(false) && request.?options.?fieldManager.orValue('').startsWith('pulumi')`;

/** The spec of a ValidatingAdmissionPolicy. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
export function policySpec(policy: Policy, exceptions: readonly Variable[]) {
    const found = policy.rules.map(({ rule, expression }) => ({ name: variableOf(rule), expression }));
    const counted = policy.rules.map(({ rule }) => {
        const said = `variables.${variableOf(rule)}`;
        const sentence = `${text(`${rule}  `)} + ${said}`;
        return `(${said} == '' || ${text(rule)} in variables.exceptions ? '' : ${sentence})`;
    });
    return {
        // What can't be judged is refused: an expression that fails, parameters that are missing.
        failurePolicy: "Fail",
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: {
            matchPolicy: "Equivalent",
            resourceRules: policy.resources.map(({ apiGroups, resources, operations, scope }) => ({
                apiGroups: [...apiGroups],
                apiVersions: ["*"],
                operations: [...(operations ?? ["CREATE", "UPDATE"])],
                resources: [...resources],
                scope: scope ?? "Namespaced",
            })),
        },
        matchConditions: [
            {
                name: "changed",
                expression: `request.operation == 'CREATE' || (${policy.changed}) || ${exception("object")} != ${exception("oldObject")}`,
            },
            { name: "written", expression: `!(${PREVIEW})` },
        ],
        variables: [
            {
                name: "resource",
                expression: `request.kind.kind + ' ' + (has(object.metadata.namespace) ? object.metadata.namespace + '/' : '') + object.metadata.name`,
            },
            {
                name: "glass",
                expression:
                    "params.data['break-glass'] != '' && request.userInfo.?groups.orValue([]).exists(group, group == params.data['break-glass'])",
            },
            ...policy.variables,
            { name: "untimed", expression: policy.untimed ?? "false" },
            ...exceptions,
            ...found,
            { name: "refused", expression: `(${["''", ...counted].join(" + ")}).trim()` },
        ].map((variable) => ({ ...variable })),
        validations: [
            {
                // The glass stands in the expression and not among the conditions: a request that breaks it is judged, and
                // what it breaks is written into the audit log.
                expression: "variables.refused == '' || variables.glass",
                message: "The matrix does not allow this object.",
                messageExpression: `variables.refused.size() > ${MESSAGE_CHARACTERS} ? variables.refused.substring(0, ${MESSAGE_CHARACTERS}) + ' …' : variables.refused`,
                reason: "Forbidden",
            },
        ],
        auditAnnotations: [
            {
                key: "break-glass",
                valueExpression:
                    "variables.glass && variables.refused != '' ? request.userInfo.username + ' broke the glass: ' + variables.refused : ''",
            },
        ],
    };
}
