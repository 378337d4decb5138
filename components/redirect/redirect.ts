import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { deployment } from "../deployment";
import { defaultFrame } from "../nginx/frame";
import { NGINX_RESOURCES, NGINX_USER } from "../nginx/pod";
import { status, type Status } from "../nginx/status";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap } from "../secrets";
import { metricsService, service } from "../service";
import { portOf } from "../workload";
import { redirectConfiguration } from "./configuration";

export interface RedirectArgs {
    readonly role: Role;
    /** The host that has moved. */
    readonly from: string;
    /** The URL that it leads to; path and query of a request are added. */
    readonly to: string;
    readonly image: pulumi.Input<string>;
    /** nginx-prometheus-exporter's, which shows nginx's counters where a row reads this role's metrics. */
    readonly exporterImage: pulumi.Input<string>;
    /** Defaults to 2. */
    readonly replicas?: number;
}

const CONFIGURATION_FOLDER = "/etc/redirect";
const DRAIN_SECONDS = 5;
/** Becomes nginx on the configuration $1; $2 is the socket that it listens on, if any. */
const START = '[ -z "$2" ] || rm -f "$2"; exec nginx -e stderr -c "$1"';

/**
 * Leads a host that has moved to its new place, with 301: nginx on a generated configuration. Without a row that opens
 * its port it has no Service, no listener and no probe.
 */
export class Redirect extends pulumi.ComponentResource {
    constructor(name: string, args: RedirectArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Redirect", name, {}, opts);
        const { role, from, to, replicas = 2 } = args;
        if (!Number.isInteger(replicas) || replicas < 1) {
            throw new pulumi.ResourceError(`replicas is ${replicas}: give a whole number from 1.`, this);
        }
        const child = { parent: this };
        const port = portOf(role, "http");
        const counters = status(role, args.exporterImage);
        const text = redirectConfiguration({ port, from, to, statusSocket: counters.socket });
        const files = configMap(name, role, { "nginx.conf": text }, child);
        deployment(
            name,
            {
                role,
                replicas,
                user: NGINX_USER,
                gracePeriodSeconds: DRAIN_SECONDS + defaultFrame.shutdownSeconds,
                containers: [nginx(args.image, port, counters), ...counters.containers],
                volumes: [
                    emptyDir("tmp", "64Mi"),
                    ...counters.volumes,
                    { name: "configuration", configMap: { name: files.metadata.name } },
                ],
            },
            child,
        );
        service(name, { role, purpose: "http" }, child);
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

function nginx(image: pulumi.Input<string>, port: number | undefined, counters: Status): HardenedContainer {
    // Every path is answered 301 to another host, which an HTTP probe would report as a warning each time.
    const tcpSocket = port === undefined ? undefined : { port };
    return {
        name: "nginx",
        image,
        // A nginx that was killed leaves its socket, on which the next one could not listen.
        command: ["sh", "-c", START, "nginx", `${CONFIGURATION_FOLDER}/nginx.conf`, counters.socket ?? ""],
        ports: port === undefined ? [] : [{ name: "http", containerPort: port, protocol: "TCP" }],
        resources: NGINX_RESOURCES,
        ...(tcpSocket && {
            startupProbe: { tcpSocket, periodSeconds: 2, failureThreshold: 30 },
            readinessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 3 },
            livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3 },
        }),
        // nginx answers at once and holds nothing: it need only outlast the proxies' memory of its address.
        lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } },
        volumeMounts: [
            { name: "tmp", mountPath: defaultFrame.temporary },
            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
            ...counters.volumeMounts,
        ],
    };
}
