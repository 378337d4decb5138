import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { fixtures } from "../../../toolchain/cluster/fixtures";

const file = path.resolve(__dirname, "../../../toolchain/cluster/stages.yaml");

interface Stage {
    metadata: { name: string };
    spec: { resourceRef: { kind: string } };
}

describe("stages.yaml", () => {
    it("plays nodes and pods too: kwokctl leaves its own stages out when any is given", () => {
        const stages = parseAllDocuments(fs.readFileSync(file, "utf8")).map((document) => document.toJS() as Stage);
        expect(stages.map(({ metadata, spec }) => `${spec.resourceRef.kind} ${metadata.name}`)).toEqual([
            "Node node-initialize",
            "Node node-heartbeat",
            "Pod pod-ready",
            "Pod pod-complete",
            "Pod pod-delete",
            "Service load-balancer-address",
            "PersistentVolume volume-release",
        ]);
    });
});

describe("fixtures", () => {
    const of = (kind: string) => fixtures().items.filter((item) => item.kind === kind);

    it("have two nodes in two zones", () => {
        const zones = of("Node").map(
            (node) => (node.metadata as { labels: Record<string, string> }).labels["topology.kubernetes.io/zone"],
        );
        expect(new Set(zones).size).toBe(2);
    });

    it("offer every volume under the one class", () => {
        const [storageClass] = of("StorageClass").map((item) => (item.metadata as { name: string }).name);
        const classes = of("PersistentVolume").map(
            (item) => (item.spec as { storageClassName: string }).storageClassName,
        );
        expect(new Set(classes)).toEqual(new Set([storageClass]));
    });
});
