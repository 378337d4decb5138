import * as pulumi from "@pulumi/pulumi";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap } from "../secrets";
import { metricsService, service } from "../service";
import { portOf } from "../workload";
import { LOKI_FOLDER, lokiConfiguration } from "./loki-configuration";
import { containerPorts, DATA, httpProbes, stateful, type Keeper } from "../stateful";

export interface LokiArgs extends Keeper {
    /** Days that logs are kept. Defaults to 30. */
    readonly retentionDays?: number;
}

/** The user of the image. */
const USER = 10001;
const CONFIGURATION_FOLDER = "/etc/loki";

/** Loki: the logs of the platform's pods, as long as they are kept, in one process on one volume. */
export class Loki extends pulumi.ComponentResource {
    constructor(name: string, args: LokiArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Loki", name, {}, opts);
        const { role, retentionDays = 30 } = args;
        const child = { parent: this };
        const port = portOf(role, "http");
        const file = configMap(name, role, { "loki.yaml": lokiConfiguration({ port, retentionDays }) }, child);
        stateful(name, {
            keeper: args,
            user: USER,
            // It writes its chunks to disk.
            gracePeriodSeconds: 120,
            containers: [loki(args, port)],
            volumes: [emptyDir("tmp", "128Mi"), { name: "configuration", configMap: { name: file.metadata.name } }],
            opts: child,
        });
        service(name, { role, purpose: "http" }, child);
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

function loki({ role, image }: LokiArgs, port: number | undefined): HardenedContainer {
    return {
        name: "loki",
        image,
        args: [`-config.file=${CONFIGURATION_FOLDER}/loki.yaml`, "-target=all"],
        ports: containerPorts(role),
        resources: { cpu: ["100m", "1"], memory: ["256Mi", "1Gi"] },
        // Not ready is no reason to be killed: it says so while it reads its write-ahead log, and while it stops.
        ...httpProbes(port, { ready: "/ready", alive: "/metrics" }),
        volumeMounts: [
            { name: DATA, mountPath: LOKI_FOLDER },
            { name: "tmp", mountPath: "/tmp" },
            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
        ],
    };
}
