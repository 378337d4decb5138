import fc from "fast-check";
import { readDocument, readInventory, resolve, type Matrix } from "../../matrix";
import { parseNetworkSettings, policies, reach, TRANSPORTS } from "../../network";
import { reachText, rolePods, withoutEachRule } from "./role-pods";

const inventory = `
platform: small
namespaces: [one, two]
roles:
  A: { workload: one/a }
  B: { workload: one/b }
  C: { workload: two/c }
  All pods: { kind: group }
  DNS: { kind: service, workload: kube-system/dns, labels: { k8s-app: dns } }
  Clients: { kind: people, cidrs: clients }
  Staff: { kind: people, cidrs: staff }
  Partner: { kind: external, hosts: [partner.example], cidrs: partner }
  Mail: { kind: external, hosts: [mail.example] }
  Internet: { kind: internet }
  API server: { kind: controlPlane }
`;

const settings = parseNetworkSettings({
    people: { clients: ["0.0.0.0/0", "::/0"], staff: ["203.0.113.0/24", "2001:db8::/32"], partner: ["203.0.113.0/25"] },
    controlPlane: { cidrs: ["10.0.0.1/32"] },
});

/** Addresses on both sides of every edge, with the roles that have them as a source and as a destination. */
const everyone = ["Clients", "Mail", "Internet"];
const outside: Record<string, { source: string[]; destination: string[] }> = {
    "203.0.113.5": { source: [...everyone, "Staff", "Partner"], destination: [...everyone, "Staff", "Partner"] },
    "203.0.113.200": { source: [...everyone, "Staff"], destination: [...everyone, "Staff"] },
    "203.0.114.0": { source: everyone, destination: everyone },
    "2001:db8::1": { source: [...everyone, "Staff"], destination: [...everyone, "Staff"] },
    "2001:db9::1": { source: everyone, destination: everyone },
    "10.0.0.1": { source: [...everyone, "API server"], destination: ["Clients", "API server"] },
    "10.0.0.2": { source: everyone, destination: ["Clients"] },
    "100.64.0.1": { source: everyone, destination: ["Clients"] },
    "127.0.0.1": { source: everyone, destination: ["Clients"] },
    "169.254.169.254": { source: everyone, destination: ["Clients"] },
    "172.31.255.255": { source: everyone, destination: ["Clients"] },
    "192.168.1.1": { source: everyone, destination: ["Clients"] },
    "224.0.0.1": { source: everyone, destination: ["Clients"] },
    "fd00::1": { source: everyone, destination: ["Clients"] },
    "fe80::1": { source: everyone, destination: ["Clients"] },
    "ff02::1": { source: everyone, destination: ["Clients"] },
};
const numbers = [79, 80, 81, 442, 443, 444, 1000, 1500, 2000, 2001, 65535];

const name = fc.constantFrom(
    ...["A", "B", "C", "All pods", "DNS", "Clients", "Staff", "Partner", "Mail", "Internet", "API server"],
);
const rows = fc.array(
    fc.record({
        source: name,
        destination: name,
        ports: fc.constantFrom("80", "443", "80, 443", "1000-2000", "1500-2001", "81/UDP", "80/TCP-UDP"),
    }),
    { minLength: 1, maxLength: 12 },
);
type Row = { source: string; destination: string; ports: string };

function matrixOf(list: readonly Row[]): Matrix {
    const protocol = (ports: string) => ports.split("/")[1]?.replace("-", "/") ?? "TCP";
    const lines = list.map((row) => `|${row.source}|${row.destination}|${row.ports}|${protocol(row.ports)}|x|`);
    const text = ["|Source|Destination|Port|Protocol|Description|", "|-|-|-|-|-|", ...lines].join("\n");
    return resolve([readDocument(text, "small.md")], readInventory(inventory, "inventory.yaml"));
}
const matrix = rows.map(matrixOf);

test("the policies allow a connection of pods exactly when a flow does", () => {
    fc.assert(
        fc.property(matrix, (judgedMatrix) => {
            const judged = reach([...rolePods(judgedMatrix), ...policies(judgedMatrix, settings)]);
            const pods = ["A", "B", "C", "DNS"].map((one) => judgedMatrix.role(one));
            for (const from of pods) {
                for (const to of pods.filter(({ kind }) => from.kind === "workload" || kind === "workload")) {
                    for (const transport of TRANSPORTS) {
                        for (const port of numbers) {
                            const flow = judgedMatrix.flows.some(
                                (one) =>
                                    one.from === from &&
                                    one.to === to &&
                                    one.transport === transport &&
                                    one.ports.some((range) => range.from <= port && port <= range.to),
                            );
                            const [source, destination] = [from, to].map(({ workload, podLabels }) =>
                                judged.classOf(workload!.namespace, podLabels)!,
                            );
                            if (judged.allows(source, destination, transport, port) !== flow) {
                                throw new Error(`${from.name} → ${to.name} ${port}/${transport} should be ${flow}`);
                            }
                        }
                    }
                }
            }
        }),
        { numRuns: 150 },
    );
});

test("the policies allow a connection from or to an address outside exactly when a flow does", () => {
    fc.assert(
        fc.property(matrix, (judgedMatrix) => {
            const judged = reach([...rolePods(judgedMatrix), ...policies(judgedMatrix, settings)]);
            for (const pod of ["A", "B", "C"].map((one) => judgedMatrix.role(one))) {
                const own = judged.classOf(pod.workload!.namespace, pod.podLabels)!;
                for (const [address, roles] of Object.entries(outside)) {
                    for (const transport of TRANSPORTS) {
                        for (const port of numbers) {
                            const fits = (one: Matrix["flows"][number]) =>
                                one.transport === transport &&
                                one.ports.some((range) => range.from <= port && port <= range.to);
                            const incoming = judgedMatrix
                                .flowsTo(pod)
                                .some((one) => fits(one) && roles.source.includes(one.from.name));
                            const outgoing = judgedMatrix
                                .flowsFrom(pod)
                                .some((one) => fits(one) && roles.destination.includes(one.to.name));
                            if (
                                judged.allows(address, own, transport, port) !== incoming ||
                                judged.allows(own, address, transport, port) !== outgoing
                            ) {
                                throw new Error(`${address} and ${pod.name} ${port}/${transport}`);
                            }
                        }
                    }
                }
            }
        }),
        { numRuns: 150 },
    );
});

test("every rule of the policies is needed: without it something that could connect no longer can", () => {
    fc.assert(
        fc.property(matrix, (judgedMatrix) => {
            const generated = policies(judgedMatrix, settings);
            const pods = rolePods(judgedMatrix);
            const whole = reachText(reach([...pods, ...generated])).join("\n");
            for (const { where, policies: rest } of withoutEachRule(generated)) {
                if (reachText(reach([...pods, ...rest])).join("\n") === whole) {
                    throw new Error(`${where} changes nothing`);
                }
            }
        }),
        { numRuns: 60 },
    );
});

test("the order of the rows does not change the policies", () => {
    fc.assert(
        fc.property(
            rows.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
            ([list, shuffled]) => {
                const [some, others] = [list, shuffled].map(matrixOf);
                expect(policies(others, settings)).toEqual(policies(some, settings));
            },
        ),
    );
});
