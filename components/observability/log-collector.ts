import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import { apiToken } from "../api-token";
import { deployment } from "../deployment";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap, variables } from "../secrets";
import { metricsService } from "../service";
import { metadata, nameOf, portOf, workloadOf } from "../workload";
import { logCollectorConfiguration, type LogCollectorSources } from "./log-collector-configuration";
import { containerPorts, httpProbes } from "../stateful";

export interface LogCollectorArgs extends LogCollectorSources {
    readonly image: pulumi.Input<string>;
}

/** The user alloy of the image, which starts as root by itself. */
const USER = 473;
const CONFIGURATION_FOLDER = "/etc/alloy";
const DATA_FOLDER = "/var/lib/alloy";
/** Lets it ask the API of Kubernetes. */
const token = apiToken();

/**
 * Grafana Alloy, which sends the logs of the platform's pods to Loki. It reads them through the API of Kubernetes, where
 * it may list pods and read their logs in the platform's namespaces and nothing else. One pod: a second would send
 * everything again.
 */
export class LogCollector extends pulumi.ComponentResource {
    constructor(name: string, args: LogCollectorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:LogCollector", name, {}, opts);
        const { role, matrix } = args;
        const child = { parent: this };
        const { text, reports } = logCollectorConfiguration(args);
        for (const report of reports) void pulumi.log.warn(report, this);
        const file = configMap(name, role, { "config.alloy": text }, child);
        const rights = matrix.namespaces.flatMap((namespace) => readPodLogs(name, role, namespace, matrix, child));
        deployment(
            name,
            {
                role,
                replicas: 1,
                // Two at once would send everything twice.
                replacement: "recreate",
                user: USER,
                containers: [alloy(args)],
                volumes: [
                    emptyDir("tmp", "64Mi"),
                    // How far each log was read; a new pod reads again what nodes still have, and Loki knows it.
                    emptyDir("data", "256Mi"),
                    { name: "configuration", configMap: { name: file.metadata.name } },
                    token.volume,
                ],
            },
            { ...child, dependsOn: rights },
        );
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

function alloy({ role, image }: LogCollectorArgs): HardenedContainer {
    const port = portOf(role, "metrics");
    return {
        name: "alloy",
        image,
        args: [
            "run",
            `${CONFIGURATION_FOLDER}/config.alloy`,
            `--storage.path=${DATA_FOLDER}`,
            `--server.http.listen-addr=${port === undefined ? "127.0.0.1:0" : `0.0.0.0:${port}`}`,
            "--disable-reporting",
        ],
        env: variables({ HOME: "/tmp" }),
        ports: containerPorts(role),
        resources: { cpu: ["50m", "500m"], memory: ["128Mi", "512Mi"] },
        ...httpProbes(port, { ready: "/-/ready", alive: "/-/healthy" }, 120),
        volumeMounts: [
            { name: "data", mountPath: DATA_FOLDER },
            { name: "tmp", mountPath: "/tmp" },
            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
            token.mount,
        ],
    };
}

/** Lets the collector list the pods of a namespace and read what they print. */
function readPodLogs(
    name: string,
    role: Role,
    namespace: string,
    matrix: Matrix,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    if (!matrix.namespaces.includes(workloadOf(role).namespace)) {
        throw new pulumi.RunError(`The namespace of ${role.name} is not one of the platform's.`);
    }
    const where = { ...metadata(role), namespace };
    const rights = new k8s.rbac.v1.Role(
        `${name}-${namespace}`,
        {
            metadata: where,
            rules: [
                { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
                // To follow a log is a get; there is nothing to list or watch.
                { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
            ],
        },
        opts,
    );
    const binding = new k8s.rbac.v1.RoleBinding(
        `${name}-${namespace}`,
        {
            metadata: where,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: where.name },
            subjects: [{ kind: "ServiceAccount", name: nameOf(role), namespace: workloadOf(role).namespace }],
        },
        { ...opts, dependsOn: rights },
    );
    return [rights, binding];
}
