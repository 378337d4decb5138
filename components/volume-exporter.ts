import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import type { HardenedContainer } from "./pod";
import { portOf } from "./workload";

/** The folder that volumes are mounted under for the exporter: alerts read what is under it alone. */
export const VOLUMES_FOLDER = "/volumes";

/**
 * node_exporter beside a program that keeps data, where a row reads how full its volumes are. It sees the volume
 * itself, read only, and nothing of the node: the kubelet knows as much, but asking it takes a right on every node of the
 * cluster (nodes/metrics), which shows what runs in all of them.
 * https://github.com/prometheus/node_exporter#collectors
 */
export function volumeExporter(
    role: Role,
    image: pulumi.Input<string> | undefined,
    volume: string,
): HardenedContainer[] {
    const port = portOf(role, "volumes");
    if (port === undefined || image === undefined) return [];
    const httpGet = { path: "/", port, scheme: "HTTP" };
    return [
        {
            name: "volume-exporter",
            image,
            args: [
                `--web.listen-address=:${port}`,
                "--collector.disable-defaults",
                "--collector.filesystem",
                // What every container has mounted: only the folder of the volumes is left.
                "--collector.filesystem.mount-points-exclude=^/(dev|etc|proc|run|sys|tmp|var)($|/)",
                "--web.disable-exporter-metrics",
            ],
            ports: [{ name: "volumes", containerPort: port, protocol: "TCP" }],
            resources: { cpu: ["10m", "100m"], memory: ["16Mi", "64Mi"] },
            readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
            livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 },
            volumeMounts: [{ name: volume, mountPath: `${VOLUMES_FOLDER}/${volume}`, readOnly: true }],
        },
    ];
}
