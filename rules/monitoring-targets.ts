import { Field } from "./field";
import { namespaceOf, podTemplates, roleByLabels, roleOfTemplate } from "./pods";
import { roleOfService } from "./services";
import { address, type Reader, type Target } from "./target-address";

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

/** Where a server writes, reads and alerts. */
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

/** Proxies and issuers of tokens, wherever an object names one: connections go there first. */
const between: Reader = (object, context) =>
    named(object.get("spec"), /^(proxy|token)U(rl|RL)$/).flatMap((field) => address(field, object, context));

/** Fields of a name at any depth; in what is unknown as a whole there is none to read. */
function named(field: Field, name: RegExp): Field[] {
    return [
        ...field.keys().flatMap((key) => {
            const child = field.get(key);
            if (name.test(key)) return [child];
            return child.unknown ? [] : named(child, name);
        }),
        ...field.items().flatMap((item) => (item.unknown ? [] : named(item, name))),
    ];
}

/** Where lists of targets are asked for; clouds' own interfaces are named by no field. */
const DISCOVERY = ["url", "server", "apiServer", "host", "endpoint", "identityEndpoint", "apiURL"];

const scrapeConfig: Reader = (object, context) => {
    const spec = object.get("spec");
    const discoveries = spec
        .keys()
        .filter((key) => key.endsWith("SDConfigs"))
        .flatMap((key) => spec.get(key).items());
    const fields = [
        ...spec
            .get("staticConfigs")
            .items()
            .flatMap((one) => one.get("targets").items()),
        ...discoveries.flatMap((one) => DISCOVERY.map((key) => one.get(key))),
    ];
    const names = spec
        .get("dnsSDConfigs")
        .items()
        .flatMap((one) => {
            const port = one.get("port").number();
            // Without a port the answer gives it (SRV).
            const to = (name: Field) => (port === undefined ? name.text() : `${name.text()}:${port}`);
            return one
                .get("names")
                .items()
                .flatMap((name) => address(new Field(to(name), name.path), object, context));
        });
    return [...fields.flatMap((field) => address(field, object, context)), ...names];
};

/**
 * Where a receiver's address stands. `usual` is where Alertmanager connects when the object names no address, or names it
 * in a Secret, as services do whose address is a password: Slack's begin with the same host for everyone.
 * https://prometheus.io/docs/alerting/latest/configuration/
 */
interface Receiver {
    readonly address?: string;
    readonly secret?: string;
    readonly usual?: string | ((receiver: Field) => string);
}

const receivers: Readonly<Record<string, Receiver>> = {
    discordConfigs: { usual: "https://discord.com" },
    emailConfigs: { address: "smarthost" },
    msteamsConfigs: { secret: "webhookUrl" },
    msteamsv2Configs: { secret: "webhookURL" },
    opsgenieConfigs: { address: "apiURL", usual: "https://api.opsgenie.com" },
    pagerdutyConfigs: { address: "url", usual: "https://events.pagerduty.com" },
    pushoverConfigs: { usual: "https://api.pushover.net" },
    rocketchatConfigs: { address: "apiURL", usual: "https://open.rocket.chat" },
    slackConfigs: { usual: "https://hooks.slack.com" },
    snsConfigs: {
        address: "apiURL",
        usual: (receiver) => `https://sns.${receiver.at("sigv4", "region").text() ?? "<region>"}.amazonaws.com`,
    },
    telegramConfigs: { address: "apiURL", usual: "https://api.telegram.org" },
    victoropsConfigs: { address: "apiUrl", usual: "https://alert.victorops.com" },
    webexConfigs: { address: "apiURL", usual: "https://webexapis.com" },
    webhookConfigs: { address: "url", secret: "urlSecret" },
    wechatConfigs: { address: "apiURL", usual: "https://qyapi.weixin.qq.com" },
};

const alertmanagerConfig: Reader = (object, context) =>
    object
        .at("spec", "receivers")
        .items()
        .flatMap((receiver) =>
            receiver
                .keys()
                .filter((key) => key.endsWith("Configs"))
                .flatMap((key) =>
                    receiver
                        .get(key)
                        .items()
                        .map((one) => [receivers[key], one] as const),
                ),
        )
        .flatMap(([kind, one]): Target[] => {
            if (kind === undefined)
                return [{ field: one, port: 0, destination: "a receiver of a kind that nobody compared" }];
            const written = kind.address === undefined ? undefined : one.get(kind.address);
            if (written?.present) return address(written, object, context);
            const secret = kind.secret === undefined ? undefined : one.get(kind.secret);
            if (secret?.present) return [{ field: secret, port: 0, destination: "an address that a Secret holds" }];
            const usual = typeof kind.usual === "function" ? kind.usual(one) : kind.usual;
            return address(new Field(usual, one.path), object, context);
        });

/** What all of some readers find. */
const all =
    (...some: Reader[]): Reader =>
    (object, context) =>
        some.flatMap((reader) => reader(object, context));

const probe: Reader = (object, context) =>
    [object.at("spec", "prober", "url"), ...object.at("spec", "targets", "staticConfig", "static").items()].flatMap(
        (field) => address(field, object, context),
    );

/** Kinds of the Prometheus operator, by `group/Kind`. https://prometheus-operator.dev/docs/api-reference/api/ */
export const monitoringReaders: Readonly<Record<string, Reader>> = {
    "monitoring.coreos.com/ServiceMonitor": all(monitor("endpoints"), between),
    "monitoring.coreos.com/PodMonitor": all(monitor("podMetricsEndpoints"), between),
    "monitoring.coreos.com/Probe": all(probe, between),
    "monitoring.coreos.com/ScrapeConfig": all(scrapeConfig, between),
    "monitoring.coreos.com/AlertmanagerConfig": all(alertmanagerConfig, between),
    "monitoring.coreos.com/Prometheus": all(server, between),
    "monitoring.coreos.com/PrometheusAgent": all(server, between),
    "monitoring.coreos.com/ThanosRuler": all(server, between),
    "monitoring.coreos.com/Alertmanager": between,
    "monitoring.coreos.com/PrometheusRule": nothing,
};
