import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../matrix";
import { apiToken } from "../api-token";
import { deployment } from "../deployment";
import type { Resources } from "../pod";
import { configMap } from "../secrets";
import { metricsService, service } from "../service";
import { nameOf, portOf, unnamed, workloadOf } from "../workload";
import { chartObject, readChart, type ChartContainer, type ChartDeployment, type ChartObject } from "./chart";

export interface CertManagerRoles {
    /** Orders certificates and keeps them fresh. */
    readonly controller: Role;
    /** Reviews what is written in cert-manager's kinds, asked by the control plane. */
    readonly webhook: Role;
    /** Tells the control plane which authority signed the webhook's certificate. */
    readonly injector: Role;
}

export interface CertManagerArgs {
    readonly roles: CertManagerRoles;
    /** The file with the chart that the toolchain rendered. */
    readonly chart: string;
    /**
     * Whether the control plane asks the webhook. Without, nothing that is written is refused for want of an answer:
     * for a cluster in whose pods nothing runs.
     */
    readonly webhooks: boolean;
}

/** Nobody: the programs stand alone in their images and write no file. */
const USER = 65534;
const RESOURCES: Resources = { cpu: ["20m", "500m"], memory: ["64Mi", "256Mi"] };
/** The chart's name of a port → the purpose that the inventory gives it. */
const PURPOSES: Readonly<Record<string, string>> = {
    "http-metrics": "metrics",
    "http-healthz": "health",
    healthcheck: "health",
    https: "https",
};
/** What is for a use of cert-manager that the platform has not: certificates by Ingress, signing requests, humans' rights. */
const UNUSED = /-(controller-ingress-shim|controller-certificatesigningrequests|view|edit)$/;
const CONFIGURATION_FOLDER = "/etc/cert-manager";

const rights = {
    ClusterRole: k8s.rbac.v1.ClusterRole,
    ClusterRoleBinding: k8s.rbac.v1.ClusterRoleBinding,
    Role: k8s.rbac.v1.Role,
    RoleBinding: k8s.rbac.v1.RoleBinding,
} as const;

/**
 * cert-manager: its images, arguments and rights as its chart says, in pods like every other of the platform's, on ports
 * that the matrix gives.
 */
export class CertManager extends pulumi.ComponentResource {
    private readonly chart: readonly ChartObject[];

    constructor(
        private readonly name: string,
        private readonly args: CertManagerArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("matrice:index:CertManager", name, {}, opts);
        const { controller, webhook, injector } = args.roles;
        this.chart = readChart(args.chart, this);
        for (const role of Object.values(args.roles)) this.checkNamespace(role);
        this.runs(controller, {
            args: [`--config=${CONFIGURATION_FOLDER}/configuration.json`],
            configuration: controllerConfiguration(controller),
        });
        const running = this.runs(webhook, {
            args: [
                `--secure-port=${webhook.port("https")}`,
                `--healthz-port=${webhook.port("health")}`,
                metrics(webhook),
            ],
            // What it must review is refused while no pod of it answers.
            replicas: args.webhooks ? 2 : 1,
        });
        service(`${name}-${nameOf(webhook)}`, { role: webhook, purpose: "https" }, { parent: this });
        this.runs(injector, { args: [metrics(injector)] });
        if (args.webhooks) {
            new k8s.admissionregistration.v1.MutatingWebhookConfiguration(
                `${name}-mutating`,
                this.review("MutatingWebhookConfiguration"),
                { parent: this, dependsOn: running },
            );
        }
        this.registerOutputs();
    }

    /**
     * Has the control plane ask the webhook about everything written in cert-manager's kinds. To be registered after the
     * first of these: until the injector has told the control plane whom to trust, all of them are refused.
     */
    reviewAfter(written: pulumi.Resource[]): void {
        if (!this.args.webhooks) return;
        new k8s.admissionregistration.v1.ValidatingWebhookConfiguration(
            `${this.name}-validating`,
            this.review("ValidatingWebhookConfiguration"),
            { parent: this, dependsOn: [this, ...written] },
        );
    }

    /** Creates the pods of a role with their rights. Arguments of ours take the place of the chart's of the same name. */
    private runs(
        role: Role,
        own: { readonly args: string[]; readonly configuration?: object; readonly replicas?: number },
    ): k8s.apps.v1.Deployment {
        const child = { parent: this };
        const name = `${this.name}-${nameOf(role)}`;
        const { spec } = chartObject<ChartDeployment>(this.chart, "Deployment", nameOf(role));
        const [container] = spec.template.spec.containers;
        const file = own.configuration && {
            "configuration.json": `${JSON.stringify(own.configuration, null, 4)}\n`,
        };
        const configuration = file && configMap(`${name}-configuration`, role, file, child);
        const token = apiToken();
        metricsService(name, role, child);
        return deployment(
            name,
            {
                role,
                replicas: own.replicas ?? 1,
                user: USER,
                containers: [
                    {
                        ...onPorts(role, container),
                        args: replaced(container.args ?? [], own.args),
                        resources: RESOURCES,
                        volumeMounts: [
                            token.mount,
                            ...(configuration
                                ? [{ name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true }]
                                : []),
                        ],
                    },
                ],
                volumes: [
                    token.volume,
                    ...(configuration
                        ? [{ name: "configuration", configMap: { name: configuration.metadata.name } }]
                        : []),
                ],
            },
            { ...child, dependsOn: this.rightsOf(role) },
        );
    }

