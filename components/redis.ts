import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import { deployment } from "./deployment";
import { emptyDir } from "./pod";
import { password, secret } from "./secrets";
import { metricsService, service } from "./service";
import { hostOf, portOf } from "./workload";

export interface RedisArgs {
    readonly role: Role;
    readonly image: pulumi.Input<string>;
}

const CONFIGURATION_FOLDER = "/etc/redis";

/**
 * A Redis that passes messages between the instances of an application. It keeps nothing: neither snapshot nor log is
 * written, so a pod that is replaced starts empty and its clients reconnect. What must outlive a pod does not belong
 * here. The password is read from a file; no command line and no variable shows it.
 */
export class Redis extends pulumi.ComponentResource {
    /** The URL with its password, secret; undefined where no row opens the port. */
    readonly url: pulumi.Output<string> | undefined;

    constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Redis", name, {}, opts);
        const { role } = args;
        const child = { parent: this };
        const port = portOf(role, "redis");
        const secretWord = password(`${name}-password`, child);
        const configuration = secret(
            `${name}-configuration`,
            role,
            { "redis.conf": pulumi.interpolate`${redisConfiguration(port)}requirepass ${secretWord}\n` },
            child,
        );
        const tcpSocket = port === undefined ? undefined : { port };
        deployment(
            name,
            {
                role,
                replicas: 1,
                // Two at once would split the messages between them.
                replacement: "recreate",
                user: 999,
                containers: [
                    {
                        name,
                        image: args.image,
                        args: [`${CONFIGURATION_FOLDER}/redis.conf`],
                        resources: { cpu: ["50m", "500m"], memory: ["64Mi", "256Mi"] },
                        ports: port === undefined ? [] : [{ name: "redis", containerPort: port, protocol: "TCP" }],
                        ...(tcpSocket && {
                            startupProbe: { tcpSocket, periodSeconds: 2, failureThreshold: 30 },
                            readinessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 3 },
                            livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3 },
                        }),
                        volumeMounts: [
                            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
                            { name: "data", mountPath: "/data" },
                        ],
                    },
                ],
                volumes: [
                    {
                        name: "configuration",
                        secret: { secretName: configuration.metadata.name, defaultMode: 0o440 },
                    },
                    emptyDir("data", "16Mi"),
                ],
            },
            child,
        );
        service(name, { role, purpose: "redis" }, child);
        metricsService(name, role, child);
        this.url = port === undefined ? undefined : pulumi.interpolate`redis://:${secretWord}@${hostOf(role)}:${port}`;
        this.registerOutputs();
    }
}

/**
 * redis.conf less the password: it listens on the matrix's port alone and keeps nothing on disk. The memory limit stays
 * under the container's, so that Redis refuses a write before the kernel kills it.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/config/
 */
export function redisConfiguration(port: number | undefined): string {
    return [
        // Redis reads 0 as "do not listen".
        `port ${port ?? 0}`,
        "bind * -::*",
        "dir /data",
        'save ""',
        "appendonly no",
        "maxmemory 192mb",
        "maxmemory-policy noeviction",
        "tcp-keepalive 60",
        "",
    ].join("\n");
}
