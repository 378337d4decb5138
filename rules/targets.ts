import type { Field } from "./field";
import { monitoringReaders } from "./monitoring-targets";
import { foreign } from "./network-policy-listed";
import { hides } from "./no-hidden-objects";
import { routes } from "./no-other-way-in";
import { groupKind, isCustom } from "./pods";
import type { RuleContext } from "./rule";
import { roleOfService } from "./services";
import { address, type Reader, type Target } from "./target-address";

export type { Target };

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

/** Kinds whose targets are known, by `group/Kind`. An operator's kinds are added here. */
const readers: Record<string, Reader> = {
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": webhooks,
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": webhooks,
    "apiextensions.k8s.io/CustomResourceDefinition": (object, context) =>
        clientConfig(object.at("spec", "conversion", "webhook", "clientConfig"), object, context),
    "apiregistration.k8s.io/APIService": (object, context) => reference(object.at("spec", "service"), context),
    "cert-manager.io/Issuer": issuer,
    "cert-manager.io/ClusterIssuer": issuer,
    ...monitoringReaders,
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
