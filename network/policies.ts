import type { Matrix, ResolvedFlow, Role } from "../matrix";
import type { NetworkPolicy, NetworkPolicyPort } from "./kubernetes";
import { mergeRules, type PlannedRule } from "./merge";
import { contact, peerSpec } from "./peers";
import { portRanges, type PortSet } from "./ports";
import type { NetworkSettings } from "./settings";

/** The annotation of a generated policy that lists the ids of the flows it realises, one a line. */
export const FLOWS_ANNOTATION = "matrice.dev/flows";

/** The name of the policy that closes a namespace to everything that no other policy opens. */
export const DEFAULT_DENY = "default-deny";

/** What a role's policy opens, with the flows behind each rule. */
export interface PolicyPlan {
    readonly role: Role;
    readonly ingress: readonly PlannedRule[];
    readonly egress: readonly PlannedRule[];
    /** The flows that it realises, by id. */
    readonly flows: readonly ResolvedFlow[];
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What the policies of the platform's workloads open, by namespace and name. Throws SettingsError. */
export function planPolicies(matrix: Matrix, settings: NetworkSettings): PolicyPlan[] {
    return matrix.roles
        .filter((role) => role.kind === "workload")
        .sort((a, b) => byText(policyName(a), policyName(b)))
        .map((role) => {
            const incoming = matrix.flowsTo(role);
            const outgoing = matrix.flowsFrom(role);
            const flows = new Map([...incoming, ...outgoing].map((flow) => [flow.id, flow]));
            return {
                role,
                ingress: mergeRules(incoming.map((flow) => contact(flow, "ingress", settings))),
                egress: mergeRules(outgoing.map((flow) => contact(flow, "egress", settings))),
                flows: [...flows.values()].sort((a, b) => byText(a.id, b.id)),
            };
        });
}

function policyName({ workload }: Role): string {
    return `${workload!.namespace}/${workload!.name}`;
}

/**
 * The NetworkPolicies of a platform: default-deny in each of its namespaces, then one for each workload, by namespace
 * and name. The same documents and settings give the same objects. Throws SettingsError when a flow's end has no
 * addresses.
 */
export function policies(matrix: Matrix, settings: NetworkSettings): NetworkPolicy[] {
    const labels = {
        "app.kubernetes.io/managed-by": "matrice",
        "app.kubernetes.io/part-of": matrix.platform,
    };
    const plans = planPolicies(matrix, settings);
    const namespaces = new Set([...matrix.namespaces, ...plans.map(({ role }) => role.workload!.namespace)]);
    const deny = [...namespaces].sort(byText).map((namespace): NetworkPolicy => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: DEFAULT_DENY, namespace, labels },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    }));
    return [...deny, ...plans.map((plan) => policyOf(plan, labels))];
}

function policyOf({ role, ingress, egress, flows }: PolicyPlan, labels: Record<string, string>): NetworkPolicy {
    const annotations = { [FLOWS_ANNOTATION]: flows.map(({ id }) => id).join("\n") };
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: {
            name: role.workload!.name,
            namespace: role.workload!.namespace,
            labels,
            ...(flows.length === 0 ? {} : { annotations }),
        },
        spec: {
            podSelector: { matchLabels: { ...role.podLabels } },
            policyTypes: ["Ingress", "Egress"],
            ...(ingress.length === 0
                ? {}
                : { ingress: ingress.map(({ peer, ports }) => ({ from: peerSpec(peer), ports: portSpecs(ports) })) }),
            ...(egress.length === 0
                ? {}
                : { egress: egress.map(({ peer, ports }) => ({ to: peerSpec(peer), ports: portSpecs(ports) })) }),
        },
    };
}

function portSpecs(ports: PortSet): NetworkPolicyPort[] {
    return portRanges(ports).map(({ transport, from, to }) => ({
        protocol: transport,
        port: from,
        ...(to > from ? { endPort: to } : {}),
    }));
}
