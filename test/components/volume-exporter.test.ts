import { components } from "./observability/components";
import { watchedMatrix, withVolume } from "./observability/watched-matrix";
import { object, objects, render } from "./render";

const image = "node-exporter:1";

async function rendered(matrix = withVolume(), volumeExporterImage: string | undefined = image) {
    const { resources } = await render(() => components.loki(matrix, { volumeExporterImage }));
    const all = objects(resources);
    return { all, containers: object(all, "StatefulSet", "loki").spec.template.spec.containers };
}

describe("What says how full a volume is", () => {
    it("listens on the port of its row, beside the program whose volume it is", async () => {
        const { all, containers } = await rendered();
        expect(containers.map(({ name }: { name: string }) => name)).toEqual(["loki", "volume-exporter"]);
        expect(containers[1].ports).toEqual([{ name: "volumes", containerPort: 9105, protocol: "TCP" }]);
        expect(containers[1].args).toContain("--web.listen-address=:9105");
        expect(object(all, "Service", "loki-metrics").spec.ports).toEqual([
            { name: "metrics", port: 3110, targetPort: 3110, protocol: "TCP" },
            { name: "volumes", port: 9105, targetPort: 9105, protocol: "TCP" },
        ]);
    });

    it("sees the volume and nothing else, and changes nothing in it", async () => {
        const { containers } = await rendered();
        expect(containers[1].volumeMounts).toEqual([{ name: "data", mountPath: "/volumes/data", readOnly: true }]);
    });

    it("is not there without its row", async () => {
        const { all, containers } = await rendered(watchedMatrix());
        expect(containers).toHaveLength(1);
        expect(object(all, "Service", "loki-metrics").spec.ports).toHaveLength(1);
    });
});
