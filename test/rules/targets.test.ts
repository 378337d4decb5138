import { namedPolicies, type KubernetesObject } from "../../network";
import { checkObject, UNKNOWN } from "../../rules";
import { networkPolicyListed } from "../../rules/network-policy-listed";
import { podTemplateRestricted } from "../../rules/pod-template-restricted";
import { targetPortListed } from "../../rules/target-port-listed";
import { devContext } from "../mutations/platform";
import { context, deployment, edit, labels, messages, type Loose } from "./factories";

const object = (type: string, spec: Loose, namespace = "rides"): KubernetesObject => {
    const slash = type.lastIndexOf("/");
    return {
        apiVersion: type.slice(0, slash),
        kind: type.slice(slash + 1),
        metadata: { name: "one", namespace },
        spec,
    };
};
const found = (type: string, spec: Loose, namespace?: string) =>
    messages(targetPortListed, object(type, spec, namespace)).map((message) => message.split("\n")[0]);
const issuer = (server: unknown) => found("cert-manager.io/v1/Issuer", { acme: { server } });

describe("target-port-listed", () => {
    test("compares an issuer's server with the hosts of other parties and their rows", () => {
        expect(issuer("https://mail.example.com:587/dir")).toEqual([]);
        expect(issuer("https://MAIL.example.com./dir")).toEqual([
            expect.stringContaining("spec.acme.server leads to 443/TCP of role Mail, which is not in the matrix"),
        ]);
        expect(issuer("not a url")).toEqual([expect.stringContaining("leads to not a url, which is no role")]);
        expect(issuer(UNKNOWN)).toEqual([expect.stringContaining("spec.acme.server is unknown at preview")]);
    });

    test("follows a ServiceMonitor's selector into the namespaces it names", () => {
        const monitor = (more: object) =>
            found(
                "monitoring.coreos.com/v1/ServiceMonitor",
                {
                    selector: { matchLabels: { "app.kubernetes.io/name": "api" } },
                    endpoints: [{ port: "metrics" }, { targetPort: 9091 }],
                    ...more,
                },
                "monitoring",
            );
        expect(monitor({ namespaceSelector: { matchNames: ["rides"] } })).toEqual([]);
        expect(monitor({ namespaceSelector: { any: true } })).toEqual([]);
        expect(monitor({})).toEqual([expect.stringContaining("which is no role of the inventory")]);
        expect(monitor({ namespaceSelector: { matchNames: ["rides"] }, endpoints: [{ targetPort: 9092 }] })).toEqual([
            expect.stringContaining("spec.endpoints[0].targetPort leads to 9092/TCP of role API"),
        ]);
    });

    test("knows who connects where the object says so", () => {
        const written = (url: string) =>
            found(
                "monitoring.coreos.com/v1/Prometheus",
                { podMetadata: { labels: labels("prometheus") }, remoteWrite: [{ url }] },
                "monitoring",
            );
        expect(written("http://api.rides.svc.cluster.local:9091/write")).toEqual([]);
        expect(written("http://api.rides:80")).toEqual([expect.stringContaining("leads to Prometheus → API 80/TCP")]);
    });

    describe("an AlertmanagerConfig", () => {
        const receiver = (kind: string, config: Loose) =>
            found("monitoring.coreos.com/v1alpha1/AlertmanagerConfig", {
                receivers: [{ name: "out", [kind]: [config] }],
            });
        const key = { name: "secret", key: "key" };

        test.each<[string, Loose, string]>([
            ["pagerdutyConfigs", {}, "pagerdutyConfigs[0] leads to events.pagerduty.com on 443/TCP"],
            ["pagerdutyConfigs", { url: "https://evil.example:444" }, "url leads to evil.example on 444/TCP"],
            ["victoropsConfigs", { apiUrl: "http://evil.example" }, "apiUrl leads to evil.example on 80/TCP"],
            ["snsConfigs", { sigv4: { region: "eu-west-3" } }, "leads to sns.eu-west-3.amazonaws.com on 443/TCP"],
            ["snsConfigs", {}, "snsConfigs[0] leads to https://sns.<region>.amazonaws.com, which is no role"],
            ["slackConfigs", { apiURL: key }, "slackConfigs[0] leads to hooks.slack.com on 443/TCP"],
            ["discordConfigs", { apiURL: key }, "discordConfigs[0] leads to discord.com on 443/TCP"],
            ["pushoverConfigs", { url: "https://shown.example" }, "leads to api.pushover.net on 443/TCP"],
            ["msteamsv2Configs", { webhookURL: key }, "webhookURL leads to an address that a Secret holds"],
            ["webhookConfigs", { urlSecret: key }, "urlSecret leads to an address that a Secret holds"],
            ["pigeonConfigs", { coop: "A" }, "pigeonConfigs[0] leads to a receiver of a kind that nobody compared"],
            ["webexConfigs", { apiURL: UNKNOWN }, "webexConfigs[0].apiURL is unknown at preview"],
        ])("leads where its %s say, or by themselves lead", (kind, config, says) => {
            expect(receiver(kind, config)).toEqual([expect.stringContaining(says)]);
        });

        test("is accepted where the address is another party's with a row", () => {
            expect(receiver("webhookConfigs", { url: "https://mail.example.com:587/" })).toEqual([]);
            expect(receiver("emailConfigs", { smarthost: "mail.example.com:587" })).toEqual([]);
        });
    });

    test("compares what a scrape goes through and what it asks for its targets", () => {
        const scrape = (spec: Loose) => found("monitoring.coreos.com/v1alpha1/ScrapeConfig", spec);
        expect(scrape({ proxyUrl: "http://api.rides:3128" })).toEqual([
            expect.stringContaining("spec.proxyUrl leads to 3128/TCP of role API"),
        ]);
        expect(
            scrape({ consulSDConfigs: [{ server: "evil.example:8500", oauth2: { tokenUrl: "https://a.b" } }] }),
        ).toEqual([
            expect.stringContaining("consulSDConfigs[0].server leads to evil.example on 8500/TCP"),
            expect.stringContaining("oauth2.tokenUrl leads to a.b on 443/TCP"),
        ]);
        const names = ["api.rides.svc"];
        expect(scrape({ dnsSDConfigs: [{ names, port: 9091 }] })).toEqual([]);
        expect(scrape({ dnsSDConfigs: [{ names, port: 9229 }] })).toEqual([
            expect.stringContaining("dnsSDConfigs[0].names[0] leads to 9229/TCP of role API"),
        ]);
        expect(scrape({ proxyUrl: UNKNOWN, relabelings: UNKNOWN })).toEqual([
            expect.stringContaining("spec.proxyUrl is unknown at preview"),
        ]);
    });

    test("looks for ports in custom resources of kinds that nobody compared, pod templates left out", () => {
        const custom = (spec: Loose) => found("example.com/v1/Widget", spec);
        expect(custom({ size: 3, support: "yes", report: "daily" })).toEqual([]);
        expect(custom({ template: deployment().spec.template })).toEqual([]);
        expect(custom({ a: [{ targetPort: "8080" }], ports: [1, 2] })).toHaveLength(3);
        expect(custom({ port: UNKNOWN, other: UNKNOWN })).toEqual([
            expect.stringContaining("spec.port is unknown at preview"),
        ]);
        expect(found("apps/v1/Deployment", deployment().spec)).toEqual([]);
    });
});

