import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Matrix, Role } from "../../matrix";
import type { NetworkSettings } from "../../network";
import { deployment } from "../deployment";
import { defaultFrame } from "../nginx/frame";
import { NGINX_RESOURCES, NGINX_USER } from "../nginx/pod";
import { status, type Status } from "../nginx/status";
import { emptyDir, type HardenedContainer, type Resources } from "../pod";
import { configMap, variables } from "../secrets";
import { metricsService } from "../service";
import { metadata } from "../workload";
import { bodyMebibytes, proxyConfiguration, type ProxyConfiguration } from "./configuration";
import type { RateLimits } from "./rate-limits";
import { routes, sourceRanges, type Site } from "./routes";
import { wafFiles } from "./waf/modsecurity";
import { IMAGE_LAYOUT, type WafLayout, type WafSettings } from "./waf/settings";

export interface ProxyArgs {
    readonly role: Role;
    readonly matrix: Matrix;
    readonly network: NetworkSettings;
    readonly sites: readonly Site[];
    /** cert-manager's solver pods, which answer challenges over HTTP-01. */
    readonly solver?: Role;
    /** The Secret (tls.crt, tls.key) of each host; it may come to exist later. */
    readonly certificates: Readonly<Record<string, string>>;
    /** nginx without privileges; with `waf`, one that brings ModSecurity and the Core Rule Set (owasp/modsecurity-crs). */
    readonly image: pulumi.Input<string>;
    /** nginx-prometheus-exporter's, which shows nginx's counters where a row reads the proxy's metrics. */
    readonly exporterImage: pulumi.Input<string>;
    /** The web application firewall. Left out: none. */
    readonly waf?: WafSettings;
    /** How many requests a client, a user or an integration may make of each pod. Left out: as many as they like. */
    readonly rateLimits?: RateLimits;
    /** At least 2, so that a node can be drained. Defaults to 2. */
    readonly replicas?: number;
}

const CONFIGURATION_FOLDER = "/etc/proxy";
const CERTIFICATES_FOLDER = "/etc/certificates";
const WAF_LAYOUT: WafLayout = {
    ...IMAGE_LAYOUT,
    configuration: CONFIGURATION_FOLDER,
    auditLog: `${defaultFrame.temporary}/audit`,
};
/** The rules are some 100 MiB; judging a request takes most of what it costs. */
const WAF_RESOURCES: Resources = { cpu: ["100m", "2"], memory: ["192Mi", "512Mi"] };
/** How long nginx goes on serving while load balancer and nodes forget a pod that stops. */
const DRAIN_SECONDS = 10;

/**
 * The platform's only entrance from outside: nginx on a generated configuration, behind a Service of type LoadBalancer.
 * Its routes are the rows that leave its role; see routes() for what a missing row does.
 *
 * Throws MissingRow without rows that open its HTTP and HTTPS ports, ResourceError for one replica or a site without a
 * certificate.
 */
export class Proxy extends pulumi.ComponentResource {
    /** Where the load balancer is reached: addresses, or names where the provider gives names. */
    readonly addresses: pulumi.Output<string[]>;

    constructor(name: string, args: ProxyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("matrice:index:Proxy", name, {}, opts);
        const { role, replicas = 2, certificates } = args;
        if (!Number.isInteger(replicas) || replicas < 2) {
            throw new pulumi.ResourceError(`replicas is ${replicas}: the only entrance needs 2 or more.`, this);
        }
        const without = args.sites.find(({ host }) => certificates[host] === undefined);
        if (without !== undefined) {
            throw new pulumi.ResourceError(`Site ${without.host} has no certificate: name its Secret.`, this);
        }
        const counters = status(role, args.exporterImage);
        const { configuration: derived, reports } = routes({
            ...args,
            statusSocket: counters.socket,
            certificateFolder: (host) => mountPath(certificates[host]),
        });
        const configuration = { ...derived, waf: args.waf && WAF_LAYOUT, rateLimits: args.rateLimits };
        for (const report of reports) void pulumi.log.warn(report, this);

        const child = { parent: this };
        const files = configMap(name, role, configurationFiles(configuration, args.waf), child);
        deployment(
            name,
            {
                role,
                replicas,
                user: NGINX_USER,
                gracePeriodSeconds: DRAIN_SECONDS + defaultFrame.shutdownSeconds + 10,
                containers: [nginx(args, configuration, counters), ...counters.containers],
                volumes: [
                    // Holds request bodies while they come in.
                    emptyDir("tmp", "256Mi"),
                    ...counters.volumes,
                    { name: "configuration", configMap: { name: files.metadata.name } },
                    ...secretsOf(certificates).map((secretName, index) => ({
                        name: `certificate-${index}`,
                        secret: { secretName, optional: true, defaultMode: 0o440 },
                    })),
                ],
            },
            child,
        );
        metricsService(name, role, child);
        const edge = new k8s.core.v1.Service(name, edgeService(args, configuration), child);
        this.addresses = edge.status.apply((status) =>
            (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? ""),
        );
        this.registerOutputs({ addresses: this.addresses });
    }
}

