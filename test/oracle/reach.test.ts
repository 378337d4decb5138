import fc from "fast-check";
import {
    hasPort,
    listConnections,
    NO_PORTS,
    parseAddress,
    reach,
    TRANSPORTS,
    type KubernetesObject,
    type Reach,
} from "../../network";
import { has } from "../../network/intervals";
import { analyze, canonical } from "./analyzer";
import { addresses, policySet, ports } from "./arbitrary-sets";
import { changed, features } from "./features";

const runs = 200;
const enough = 20;
const positions = addresses.map(parseAddress);
const cells = TRANSPORTS.flatMap((transport) => ports.map((port) => ({ transport, port })));

/** The verdicts on every pair of ends that the analyser judges, in an order that the policies do not change. */
function* verdicts(judged: Reach): Generator<boolean> {
    const classOf = new Map(judged.classes.flatMap((one) => one.workloads.map((name) => [name, one] as const)));
    const names = [...classOf.keys()].sort();
    for (const name of names) {
        const own = classOf.get(name)!;
        for (const other of names.filter((one) => one !== name)) {
            const between = judged.portsBetween(own, classOf.get(other)!);
            yield* cells.map(({ transport, port }) => hasPort(between, transport, port));
        }
        for (const outside of [judged.outside("ingress", own), judged.outside("egress", own)]) {
            for (const address of positions) {
                const open = outside.find((part) => has(part.addresses, address))?.ports ?? NO_PORTS;
                yield* cells.map(({ transport, port }) => hasPort(open, transport, port));
            }
        }
    }
}

test(`reach agrees with netpol-analyzer on ${runs} random IPv4 policy sets in which each feature decides verdicts`, () => {
    const seed = Date.now() & 0x7fffffff;
    const decided = new Map(features.map(({ name }) => [name, { allowed: 0, refused: 0 }]));
    let judgedVerdicts = 0;
    const agree = (objects: KubernetesObject[]) => {
        const judged = reach(objects);
        expect(canonical(listConnections(judged, { families: "IPv4" }))).toEqual(canonical(analyze(objects)));
        const actual = [...verdicts(judged)];
        judgedVerdicts += actual.length;
        for (const { name, closed, opened } of features) {
            const count = decided.get(name)!;
            const [without, within] = [closed, opened].map((change) => [...verdicts(reach(changed(objects, change)))]);
            actual.forEach((verdict, index) => {
                count.allowed += Number(verdict && !without[index]);
                count.refused += Number(!verdict && within[index]);
            });
        }
    };
    fc.assert(fc.property(policySet, agree), { seed, numRuns: runs });
    const summary = [...decided].map(([name, { allowed, refused }]) => `${name} ${allowed}/${refused}`).join(", ");
    process.stdout.write(`seed ${seed}: ${judgedVerdicts} verdicts; decided allowed/refused by ${summary}\n`);
    for (const [name, { allowed, refused }] of decided) {
        expect({ name, enough: allowed >= enough && refused >= enough }).toEqual({ name, enough: true });
    }
}, 300_000);
