import fc from "fast-check";
import { hasPort, reach, type Connection, type PodClass, TRANSPORTS } from "../../network";
import { has } from "../../network/intervals";
import { parseAddress } from "../../network/addresses";
import { addresses, cluster, ports } from "./arbitrary-objects";
import { naiveAllows, naivePod } from "./naive-judge";

/** Connections as a lookup: what the list says about two ends. */
function listed(connections: Connection[], source: PodClass | string, destination: PodClass | string) {
    const is = (end: Connection["source"], wanted: PodClass | string) =>
        typeof wanted === "string"
            ? "addresses" in end && has(end.addresses, parseAddress(wanted))
            : "pods" in end && end.pods === wanted;
    return connections.filter((one) => is(one.source, source) && is(one.destination, destination));
}

test("reach says of every pair of ends, transport and port what a judge of single connections says", () => {
    fc.assert(
        fc.property(cluster, ({ pods, others }) => {
            const objects = [...others, ...pods];
            const judged = reach(objects);
            const connections = [...judged.connections()];
            const classOf = (name: string) =>
                judged.classes.find(({ workloads }) => workloads.some((workload) => workload.endsWith(`/${name}`)))!;
            const ends = [
                ...pods.map((pod) => ({ naive: naivePod(pod), judged: classOf(pod.metadata.name!) })),
                ...addresses.map((address) => ({ naive: address, judged: address })),
            ];
            for (const source of ends) {
                for (const destination of ends) {
                    if (typeof source.naive === "string" && typeof destination.naive === "string") {
                        continue;
                    }
                    const list = listed(connections, source.judged, destination.judged);
                    for (const transport of TRANSPORTS) {
                        for (const port of ports) {
                            const expected = naiveAllows(objects, source.naive, destination.naive, transport, port);
                            const answers = [
                                judged.allows(source.judged, destination.judged, transport, port),
                                list.some((one) => hasPort(one.ports, transport, port)),
                            ];
                            if (answers.some((answer) => answer !== expected)) {
                                throw new Error(
                                    `expected ${expected}, got ${answers.join(" and ")} for ${port}/${transport} ` +
                                        JSON.stringify([source.naive, destination.naive]),
                                );
                            }
                        }
                    }
                }
            }
        }),
        { numRuns: 200 },
    );
});

test("every pod is in exactly one class", () => {
    fc.assert(
        fc.property(cluster, ({ pods, others }) => {
            const named = reach([...others, ...pods]).classes.flatMap(({ workloads }) => workloads);
            expect(named.sort()).toEqual(
                pods.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`).sort(),
            );
        }),
    );
});
