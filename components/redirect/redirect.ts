import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { deployment } from "../deployment";
import { defaultFrame } from "../nginx/frame";
import { NGINX_RESOURCES, NGINX_USER } from "../nginx/pod";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap } from "../secrets";
import { service } from "../service";
import { portOf } from "../workload";
import { redirectConfiguration } from "./configuration";

export interface RedirectArgs {
    readonly role: Role;
    /** The host that has moved. */
    readonly from: string;
    /** The URL that it leads to; path and query of a request are added. */
    readonly to: string;
    readonly image: pulumi.Input<string>;
    /** Defaults to 2. */
    readonly replicas?: number;
}

const CONFIGURATION_FOLDER = "/etc/redirect";
const DRAIN_SECONDS = 5;

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
        const files = configMap(name, role, { "nginx.conf": redirectConfiguration({ port, from, to }) }, child);
        deployment(
            name,
            {
                role,
                replicas,
                user: NGINX_USER,
                gracePeriodSeconds: DRAIN_SECONDS + defaultFrame.shutdownSeconds,
                containers: [nginx(args.image, port)],
                volumes: [emptyDir("tmp", "64Mi"), { name: "configuration", configMap: { name: files.metadata.name } }],
            },
            child,
        );
        service(name, { role, purpose: "http" }, child);
        this.registerOutputs();
    }
}

function nginx(image: pulumi.Input<string>, port: number | undefined): HardenedContainer {
    // Every path is answered 301 to another host, which an HTTP probe would report as a warning each time.
    const tcpSocket = port === undefined ? undefined : { port };
    return {
        name: "nginx",
        image,
        command: ["nginx", "-e", "stderr", "-c", `${CONFIGURATION_FOLDER}/nginx.conf`],
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
        ],
    };
}
