import { join } from "node:path";
import { loadPlatform, type ResolvedFlow, type Role } from "../../matrix";
import {
    parseNetworkSettings,
    planPolicies,
    policies,
    portRanges,
    portSet,
    reach,
    unitePorts,
    type NetworkSettings,
    type PodClass,
    type Reach,
} from "../../network";
import { NO_PORTS } from "../../network/ports";
import { rolePods, withoutEachRule } from "./role-pods";

const controlPlane = "192.0.2.10";

/** A platform with what a stack says of its addresses. */
const platforms: [string, NetworkSettings][] = [
    [
        "e-chauffeur",
        parseNetworkSettings({
            people: { clients: ["0.0.0.0/0", "::/0"], administrators: ["203.0.113.0/24"], nodes: ["10.20.0.0/24"] },
            controlPlane: { cidrs: [`${controlPlane}/32`] },
        }),
    ],
    [
        "agents",
        parseNetworkSettings({
            edge: "proxyProtocol",
            loadBalancerCidrs: ["10.100.0.0/24"],
            people: { nodes: ["10.20.0.0/24"] },
            controlPlane: { cidrs: [`${controlPlane}/32`] },
        }),
    ],
];

describe.each(platforms)("the policies of %s", (platform, settings) => {
    const matrix = loadPlatform(join(__dirname, "../../platforms", platform));
    const generated = policies(matrix, settings);
    const pods = rolePods(matrix);
    const judged = reach([...pods, ...generated]);
    const own = matrix.roles.filter(({ kind }) => kind === "workload");

    function classOf(judgement: Reach, role: Role): PodClass {
        return judgement.classOf(role.workload!.namespace, role.podLabels)!;
    }

    /** Stands for the other end of a flow: its pods, or an address that is the role's. */
    function end(judgement: Reach, role: Role): PodClass | string {
        if (role.workload !== undefined) {
            return classOf(judgement, role);
        }
        const addresses: Partial<Record<Role["kind"], string>> = {
            controlPlane,
            people: "203.0.113.7",
            nodes: "10.20.0.9",
            loadBalancer: "10.100.0.5",
        };
        return addresses[role.kind] ?? "198.41.0.4";
    }

    function holds(judgement: Reach, flow: ResolvedFlow): boolean {
        const [source, destination] = [end(judgement, flow.from), end(judgement, flow.to)];
        return flow.ports.every(({ from, to }) =>
            [from, to].every((port) => judgement.allows(source, destination, flow.transport, port)),
        );
    }

    test("between pods the policies allow the flows of matrix and annex and nothing else", () => {
        const roles = matrix.roles.filter(({ workload }) => workload !== undefined);
        for (const source of roles) {
            for (const destination of roles.filter(({ kind }) => source.kind === "workload" || kind === "workload")) {
                const flows = matrix.flowsTo(destination).filter(({ from }) => from === source);
                const written = unitePorts(NO_PORTS, ...flows.map((flow) => portSet(flow.transport, flow.ports)));
                const allowed = judged.portsBetween(classOf(judged, source), classOf(judged, destination));
                expect([source.name, destination.name, portRanges(allowed)]).toEqual([
                    source.name,
                    destination.name,
                    portRanges(written),
                ]);
            }
        }
    });

    test("every flow with a pod at an end is allowed", () => {
        expect(matrix.flows.filter((flow) => !holds(judged, flow)).map(({ id }) => id)).toEqual([]);
    });

    test("from and to the outside the policies open the ports of the flows with an end there and no others", () => {
        for (const role of own) {
            for (const direction of ["ingress", "egress"] as const) {
                const flows = direction === "ingress" ? matrix.flowsTo(role) : matrix.flowsFrom(role);
                const outside = flows.filter(
                    ({ from, to }) => (direction === "ingress" ? from : to).workload === undefined,
                );
                const written = unitePorts(NO_PORTS, ...outside.map((flow) => portSet(flow.transport, flow.ports)));
                const open = judged.outside(direction, classOf(judged, role)).map(({ ports }) => ports);
                expect([role.name, portRanges(unitePorts(NO_PORTS, ...open))]).toEqual([
                    role.name,
                    portRanges(written),
                ]);
            }
        }
    });

    test.each(["10.1.2.3", "10.100.0.5", "169.254.169.254", "192.168.0.1", "fd00::1"])(
        "no pod can reach %s",
        (address) => {
            const reaching = own.filter((role) =>
                judged
                    .outside("egress", classOf(judged, role))
                    .some(({ ports }) =>
                        portRanges(ports).some(({ transport, from }) =>
                            judged.allows(classOf(judged, role), address, transport, from),
                        ),
                    ),
            );
            expect(reaching.map(({ name }) => name)).toEqual([]);
        },
    );

    test("only the control plane's own address is opened on its port", () => {
        const certManager = classOf(judged, matrix.role("cert-manager"));
        const port = matrix.port("cert-manager", "Cluster (control plane kubernetes)");
        expect(judged.allows(certManager, controlPlane, "TCP", port)).toBe(true);
        expect(judged.allows(certManager, "192.0.2.11", "TCP", port)).toBe(false);
    });

    test("without any single rule some flow is closed, and the plan names it among the rule's", () => {
        const plans = planPolicies(matrix, settings);
        const rules = plans.flatMap(({ role, ingress, egress }) =>
            [...ingress.entries()]
                .map(([index, rule]) => ({ where: `ingress[${index}]`, rule }))
                .concat([...egress.entries()].map(([index, rule]) => ({ where: `egress[${index}]`, rule })))
                .map(({ where, rule }) => ({
                    where: `${role.workload!.namespace}/${role.workload!.name} ${where}`,
                    rule,
                })),
        );
        for (const { where, policies: rest } of withoutEachRule(generated)) {
            const without = reach([...pods, ...rest]);
            const closed = matrix.flows.filter((flow) => !holds(without, flow)).map(({ id }) => id);
            const planned = rules.find((rule) => rule.where === where)!.rule.flows.map(({ id }) => id);
            expect([where, closed.length > 0]).toEqual([where, true]);
            expect([where, planned]).toEqual([where, expect.arrayContaining(closed)]);
        }
    });

    test("taking away a row changes the policies of its ends in the cluster and no others", () => {
        const texts = new Map(
            generated.map((policy) => [`${policy.metadata.namespace}/${policy.metadata.name}`, policy]),
        );
        for (const { id, from, to } of matrix.flows) {
            const ends = [from, to].filter(({ kind }) => kind === "workload");
            const listing = [...texts].filter(([, policy]) =>
                policy.metadata.annotations?.["matrice.dev/flows"].split("\n").includes(id),
            );
            expect([id, listing.map(([name]) => name).sort()]).toEqual([
                id,
                [...new Set(ends.map(({ workload }) => `${workload!.namespace}/${workload!.name}`))].sort(),
            ]);
        }
    });
});
