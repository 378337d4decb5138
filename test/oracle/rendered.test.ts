import { readFileSync } from "node:fs";
import { join } from "node:path";
import { objectsOf, readGolden } from "../../cli/golden";
import { listConnections, reach, type KubernetesObject } from "../../network";
import { analyze, canonical } from "./analyzer";

const WHAT_COUNTS = ["Namespace", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "NetworkPolicy"];

/** The objects that decide what connects, IPv6 left out: the analyser reads an IPv6 block as one of IPv4. */
function judged(stack: string): KubernetesObject[] {
    const text = readFileSync(join(__dirname, "../golden", `e-chauffeur.${stack}.yaml`), "utf8");
    return objectsOf(readGolden(text))
        .filter(({ kind }) => WHAT_COUNTS.includes(kind))
        .map((object) => (object.kind === "NetworkPolicy" ? ipv4Only(object) : object));
}

interface Peer {
    ipBlock?: { cidr: string };
}

function ipv4Only(object: KubernetesObject): KubernetesObject {
    const keep = (side: "from" | "to", rules: Record<string, Peer[]>[] = []) =>
        rules.flatMap((rule) => {
            const peers = rule[side]?.filter(({ ipBlock }) => !ipBlock?.cidr.includes(":"));
            return peers?.length === 0 ? [] : [{ ...rule, ...(peers && { [side]: peers }) }];
        });
    const { ingress, egress, ...spec } = object.spec;
    return { ...object, spec: { ...spec, ingress: keep("from", ingress), egress: keep("to", egress) } };
}

test.each(["dev", "prod"])(
    "netpol-analyzer lists the connections of e-chauffeur's stack %s that reach does",
    (stack) => {
        const objects = judged(stack);
        const listed = canonical(listConnections(reach(objects), { families: "IPv4" }));
        expect(listed.length).toBeGreaterThan(40);
        expect(listed).toEqual(canonical(analyze(objects)));
    },
);