/** What the ConfigMap holds: the configuration, and the scripts that start and stop nginx. */
function configurationFiles(configuration: ProxyConfiguration, waf?: WafSettings): Record<string, string> {
    const script = (file: string) => readFileSync(join(__dirname, file), "utf8");
    return {
        "nginx.conf": proxyConfiguration(configuration),
        "start.sh": script("start.sh"),
        "stop.sh": script("stop.sh"),
        ...(waf && {
            ...wafFiles(waf, WAF_LAYOUT, Math.max(1, ...configuration.sites.map(bodyMebibytes))),
            "bodies.conf": script("waf/bodies.conf"),
            "start-waf.sh": script("waf/start.sh"),
            "mask.sed": script("waf/mask.sed"),
        }),
    };
}

function nginx(
    { image, certificates, waf }: ProxyArgs,
    { listeners }: ProxyConfiguration,
    { socket, volumeMounts }: Status,
): HardenedContainer {
    // A connection on port 80, and nothing more, asks whether nginx is there. An HTTP probe would be answered 301 to a
    // host that is refused, and with PROXY protocol not at all; on 443 each probe would be an error in the log. What
    // else can fail (an upstream, a certificate) must not take the whole entrance out of service.
    const tcpSocket = { port: listeners.http };
    return {
        name: "nginx",
        image,
        command: ["sh", `${CONFIGURATION_FOLDER}/${waf ? "start-waf.sh" : "start.sh"}`],
        env: variables({
            NGINX_CONFIGURATION: `${CONFIGURATION_FOLDER}/nginx.conf`,
            NGINX_TEMPORARY: defaultFrame.temporary,
            DRAIN_SECONDS: String(DRAIN_SECONDS),
            ...(socket !== undefined && { NGINX_STATUS_SOCKET: socket }),
            ...(waf && { NGINX_AUDIT_LOG: WAF_LAYOUT.auditLog }),
        }),
        ports: [
            { name: "http", containerPort: listeners.http, protocol: "TCP" },
            { name: "https", containerPort: listeners.https, protocol: "TCP" },
        ],
        resources: waf ? WAF_RESOURCES : NGINX_RESOURCES,
        startupProbe: { tcpSocket, periodSeconds: 2, failureThreshold: 30 },
        readinessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 3 },
        livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3 },
        lifecycle: { preStop: { exec: { command: ["sh", `${CONFIGURATION_FOLDER}/stop.sh`] } } },
        volumeMounts: [
            { name: "tmp", mountPath: defaultFrame.temporary },
            { name: "configuration", mountPath: CONFIGURATION_FOLDER, readOnly: true },
            ...volumeMounts,
            ...secretsOf(certificates).map((secret, index) => ({
                name: `certificate-${index}`,
                mountPath: mountPath(secret),
                readOnly: true,
            })),
        ],
    };
}

function secretsOf(certificates: Readonly<Record<string, string>>): string[] {
    return [...new Set(Object.values(certificates))].sort();
}

function mountPath(secret: string): string {
    return `${CERTIFICATES_FOLDER}/${secret}`;
}

/**
 * The load balancer. Connections stay on the node they come to (externalTrafficPolicy), so that nginx sees the client's
 * own address; a client keeps to one pod where a site has websockets, for these may begin by polling.
 */
function edgeService(
    { role, matrix, network }: ProxyArgs,
    { listeners, sites }: ProxyConfiguration,
): k8s.core.v1.ServiceArgs {
    const sources = sourceRanges(role, matrix, network);
    const outside = sources === "everyone" || sources.length > 0;
    return {
        metadata: {
            ...metadata(role),
            ...(network.edge === "proxyProtocol" && {
                // OVHcloud's load balancers are OpenStack Octavia's.
                annotations: { "loadbalancer.openstack.org/proxy-protocol": "true" },
            }),
        },
        spec: {
            // A Service without source ranges lets everyone in: when no row does, there is no load balancer.
            type: outside ? "LoadBalancer" : "ClusterIP",
            ...(outside && { externalTrafficPolicy: "Local" }),
            ...(outside && sources !== "everyone" && { loadBalancerSourceRanges: [...sources] }),
            ...(sites.some(({ websocket }) => websocket) && {
                sessionAffinity: "ClientIP",
                sessionAffinityConfig: { clientIP: { timeoutSeconds: 3600 } },
            }),
            selector: role.podLabels,
            ports: [
                { name: "http", port: listeners.http, targetPort: listeners.http, protocol: "TCP" },
                { name: "https", port: listeners.https, targetPort: listeners.https, protocol: "TCP" },
            ],
        },
    };
}
