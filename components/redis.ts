import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../matrix";
import { deployment } from "./deployment";
import { emptyDir, type HardenedContainer } from "./pod";
import { clientName, clientUser, EXPORTER, exporterUser, NO_DEFAULT_USER } from "./redis-users";
import { password, secret } from "./secrets";
import { metricsService, service } from "./service";
import { hostOf, portOf } from "./workload";

export interface RedisArgs {
    readonly role: Role;
    readonly image: pulumi.Input<string>;
    /** redis_exporter's, which runs where a row reads the role's metrics. */
    readonly exporterImage: pulumi.Input<string>;
    /** Which of the stack's passwords is in force. Defaults to 1. */
    readonly passwordGeneration?: number;
    /**
     * The roles that connect, each as a user of its own with keys of its own (redis-users.ts). Defaults to one user for
     * all, who may do everything.
     */
    readonly clients?: readonly Role[];
}

const CONFIGURATION_FOLDER = "/etc/redis";
const EXPORTER_FOLDER = "/run/secrets/exporter";

/**
 * A Redis that passes messages between the instances of an application. It keeps nothing: neither snapshot nor log is
 * written, so a pod that is replaced starts empty and its clients reconnect. What must outlive a pod does not belong
 * here. The passwords are read from files; no command line and no variable shows them.
 */
export class Redis extends pulumi.ComponentResource {
    /** The URL with its password, secret; undefined where no row opens the port, and where each client has its own. */
    readonly url: pulumi.Output<string> | undefined;
    /** The URL of each client, where they have users of their own. */
    readonly urls: ReadonlyMap<Role, pulumi.Output<string>>;

    constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Redis", name, {}, opts);
        const { role, clients = [], passwordGeneration: generation } = args;
        const child = { parent: this };
        const port = portOf(role, "redis");
        const metrics = portOf(role, "metrics");
        const secretWord = clients.length === 0 ? password(`${name}-password`, child, generation) : undefined;
        const words = new Map(
            clients.map((client) => [client, password(`${name}-${clientName(client)}-password`, child, generation)]),
        );
        // Without Redis' own port there is nothing to ask.
        const watched = port !== undefined && metrics !== undefined;
        const exporterWord = watched ? password(`${name}-exporter-password`, child, generation) : undefined;
        const users = [
            secretWord === undefined ? NO_DEFAULT_USER : pulumi.interpolate`requirepass ${secretWord}\n`,
            ...[...words].map(([client, word]) => word.apply((text) => clientUser(client, text))),
            ...(exporterWord === undefined ? [] : [exporterWord.apply(exporterUser)]),
        ];
        const configuration = secret(
            `${name}-configuration`,
            role,
            { "redis.conf": pulumi.concat(redisConfiguration(port), ...users) },
            child,
        );
        const accounts =
            exporterWord === undefined
                ? undefined
                : secret(
                      `${name}-exporter`,
                      role,
                      {
                          "passwords.json": exporterWord.apply((word) =>
                              JSON.stringify({ [exporterUrl(port!)]: word }),
                          ),
                      },
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
                    ...(watched ? [exporter(args.exporterImage, port, metrics)] : []),
                ],
                volumes: [
                    {
                        name: "configuration",
                        secret: { secretName: configuration.metadata.name, defaultMode: 0o440 },
                    },
                    ...(accounts === undefined
                        ? []
                        : [{ name: "exporter", secret: { secretName: accounts.metadata.name, defaultMode: 0o440 } }]),
                    emptyDir("data", "16Mi"),
                ],
            },
            child,
        );
        service(name, { role, purpose: "redis" }, child);
        metricsService(name, role, child);
        const url = (user: string, word: pulumi.Output<string>) =>
            pulumi.interpolate`redis://${user}:${word}@${hostOf(role)}:${port}`;
        this.url = port === undefined || secretWord === undefined ? undefined : url("", secretWord);
        this.urls = new Map(
            port === undefined ? [] : [...words].map(([client, word]) => [client, url(clientName(client), word)]),
        );
        this.registerOutputs();
    }
}

/** How many clients Redis accepts; an alert warns before (monitoring/alerts/redis.yaml). */
export const MAX_CLIENTS = 1000;

/**
 * redis.conf less the passwords: it listens on the matrix's port alone and keeps nothing on disk. The memory limit stays
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
        `maxclients ${MAX_CLIENTS}`,
        "tcp-keepalive 60",
        "",
    ].join("\n");
}

/** Redis over the pod's loopback, which no policy concerns; the exporter finds the password of a URL in its file. */
export function exporterUrl(port: number): string {
    return `redis://${EXPORTER}@127.0.0.1:${port}`;
}

function exporter(image: pulumi.Input<string>, port: number, metrics: number): HardenedContainer {
    // The page of its links, which asks Redis for nothing: a Redis that is down is redis_up 0, not a lost exporter.
    const httpGet = { path: "/", port: metrics, scheme: "HTTP" };
    return {
        name: "exporter",
        image,
        args: [
            `--redis.addr=${exporterUrl(port)}`,
            `--redis.user=${EXPORTER}`,
            `--redis.password-file=${EXPORTER_FOLDER}/passwords.json`,
            // "-": it may not read the configuration.
            "--config-command=-",
            `--web.listen-address=:${metrics}`,
        ],
        ports: [{ name: "metrics", containerPort: metrics, protocol: "TCP" }],
        resources: { cpu: ["10m", "100m"], memory: ["16Mi", "64Mi"] },
        readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { httpGet, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3 },
        volumeMounts: [{ name: "exporter", mountPath: EXPORTER_FOLDER, readOnly: true }],
    };
}
