import { CONNECTED } from "../rules";
import type { KubernetesObject } from "../network";
import { roleKnown } from "../rules/role-known";
import { fact, rolesOf } from "./cel";
import type { Phrases } from "./phrases";
import type { Variable } from "./policy";

/** The role that `variables.labels` stand for, and what the parameters say of it. */
export const roleVariables: readonly Variable[] = [
    { name: "roles", expression: rolesOf("request.namespace", "variables.labels") },
    { name: "role", expression: "variables.roles.size() > 0 ? variables.roles[0] : ''" },
    { name: "title", expression: fact("variables.role", "name") },
    { name: "listening", expression: fact("variables.role", "listening") },
    { name: "listeners", expression: `${fact("variables.role", "listeners")}.split(',')` },
    { name: "edge", expression: `variables.role != '' && ${fact("variables.role", "edge")} == 'true'` },
];

/** Whether the request's role is known: other rules leave the rest to role-known. */
export const HAS_ROLE = "variables.role != ''";

/** What role-known says of labels; `example` makes an object with other ones, at `path`. */
export function unknownRole(
    phrases: Phrases,
    example: (labels: Record<string, string>) => KubernetesObject,
    [path, cel]: readonly [string, string],
): string {
    const known = "Its roles there are caller, edge and listener.";
    const parts = {
        [path]: cel,
        "of namespace namespace-1": "'of namespace ' + request.namespace",
        [known]: "params.data[request.namespace + '.known']",
    };
    const named = phrases.of(roleKnown, example({ "app.kubernetes.io/name": "nobody" }), {
        ...parts,
        "name: nobody": "'name: ' + variables.name",
        "workload: namespace-1/nobody": "'workload: ' + request.namespace + '/' + variables.name",
    });
    const unnamed = phrases.of(roleKnown, example({ other: "label" }), {
        ...parts,
        "workload: namespace-1/": "'workload: ' + request.namespace + '/'",
    });
    return `(variables.name == '' ? ${unnamed} : ${named})`;
}

/** The label that names a role, among `variables.labels`; empty where there is none. */
export const nameVariable: Variable = {
    name: "name",
    expression:
        "(variables.labels.filter(label, label.startsWith('app.kubernetes.io/name=')).map(label, label.split('=')[1]) + [''])[0]",
};

const connected = `variables.labels.filter(label, label.startsWith('${CONNECTED}=')).map(label, label.split('=')[1])`;

/** Whether the label that connects is missing or says otherwise, and its value as messages have it. */
export const isDisconnected = `!('${CONNECTED}=true' in variables.labels)`;
export const connectedFound = `(${connected}.size() == 0 ? 'missing' : '"' + ${connected}[0] + '"')`;
