/** What the kinds of the Prometheus operator connect to, off the rows. */
import { object, own, type Rogue } from "./objects";

const target = (kind: string, name: string, spec: object, ...says: RegExp[]): Rogue => ({
    title: `${/^A/.test(kind) ? "an" : "a"} ${kind} of the operator that leads off the rows`,
    ...leading(kind, name, spec, ...says),
});
const leading = (kind: string, name: string, spec: object, ...says: RegExp[]): Omit<Rogue, "title"> => ({
    add: [object("monitoring.coreos.com/v1", kind, name, { spec })],
    rule: "target-port-listed",
    names: [new RegExp(`${kind} e-chauffeur/${name}`), ...says],
});
export const targetRogues: readonly Rogue[] = [
    target(
        "PodMonitor",
        "e-pod-monitor",
        {
            selector: { matchLabels: { "app.kubernetes.io/name": "redis" } },
            podMetricsEndpoints: [{ portNumber: 9121 }],
        },
        /portNumber leads to 9121\/TCP of role Redis/,
    ),
    target(
        "ScrapeConfig",
        "e-scrape-config",
        { staticConfigs: [{ targets: ["api.e-chauffeur.svc:9229"] }] },
        /9229\/TCP of role API/,
    ),
    target(
        "AlertmanagerConfig",
        "e-alertmanager-config",
        { receivers: [{ name: "out", webhookConfigs: [{ url: "https://evil.example:8443/" }] }] },
        /leads to evil\.example on 8443\/TCP, which is no role/,
    ),
    target(
        "ThanosRuler",
        "e-thanos-ruler",
        { podMetadata: { labels: own("api") }, listenLocal: true, queryEndpoints: ["mongodb.e-chauffeur.svc:28017"] },
        /API → MongoDB 28017\/TCP/,
    ),
    ...Object.entries({
        opsgenieConfigs: [{ apiURL: "https://evil.example/" }, /leads to evil\.example on 443\/TCP, which is no role/],
        pagerdutyConfigs: [{ routingKey: { name: "a", key: "b" } }, /leads to events\.pagerduty\.com on 443\/TCP/],
        slackConfigs: [
            { apiURL: { name: "a", key: "b" }, httpConfig: { proxyURL: "http://redis.e-chauffeur.svc:3128" } },
            /httpConfig\.proxyURL leads to 3128\/TCP of role Redis/,
        ],
        telegramConfigs: [
            { apiURL: "http://mongodb.e-chauffeur.svc:27018" },
            /apiURL leads to 27018\/TCP of role MongoDB/,
        ],
        msteamsConfigs: [{ webhookUrl: { name: "a", key: "b" } }, /webhookUrl leads to an address that a Secret holds/],
    } as const).map(([receiver, [config, says]]): Rogue => ({
        title: `an AlertmanagerConfig whose ${receiver} lead off the rows`,
        ...leading(
            "AlertmanagerConfig",
            `e-${receiver.toLowerCase()}`,
            { receivers: [{ name: "out", [receiver]: [config] }] },
            says,
        ),
    })),
    {
        title: "a ServiceMonitor that goes through a proxy off the rows",
        ...leading(
            "ServiceMonitor",
            "e-proxied-monitor",
            {
                selector: { matchLabels: { "app.kubernetes.io/name": "api" } },
                endpoints: [{ targetPort: 9091, proxyUrl: "http://redis.e-chauffeur.svc:3128" }],
            },
            /endpoints\[0\]\.proxyUrl leads to 3128\/TCP of role Redis/,
        ),
    },
    {
        title: "a ScrapeConfig that asks for its targets off the rows",
        ...leading(
            "ScrapeConfig",
            "e-discovery",
            { httpSDConfigs: [{ url: "https://evil.example/targets" }] },
            /httpSDConfigs\[0\]\.url leads to evil\.example on 443\/TCP, which is no role/,
        ),
    },
];
