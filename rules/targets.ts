import type { Role } from "../matrix";
import type { Field } from "./field";
import { foreign } from "./network-policy-listed";
import { hides } from "./no-hidden-objects";
import { routes } from "./no-other-way-in";
import { groupKind, isCustom, namespaceOf, podTemplates, roleByLabels, roleOfTemplate } from "./pods";
import type { RuleContext } from "./rule";
import { roleOfService } from "./services";

/** A port that an object tells some program to connect to. */
export interface Target {
    field: Field;
    port: number;
    /** Who connects, where the object says so. */
    source?: Role;
    /** Whom it leads to: a role, or a name that stands for none. */
    destination: Role | string;
}

type Reader = (object: Field, context: RuleContext) => Target[];

/** A URL or host:port as a target; ports that a URL leaves out are its scheme's. */
function address(field: Field, object: Field, context: RuleContext, source?: Role): Target[] {
    const text = field.text();
    if (!text) {
        return [];
    }
    let url: URL | undefined;
    try {
        url = new URL(text.includes("://") ? text : `tcp://${text}`);
    } catch {
        return [{ field, port: 0, source, destination: text }];
    }
    const port = Number(url.port || { "https:": 443, "http:": 80 }[url.protocol] || 0);
    const host = url.hostname;
    return [{ field, port, source, destination: roleOfHost(host, namespaceOf(object), context) ?? host }];
}

/** The role that a host name stands for: another party's, or a Service's by the name of its workload. */
function roleOfHost(host: string, namespace: string, { matrix }: RuleContext): Role | undefined {
    const name = host.toLowerCase().replace(/\.$/, "");
    const outside = matrix.roles.find(({ hosts }) =>
        hosts.some((known) => known === name || (known.startsWith("*.") && name.endsWith(known.slice(1)))),
    );
    const [service, where = namespace, third = "svc"] = name.split(".");
    return outside ?? (third === "svc" ? roleOfService(where, service, { matrix }) : undefined);
}

/** What a webhook's or an aggregated API's `service` says; its port is 443 where it says nothing. */
function reference(field: Field, context: RuleContext): Target[] {
    if (!field.present) {
        return [];
    }
    const [namespace, name] = [field.get("namespace").text() ?? "", field.get("name").text() ?? ""];
    const port = field.get("port");
    return [
        {
            field: port,
            port: port.number() ?? 443,
            source: context.matrix.roles.find(({ kind }) => kind === "controlPlane"),
            destination: roleOfService(namespace, name, context) ?? `Service ${namespace}/${name}`,
        },
    ];
}

const clientConfig = (field: Field, object: Field, context: RuleContext): Target[] => [
    ...reference(field.get("service"), context),
    ...address(
        field.get("url"),
        object,
        context,
        context.matrix.roles.find(({ kind }) => kind === "controlPlane"),
    ),
];

const webhooks: Reader = (object, context) =>
    object
        .get("webhooks")
        .items()
        .flatMap((webhook) => clientConfig(webhook.get("clientConfig"), object, context));

/** Accounts of a certificate authority, and what checks domains by DNS. https://cert-manager.io/docs/reference/api-docs/ */
const issuer: Reader = (object, context) => {
    const spec = object.get("spec");
    const solvers = spec.at("acme", "solvers").items();
    return [
        spec.at("acme", "server"),
        spec.at("vault", "server"),
        spec.at("venafi", "tpp", "url"),
        ...solvers.map((solver) => solver.at("dns01", "rfc2136", "nameserver")),
    ].flatMap((field) => address(field, object, context));
};

/** Numbers that a monitor gives; a name leads to a port that the Service's or the container's own rule compares. */
const monitor =
    (list: string): Reader =>
    (object, context) => {
        const spec = object.get("spec");
        const any = spec.at("namespaceSelector", "any").value === true;
        const names = spec
            .at("namespaceSelector", "matchNames")
            .items()
            .map((item) => item.text() ?? "");
        const namespaces = any ? context.matrix.namespaces : names.length > 0 ? names : [namespaceOf(object)];
        const labels = spec.at("selector", "matchLabels");
        const roles = namespaces.flatMap((namespace) => roleByLabels(context, namespace, labels) ?? []);
        const destinations = roles.length > 0 ? roles : [`the pods ${JSON.stringify(labels.strings())}`];
        return spec
            .get(list)
            .items()
            .flatMap((endpoint) => ["targetPort", "portNumber"].map((key) => endpoint.get(key)))
            .flatMap((field) => {
                const port = field.number();
                return port === undefined ? [] : destinations.map((destination) => ({ field, port, destination }));
            });
    };

