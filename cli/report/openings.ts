import { parse } from "yaml";
import type { Transport } from "../../matrix";
import { NODE_TABLE, podTemplateOf, type KubernetesObject } from "../../network";
import { GoldenError, type Rendered } from "../golden";

/** A place of an object through which something can connect, or through which it is told where to. */
export type Opening =
    | { readonly kind: "listener"; readonly part: string; readonly transport: Transport; readonly port: number }
    | {
          readonly kind: "service";
          readonly part: string;
          readonly transport: Transport;
          readonly port: number;
          /** A number, or the name of a container's port. */
          readonly target: number | string;
      }
    | { readonly kind: "rule"; readonly part: string }
    | { readonly kind: "route" | "target"; readonly part: string; readonly host: string; readonly port: number }
    | { readonly kind: "webhook"; readonly part: string; readonly service: string }
    | { readonly kind: "right"; readonly part: string }
    | { readonly kind: "restriction"; readonly part: string }
    /** A row that the rules of a machine hold, with those rules. */
    | { readonly kind: "node rule"; readonly part: string; readonly rules: readonly string[] };

/** Kinds that open nothing: what they hold, group, limit or describe is reached through others. */
const closed = new Set([
    "Certificate",
    "ClusterIssuer",
    "HorizontalPodAutoscaler",
    "Issuer",
    "LimitRange",
    "Namespace",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "ResourceQuota",
    "Secret",
    "ServiceAccount",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
]);

/** Resources of other providers that open nothing in the cluster. */
const outside = /^(matrice|random|command|pulumi):/;

/** How the report names a resource: `Service e-chauffeur/api`; one named by its content has its program's name. */
export function nameOf({ type, name, object }: Rendered): string {
    const { kind = type.split(":").at(-1), metadata } = object ?? {};
    const namespace = metadata?.namespace === undefined ? "" : `${metadata.namespace}/`;
    return `${kind} ${namespace}${metadata?.name ?? name}`;
}

/**
 * What a rendered resource opens, part by part. Throws GoldenError for a kind of which that is not known, so that none is
 * ever passed over.
 */
export function openingsOf(resource: Rendered): Opening[] {
    const { type, object } = resource;
    if (!type.startsWith("kubernetes:")) {
        if (/iprestriction/i.test(type)) {
            return [{ kind: "restriction", part: "control plane" }];
        }
        if (type === "command:remote:Command") {
            return nodeRules(String((object as { stdin?: string }).stdin ?? ""));
        }
        if (outside.test(type)) {
            return [];
        }
        throw new GoldenError(`${nameOf(resource)}: what a resource of type ${type} opens is not known.`);
    }
    if (podTemplateOf(object) !== undefined) {
        return listeners(object);
    }
    switch (object.kind) {
        case "Service":
            return services(object);
        case "NetworkPolicy":
        case "CiliumNetworkPolicy":
            return (["ingress", "egress"] as const).flatMap((direction) =>
                (object.spec[direction] ?? []).map((_: unknown, index: number) => ({
                    kind: "rule" as const,
                    part: `${direction}[${index}]`,
                })),
            );
        case "ConfigMap":
            return Object.values(object.data ?? {}).flatMap((text) => [
                ...routes(String(text)),
                ...targets(String(text)),
            ]);
        case "ValidatingWebhookConfiguration":
        case "MutatingWebhookConfiguration":
            return webhooks((object.webhooks ?? []).map((one: Webhook) => [one.name, one.clientConfig]));
        case "CustomResourceDefinition":
            return webhooks(
                object.spec?.conversion?.webhook ? [["conversion", object.spec.conversion.webhook.clientConfig]] : [],
            );
        case "APIService":
            return object.spec?.service ? webhooks([["aggregated API", { service: object.spec.service }]]) : [];
        case "Role":
        case "ClusterRole":
        case "RoleBinding":
        case "ClusterRoleBinding":
            return [{ kind: "right", part: "" }];
        default:
            if (closed.has(object.kind)) {
                return [];
            }
            throw new GoldenError(`${nameOf(resource)}: what an object of kind ${object.kind} opens is not known.`);
    }
}

interface Container {
    name: string;
    ports?: { containerPort: number; protocol?: Transport }[];
}

function listeners(object: KubernetesObject): Opening[] {
    const { containers = [], initContainers = [] } = podTemplateOf(object)!.spec ?? {};
    return [...containers, ...initContainers].flatMap(({ name, ports = [] }: Container) =>
        ports.map(({ containerPort: port, protocol: transport = "TCP" }) => ({
            kind: "listener" as const,
            part: `${name} ${port}/${transport}`,
            transport,
            port,
        })),
    );
}

