import { join } from "node:path";
import { differences, type KubernetesObject } from "../oracle";
import { root, type Subject } from "./subject";

const analyzer = join(root, ".tools/bin/netpol-analyzer");
const directions = ["ingress", "egress"] as const;
type Direction = (typeof directions)[number];

/** What can connect in the live cluster, by the judge that has nothing of this repository's. */
export function connectsAsWritten(subject: Subject): void {
    describe("the live cluster, read by netpol-analyzer", () => {
        let objects: KubernetesObject[];
        const dumps = join(root, ".tools/test", `dumps-${subject.stack}`);
        const found = (of: KubernetesObject[]) => differences(analyzer, of, subject.matrix, subject.addresses, dumps);

        beforeAll(async () => {
            objects = await subject.project.objects("ns,deploy,sts,job,cronjob,netpol");
        });

        it("connects exactly what the rows of matrix and annex say", () => {
            expect(found(objects).map(({ kind, row }) => `${kind} ${row}`)).toEqual([]);
        });

        it("names the row of any one rule that is taken away", () => {
            const silent: string[] = [];
            let taken = 0;
            // One rule of each role's policy at a time, and of one direction: what is missing at a role's end is that rule's.
            for (const direction of directions)
                for (let index = 0; ; index++) {
                    const cut = objects.filter((object) => rulesOf(object, direction).length > index);
                    if (cut.length === 0) break;
                    const changed = objects.map((object) =>
                        cut.includes(object) ? without(object, direction, index) : object,
                    );
                    const missing = found(changed).filter(({ kind }) => kind === "missing");
                    const ends = missing.flatMap(({ flows }) => flows.map(direction === "ingress" ? toPods : fromPods));
                    taken += cut.length;
                    silent.push(
                        ...cut
                            .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
                            .filter((role) => !ends.includes(role))
                            .map((role) => `${role} ${direction} ${index}`),
                    );
                }
            expect(silent).toEqual([]);
            expect(taken).toBeGreaterThan(40);
        });

        it("prints a connection that no row lists", () => {
            const { namespace, cache } = subject;
            const open = {
                apiVersion: "networking.k8s.io/v1",
                kind: "NetworkPolicy",
                metadata: { name: "open", namespace },
                spec: {
                    podSelector: { matchLabels: { "app.kubernetes.io/name": cache.name } },
                    policyTypes: ["Egress"],
                    egress: [
                        { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] },
                    ],
                },
            };
            expect(found([...objects, open]).map(({ row }) => row)).toEqual([
                `| ${namespace}/${cache.name} | outside | 443 | TCP |  (no row)`,
            ]);
        });
    });
}

function rulesOf({ kind, spec }: KubernetesObject, direction: Direction): unknown[] {
    return kind === "NetworkPolicy" ? ((spec?.[direction] ?? []) as unknown[]) : [];
}

function without(policy: KubernetesObject, direction: Direction, index: number): KubernetesObject {
    const rules = rulesOf(policy, direction).filter((_, each) => each !== index);
    return { ...policy, spec: { ...policy.spec, [direction]: rules } };
}

/** A role as its policy is called, `namespace/workload`. */
type Flow = ReturnType<typeof differences>[number]["flows"][number];
const toPods = ({ to }: Flow) => `${to.workload?.namespace}/${to.workload?.name}`;
const fromPods = ({ from }: Flow) => `${from.workload?.namespace}/${from.workload?.name}`;
