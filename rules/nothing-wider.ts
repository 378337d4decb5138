import type { Role } from "../matrix";
import {
    coversPorts,
    formatPorts,
    noPorts,
    NO_PORTS,
    PolicyError,
    podsOf,
    portRanges,
    portSet,
    reach,
    subtractPorts,
    toCidrs,
    unitePorts,
    type AddressSet,
    type End,
    type KubernetesObject,
    type PodClass,
    type PortSet,
} from "../network";
import { difference } from "../network/intervals";
import { rulesOf } from "./allowed-peers";
import { defaultDenyPresent } from "./default-deny-present";
import { rowToAdd } from "./listeners";
import { networkPolicyListed } from "./network-policy-listed";
import { Report, type Finding, type RuleContext, type StackRule } from "./rule";

/**
 * What all policies and pods of the stack together let connect is no more than the matrix lists. It sees what no rule
 * about one object can: labels that put a pod under a second role's policy. What one policy opens by itself is
 * network-policy-listed's, and is left out here.
 */
export const nothingWider: StackRule = {
    name: "nothing-wider",
    description: "All policies together let nothing connect that the matrix does not list.",
    check(objects, context) {
        // Without default-deny everything connects to everything: that rule says it once.
        if (defaultDenyPresent.check(objects, context).length > 0) {
            return [];
        }
        try {
            return [...reach(soundObjects(objects, context)).connections()].flatMap(({ source, destination, ports }) =>
                checkConnection(source, destination, ports, context),
            );
        } catch (error) {
            if (!(error instanceof PolicyError)) {
                throw error;
            }
            const report = new Report(nothingWider.name, "Stack");
            report.refuse(error.message);
            return report.findings;
        }
    },
};

/** Objects less those that a rule about one object has found: policies that open more by themselves, pods of nodes. */
export function soundObjects(objects: KubernetesObject[], context: RuleContext): KubernetesObject[] {
    return objects.filter(
        (object) => networkPolicyListed.check(object, context).length === 0 && !onNodesNetwork(object),
    );
}

/** Pods that no policy holds are no-host-port's. */
const onNodesNetwork = (object: KubernetesObject) => podsOf([object]).some(({ hostNetwork }) => hostNetwork);

function checkConnection(source: End, destination: End, ports: PortSet, context: RuleContext): Finding[] {
    if ("pods" in source && "pods" in destination) {
        return checkPods(source.pods, destination.pods, ports, context);
    }
    const [pods, addresses, side] =
        "pods" in source
            ? ([source.pods, (destination as { addresses: AddressSet }).addresses, "egress"] as const)
            : ([(destination as { pods: PodClass }).pods, source.addresses, "ingress"] as const);
    const role = roleOf(pods, context);
    const rules = role ? rulesOf(context, role, side) : [];
    return portRanges(ports).flatMap((range) => {
        const one = portSet(range.transport, [range]);
        const allowed = rules.flatMap((rule) =>
            "blocks" in rule.peer && coversPorts(rule.ports, one) ? [rule.peer.addresses] : [],
        );
        const rest = allowed.reduce((left, part) => difference(left, part), addresses);
        if (rest.length === 0) {
            return [];
        }
        const cidrs = toCidrs(rest);
        const name = `${cidrs.slice(0, 3).join(", ")}${cidrs.length > 3 ? ` and ${cidrs.length - 3} more` : ""}`;
        const own = role?.name ?? nameOf(pods);
        const [from, to] = side === "ingress" ? [name, own] : [own, name];
        return finding(pods, from, to, one, context, {
            source: side === "egress" ? role?.name : undefined,
            destination: side === "ingress" ? role?.name : undefined,
        });
    });
}

function checkPods(source: PodClass, destination: PodClass, ports: PortSet, context: RuleContext): Finding[] {
    const from = roleOf(source, context);
    const to = roleOf(destination, context);
    const flows = from && to ? context.matrix.flowsFrom(from).filter((flow) => flow.to === to) : [];
    const allowed = unitePorts(NO_PORTS, ...flows.map((flow) => portSet(flow.transport, flow.ports)));
    const rest = subtractPorts(ports, allowed);
    return noPorts(rest)
        ? []
        : finding(destination, from?.name ?? nameOf(source), to?.name ?? nameOf(destination), rest, context, {
              source: from?.name,
              destination: to?.name,
          });
}

function finding(
    about: PodClass,
    source: string,
    destination: string,
    ports: PortSet,
    context: RuleContext,
    row: { source?: string; destination?: string },
): Finding[] {
    const report = new Report(nothingWider.name, nameOf(about));
    const text = formatPorts(ports);
    const [range] = portRanges(ports);
    report.refuse(
        `all policies together let ${source} connect to ${destination} on ${text}, which is not in the matrix.`,
        [rowToAdd(context, { ...row, ...range })],
        { role: row.destination ?? row.source, port: text },
    );
    return report.findings;
}

const roleOf = ({ pods: [pod] }: PodClass, { matrix }: RuleContext): Role | undefined =>
    matrix.roleOfPod(pod.namespace, pod.labels);

const nameOf = ({ pods: [pod] }: PodClass): string => pod.workload;