test("network-policy-listed accepts the plugin's own policies that Isolation makes, and no others", () => {
    const standard = devContext();
    const cilium = { ...standard, network: { ...standard.network, cni: "cilium" as const } };
    const made = namedPolicies(cilium.matrix, cilium.network) as KubernetesObject[];
    expect(made.length).toBeGreaterThan(0);
    for (const one of made) {
        expect(networkPolicyListed.check(structuredClone(one), cilium)).toEqual([]);
        expect(networkPolicyListed.check(one, standard)).toHaveLength(1);
        const wider = edit(structuredClone(one), ({ spec }) => (spec.egress[0].toEntities = ["world"]));
        expect(networkPolicyListed.check(wider, cilium)).toHaveLength(1);
    }
});

test("pod-template-restricted judges the annotations that named AppArmor profiles", () => {
    const annotated = (profile: string) =>
        messages(
            podTemplateRestricted,
            edit(deployment(), ({ spec }) => {
                spec.template.metadata.annotations = {
                    "container.apparmor.security.beta.kubernetes.io/api": profile,
                };
            }),
        );
    expect(annotated("runtime/default")).toEqual([]);
    expect(annotated("unconfined")).toEqual([expect.stringContaining("is unconfined")]);
    expect(checkObject(deployment(), context)).toEqual([]);
});
