import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import { deployment } from "../deployment";
import { emptyDir, type HardenedContainer } from "../pod";
import { configMap, password, secret, variables } from "../secrets";
import { metricsService, service } from "../service";
import { portOf } from "../workload";
import { dashboardProvider, dataSources, grafanaEnvironment, type SourceType } from "./grafana-configuration";
import type { Files } from "./monitoring-files";
import { containerPorts, httpProbes } from "../stateful";

export interface GrafanaArgs {
    readonly role: Role;
    readonly matrix: Matrix;
    readonly image: pulumi.Input<string>;
    /** The address that people open: https://supervision.example.org. */
    readonly url: string;
    /** The role of each thing that it reads. */
    readonly sources: Readonly<Partial<Record<SourceType, Role>>>;
    /** Dashboards by file name, as Grafana exports them. */
    readonly dashboards?: Files;
    /** Which of the stack's passwords are in force. Defaults to 1. */
    readonly passwordGeneration?: number;
}

/** The user of the image. */
const USER = 472;
const PROVISIONING_FOLDER = "/etc/grafana/provisioning";
const DASHBOARDS_FOLDER = "/etc/grafana/dashboards";
const SECRETS_FOLDER = "/run/secrets/grafana";
const DATA_FOLDER = "/var/lib/grafana";
/** What the API server takes: https://kubernetes.io/docs/concepts/configuration/configmap/ */
const LARGEST_CONFIGMAP = 1024 * 1024;

/**
 * Grafana behind the proxy. Everything that it shows is provisioned, so it has no volume: what people change by hand is
 * gone with the pod, and a new password of the administrator is in force as soon as its pod is.
 */
export class Grafana extends pulumi.ComponentResource {
    /** The administrator's password, secret. */
    readonly adminPassword: pulumi.Output<string>;

    constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Grafana", name, {}, opts);
        const { role, matrix, dashboards = {} } = args;
        const tooLarge = Object.entries(dashboards).find(([, text]) => Buffer.byteLength(text) > LARGEST_CONFIGMAP);
        if (tooLarge !== undefined) {
            throw new pulumi.ResourceError(`Dashboard ${tooLarge[0]} is larger than a ConfigMap may be (1 MiB).`, this);
        }
        const child = { parent: this };
        const { text, reports } = dataSources(role, matrix, args.sources);
        for (const report of reports) void pulumi.log.warn(report, this);
        this.adminPassword = password(`${name}-admin-password`, child, args.passwordGeneration);
        const secrets = secret(
            `${name}-secrets`,
            role,
            {
                "admin-password": this.adminPassword,
                "secret-key": password(`${name}-secret-key`, child, args.passwordGeneration),
            },
            child,
        );
        const provisioning = configMap(
            `${name}-provisioning`,
            role,
            { "datasources.yaml": text, "dashboards.yaml": dashboardProvider(DASHBOARDS_FOLDER) },
            child,
        );
        deployment(
            name,
            {
                role,
                replicas: 1,
                user: USER,
                containers: [grafana(args)],
                volumes: [
                    emptyDir("tmp", "128Mi"),
                    emptyDir("data", "512Mi"),
                    provisioned(provisioning),
                    boards(name, args, child),
                    { name: "secrets", secret: { secretName: secrets.metadata.name, defaultMode: 0o440 } },
                ],
            },
            child,
        );
        service(name, { role, purpose: "http" }, child);
        metricsService(name, role, child);
        this.registerOutputs();
    }
}

function grafana({ role, image, url }: GrafanaArgs): HardenedContainer {
    const port = portOf(role, "http");
    return {
        name: "grafana",
        image,
        env: variables(
            grafanaEnvironment({
                port,
                url,
                secretsFolder: SECRETS_FOLDER,
                provisioningFolder: PROVISIONING_FOLDER,
                dataFolder: DATA_FOLDER,
            }),
        ),
        ports: containerPorts(role),
        resources: { cpu: ["50m", "500m"], memory: ["192Mi", "512Mi"], storage: ["128Mi", "1Gi"] },
        ...httpProbes(port, { ready: "/api/health", alive: "/api/health" }),
        volumeMounts: [
            { name: "data", mountPath: DATA_FOLDER },
            { name: "tmp", mountPath: "/tmp" },
            { name: "provisioning", mountPath: PROVISIONING_FOLDER, readOnly: true },
            { name: "dashboards", mountPath: DASHBOARDS_FOLDER, readOnly: true },
            { name: "secrets", mountPath: SECRETS_FOLDER, readOnly: true },
        ],
    };
}

/** The provisioning folder as Grafana wants it: a folder for each kind of thing. */
function provisioned({ metadata: { name } }: k8s.core.v1.ConfigMap): k8s.types.input.core.v1.Volume {
    const items = ["datasources", "dashboards"].map((kind) => ({
        key: `${kind}.yaml`,
        path: `${kind}/${kind}.yaml`,
    }));
    return { name: "provisioning", configMap: { name, items } };
}

/** The dashboards, each in a ConfigMap of its own, since all together may be larger than one may be. */
function boards(
    name: string,
    { role, dashboards = {} }: GrafanaArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.types.input.core.v1.Volume {
    const files = Object.entries(dashboards).map(([file, text]) => {
        const board = file.replace(/\.json$/, "");
        return configMap(`${name}-dashboard-${board}`, role, { [file]: text }, opts);
    });
    if (files.length === 0) return emptyDir("dashboards", "1Mi");
    return {
        name: "dashboards",
        projected: { sources: files.map((file) => ({ configMap: { name: file.metadata.name } })) },
    };
}