const list = (field: Field, ...keys: string[]) => field.items().map((item) => item.at(...keys));

/** https://prometheus-operator.dev/docs/api-reference/api/ */
const server: Reader = (object, context) => {
    const spec = object.get("spec");
    const [pods] = podTemplates(object);
    const source = pods && roleOfTemplate(context, object, pods);
    const written = [...list(spec.get("remoteWrite"), "url"), ...list(spec.get("remoteRead"), "url")];
    const alertmanagers = [spec.at("alerting", "alertmanagers"), spec.get("alertmanagers")];
    return [
        ...[...written, ...spec.get("queryEndpoints").items()].flatMap((url) => address(url, object, context, source)),
        ...alertmanagers.flatMap((field) =>
            field.items().flatMap((one): Target[] => {
                const port = one.get("port").number();
                const namespace = one.get("namespace").text() ?? namespaceOf(object);
                const name = one.get("name").text() ?? "";
                const destination = roleOfService(namespace, name, context) ?? `Service ${namespace}/${name}`;
                return port === undefined ? [] : [{ field: one.get("port"), port, source, destination }];
            }),
        ),
    ];
};

const nothing: Reader = () => [];

/** Kinds whose targets are known, by `group/Kind`. An operator's kinds are added here. */
const readers: Record<string, Reader> = {
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": webhooks,
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": webhooks,
    "apiextensions.k8s.io/CustomResourceDefinition": (object, context) =>
        clientConfig(object.at("spec", "conversion", "webhook", "clientConfig"), object, context),
    "apiregistration.k8s.io/APIService": (object, context) => reference(object.at("spec", "service"), context),
    "cert-manager.io/Issuer": issuer,
    "cert-manager.io/ClusterIssuer": issuer,
    "monitoring.coreos.com/ServiceMonitor": monitor("endpoints"),
    "monitoring.coreos.com/PodMonitor": monitor("podMetricsEndpoints"),
    "monitoring.coreos.com/Probe": (object, context) =>
        [object.at("spec", "prober", "url"), ...object.at("spec", "targets", "staticConfig", "static").items()].flatMap(
            (field) => address(field, object, context),
        ),
    "monitoring.coreos.com/ScrapeConfig": (object, context) =>
        object
            .at("spec", "staticConfigs")
            .items()
            .flatMap((one) => one.get("targets").items())
            .flatMap((field) => address(field, object, context)),
    "monitoring.coreos.com/AlertmanagerConfig": (object, context) =>
        object
            .at("spec", "receivers")
            .items()
            .flatMap((receiver) => [
                ...list(receiver.get("webhookConfigs"), "url"),
                ...list(receiver.get("emailConfigs"), "smarthost"),
            ])
            .flatMap((field) => address(field, object, context)),
    "monitoring.coreos.com/Prometheus": server,
    "monitoring.coreos.com/PrometheusAgent": server,
    "monitoring.coreos.com/ThanosRuler": server,
    "monitoring.coreos.com/Alertmanager": nothing,
    "monitoring.coreos.com/PrometheusRule": nothing,
};

/** Groups of which every other kind names no port. */
const quiet = ["cert-manager.io", "acme.cert-manager.io"];

/** The ports that an object names; `undefined` for a custom kind of which nobody has said where it keeps them. */
export function targetsOf(object: Field, context: RuleContext): Target[] | undefined {
    const key = groupKind(object);
    if (readers[key]) {
        return readers[key](object, context);
    }
    const judged = foreign.has(key) || hides(key) || routes(key) || quiet.includes(key.slice(0, key.indexOf("/")));
    return !isCustom(key) || judged ? [] : undefined;
}

/** Numbers under keys named as ports are, pod templates left to their own rules. */
export function portFields(field: Field, key = ""): Field[] {
    if (field.get("spec").get("containers").items().length > 0) {
        return [];
    }
    if (/port(s|Number)?$/i.test(key) && field.number() !== undefined) {
        return [field];
    }
    const keys = field.keys().filter((child) => !["metadata", "status"].includes(child));
    return [
        ...keys.flatMap((child) =>
            field.get(child).unknown && !/port/i.test(child) ? [] : portFields(field.get(child), child),
        ),
        ...field.items().flatMap((item) => (item.unknown ? [] : portFields(item, key))),
    ];
}