    /** Registers what the chart lets a role's account do. */
    private rightsOf(role: Role): pulumi.Resource[] {
        const component = chartObject(this.chart, "Deployment", nameOf(role)).metadata.labels![COMPONENT];
        return this.chart
            .filter(({ kind }) => kind in rights)
            .filter(({ metadata: { name, labels = {} } }) => labels[COMPONENT] === component && !UNUSED.test(name))
            .map(({ metadata: { name, namespace }, ...object }) => {
                const { labels } = unnamed(role);
                return new rights[object.kind as keyof typeof rights](
                    `${this.name}-${name}`,
                    { ...(object as object), metadata: { name, namespace, labels } } as never,
                    { parent: this },
                );
            });
    }

    /** A webhook configuration of the chart, with the port of the webhook's Service. */
    private review(kind: string): { metadata: object; webhooks: never[] } {
        const { webhook } = this.args.roles;
        const { webhooks, ...object } = chartObject<ChartObject & { webhooks: Webhook[]; metadata: Annotated }>(
            this.chart,
            kind,
            nameOf(webhook),
        );
        const { name, annotations } = object.metadata;
        return {
            metadata: { name, annotations, labels: unnamed(webhook).labels },
            webhooks: webhooks.map(({ clientConfig, ...hook }) => ({
                ...hook,
                clientConfig: { service: { ...clientConfig.service, port: webhook.port("https") } },
            })) as never[],
        };
    }

    /** Rights, arguments and the webhook's names hold the namespace that the chart was rendered for. */
    private checkNamespace(role: Role): void {
        const { namespace, name } = workloadOf(role);
        const rendered = chartObject(this.chart, "Deployment", name).metadata.namespace;
        if (namespace !== rendered) {
            throw new pulumi.ResourceError(
                `cert-manager's chart is rendered for namespace ${rendered}: the inventory puts ${role.name} in ${namespace}.`,
                this,
            );
        }
    }
}

const COMPONENT = "app.kubernetes.io/component";

type Annotated = ChartObject["metadata"] & { readonly annotations: Record<string, string> };

interface Webhook {
    readonly clientConfig: { readonly service: object };
}

/** Where a program shows its metrics; to nobody where no row lets them be read. */
function metricsAddress(role: Role): string {
    const port = portOf(role, "metrics");
    return port === undefined ? "127.0.0.1:0" : `0.0.0.0:${port}`;
}

function metrics(role: Role): string {
    return `--metrics-listen-address=${metricsAddress(role)}`;
}

/**
 * What the controller can only be told in a file, with what it would do for an Ingress turned off.
 * https://cert-manager.io/docs/installation/configuring-components/#controllerconfiguration
 */
function controllerConfiguration(role: Role): object {
    return {
        apiVersion: "controller.config.cert-manager.io/v1alpha1",
        kind: "ControllerConfiguration",
        metricsListenAddress: metricsAddress(role),
        healthzListenAddress: `0.0.0.0:${role.port("health")}`,
        controllers: ["*", "-ingress-shim"],
    };
}

/** Those of `args`, and each of `own`, which stands for one of the same name. */
function replaced(args: readonly string[], own: readonly string[]): string[] {
    const nameOfArgument = (argument: string) => argument.split("=")[0];
    const names = own.map(nameOfArgument);
    return [...args.filter((argument) => !names.includes(nameOfArgument(argument))), ...own];
}

/** The container with its ports named by purpose and numbered by the matrix, and its probes on them. */
function onPorts(role: Role, container: ChartContainer): Omit<ChartContainer, "resources" | "securityContext"> {
    const { name, image, imagePullPolicy, env, livenessProbe, readinessProbe } = container;
    const ports = (container.ports ?? []).flatMap(({ name: chartName = "", protocol }) => {
        const purpose = purposeOf(chartName);
        const containerPort = portOf(role, purpose);
        return containerPort === undefined ? [] : [{ name: purpose, containerPort, protocol }];
    });
    const probe = (one: typeof livenessProbe) =>
        one?.httpGet && { ...one, httpGet: { ...one.httpGet, port: role.port(purposeOf(String(one.httpGet.port))) } };
    return {
        name,
        image,
        imagePullPolicy,
        env,
        ports,
        livenessProbe: probe(livenessProbe),
        readinessProbe: probe(readinessProbe) ?? metricsProbe(role),
    };
}

/** Of what its chart does not probe it is known that it shows its metrics. */
function metricsProbe(role: Role): ChartContainer["readinessProbe"] {
    const port = portOf(role, "metrics");
    if (port === undefined) return undefined;
    return { httpGet: { path: "/metrics", port, scheme: "HTTP" }, timeoutSeconds: 5, periodSeconds: 20 };
}

function purposeOf(chartName: string): string {
    if (!Object.hasOwn(PURPOSES, chartName)) throw new Error(`cert-manager's chart has a new port: ${chartName}`);
    return PURPOSES[chartName];
}