function services({ spec }: KubernetesObject): Opening[] {
    return (spec?.ports ?? []).map(
        ({
            port,
            targetPort = port,
            protocol: transport = "TCP",
        }: {
            port: number;
            targetPort?: number | string;
            protocol?: Transport;
        }) => ({
            kind: "service" as const,
            part: `${port}/${transport}`,
            transport,
            port,
            target: spec.clusterIP === "None" ? port : targetPort,
        }),
    );
}

/** Each row that rules for nftables open, as the comment before them names it (network/node-rules.ts). */
function nodeRules(text: string): Opening[] {
    if (!text.includes(`table inet ${NODE_TABLE} {`)) return [];
    const lines = text.split("\n").map((line) => line.trim());
    const found = new Map<string, string[]>();
    lines.forEach((line, index) => {
        if (!/^# .* → .*\(\S+:\d+\)$/.test(line) || / is left to others: /.test(line)) return;
        const next = lines.slice(index + 1);
        const rules = next.slice(
            0,
            next.findIndex((one) => !one.endsWith(" accept")),
        );
        for (const row of line.slice(2).split(/(?<=:\d+\)), /)) found.set(row, [...(found.get(row) ?? []), ...rules]);
    });
    return [...found].map(([part, rules]) => ({ kind: "node rule", part, rules }));
}

/** nginx: `server_name A;` … `set $upstream HOST;` `proxy_pass http://$upstream:PORT;` */
function routes(text: string): Opening[] {
    const found = new Map<string, Opening>();
    let names = "";
    let upstream = "";
    for (const line of text.split("\n")) {
        names = /^\s*server_name\s+([^;]+);/.exec(line)?.[1] ?? names;
        upstream = /^\s*set\s+\$upstream\s+([^;]+);/.exec(line)?.[1] ?? upstream;
        const [, port] = /^\s*proxy_pass\s+https?:\/\/\$upstream:(\d+)/.exec(line) ?? [];
        if (port !== undefined) {
            const part = `${names} → ${upstream}:${port}`;
            found.set(part, { kind: "route", part, host: upstream, port: Number(port) });
        }
    }
    return [...found.values()];
}

interface Discovery {
    names: string[];
    port: number;
}
interface Job {
    job_name: string;
    dns_sd_configs?: Discovery[];
    static_configs?: { targets: string[] }[];
}

/** Prometheus' configuration: where it scrapes, writes and alerts. https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
function targets(text: string): Opening[] {
    if (!/^scrape_configs:/m.test(text)) {
        return [];
    }
    const {
        scrape_configs: jobs,
        remote_write: writes,
        alerting,
    } = parse(text) as {
        scrape_configs: Job[];
        remote_write?: { url: string }[];
        alerting?: { alertmanagers?: Omit<Job, "job_name">[] };
    };
    const of = (what: string, { dns_sd_configs = [], static_configs = [] }: Omit<Job, "job_name">) => [
        ...dns_sd_configs.flatMap(({ names, port }) => names.map((host) => [what, host, port] as const)),
        ...static_configs.flatMap(({ targets: addresses }) =>
            addresses.map((address) => [what, ...splitAddress(address)] as const),
        ),
    ];
    const all = [
        ...jobs.flatMap((job) => of(`job ${job.job_name}`, job)),
        ...(alerting?.alertmanagers ?? []).flatMap((one) => of("alerts", one)),
        ...(writes ?? []).map(({ url }) => ["remote write", ...splitAddress(new URL(url).host)] as const),
    ];
    // What a pod asks of itself over its loopback goes through no policy.
    const others = all.filter(([, host]) => host !== "localhost");
    return others.map(([what, host, port]) => ({
        kind: "target" as const,
        part: `${what} → ${host.replace(/\.$/, "")}:${port}`,
        host: host.replace(/\.$/, ""),
        port,
    }));
}

function splitAddress(address: string): readonly [host: string, port: number] {
    const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(address)!;
    return [host, Number(port ?? 80)];
}

interface Webhook {
    name: string;
    clientConfig: ClientConfig;
}
interface ClientConfig {
    service?: { namespace: string; name: string };
}

function webhooks(configs: readonly (readonly [name: string, config: ClientConfig])[]): Opening[] {
    return configs.map(([name, { service }]) => {
        if (service === undefined) {
            throw new GoldenError(`${name}: a webhook outside the cluster is named by no row.`);
        }
        return { kind: "webhook" as const, part: name, service: `${service.namespace}/${service.name}` };
    });
}
