import type { Matrix, ResolvedFlow, Role } from "../matrix";
import { isByName, namedRules, namedSpec, type CiliumNetworkPolicy, type NamedRule } from "./cilium";
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
    /** Where the network plugin knows host names, what is open by name in place of addresses. */
    readonly byName: readonly NamedRule[];
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
            const byAddress = outgoing.filter((flow) => !isByName(flow, settings));
            const flows = new Map([...incoming, ...outgoing].map((flow) => [flow.id, flow]));
            return {
                role,
                ingress: mergeRules(incoming.map((flow) => contact(flow, "ingress", settings))),
                egress: mergeRules(byAddress.map((flow) => contact(flow, "egress", settings))),
                byName: namedRules(outgoing, settings),
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
    const labels = labelsOf(matrix);
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

/**
 * Where the stack says that Cilium is the network plugin, the policies that open other parties by their host names; the
 * NetworkPolicies then leave those flows out. Elsewhere none. Both together are what the documents come to. Throws
 * SettingsError when a role reaches names and no row lets it ask for their addresses.
 */
export function namedPolicies(matrix: Matrix, settings: NetworkSettings): CiliumNetworkPolicy[] {
    return planPolicies(matrix, settings)
        .filter(({ byName }) => byName.length > 0)
        .map(({ role, byName }): CiliumNetworkPolicy => ({
            apiVersion: "cilium.io/v2",
            kind: "CiliumNetworkPolicy",
            metadata: {
                name: role.workload!.name,
                namespace: role.workload!.namespace,
                labels: labelsOf(matrix),
                annotations: annotationsOf(byName.flatMap((rule) => rule.flows)),
            },
            spec: namedSpec(role, byName, matrix),
        }));
}

function labelsOf({ platform }: Matrix): Record<string, string> {
    return { "app.kubernetes.io/managed-by": "matrice", "app.kubernetes.io/part-of": platform };
}

function annotationsOf(flows: readonly ResolvedFlow[]): Record<string, string> {
    return { [FLOWS_ANNOTATION]: [...new Set(flows.map(({ id }) => id))].sort(byText).join("\n") };
}

function policyOf(plan: PolicyPlan, labels: Record<string, string>): NetworkPolicy {
    const { role, ingress, egress } = plan;
    const named = new Set(plan.byName.flatMap((rule) => rule.flows.map(({ id }) => id)));
    const flows = plan.flows.filter(({ id }) => !named.has(id));
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: {
            name: role.workload!.name,
            namespace: role.workload!.namespace,
            labels,
            ...(flows.length === 0 ? {} : { annotations: annotationsOf(flows) }),
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
