import { join } from "node:path";
import { loadPlatform } from "../../matrix";
import { namedPolicies, parseNetworkSettings, policies, type KubernetesObject } from "../../network";
import { objectsOf } from "../golden/objects";

const STORAGE = ["s3.gra.io.cloud.ovh.net"];

/** Each port that a role may use outside the cluster, with whom it is for. */
type Outside = Record<string, Record<number, readonly string[]>>;

/** What both platforms open to other parties. */
const EVERYWHERE: Outside = {
    alertmanager: { 443: ["hc-ping.com", "hooks.slack.com"], 587: ["ssl0.ovh.net"] },
    backup: { 443: STORAGE },
    "backup-status": { 443: STORAGE },
    "restore-drill": { 443: STORAGE },
    retention: { 443: STORAGE },
    "cert-manager": { 443: ["acme-staging-v02.api.letsencrypt.org", "acme-v02.api.letsencrypt.org"] },
};

const E_CHAUFFEUR: Outside = {
    ...EVERYWHERE,
    api: {
        443: [
            "*.notify.windows.com",
            "*.push.apple.com",
            "api.twilio.com",
            "fcm.googleapis.com",
            "updates.push.services.mozilla.com",
        ],
        587: ["ssl0.ovh.net"],
    },
    cleanup: { 443: STORAGE },
};

const AGENTS: Outside = {
    ...EVERYWHERE,
    "oauth-manager": {
        443: [
            "accounts.google.com",
            "api.notion.com",
            "graph.microsoft.com",
            "login.microsoftonline.com",
            "oauth2.googleapis.com",
            "www.googleapis.com",
            "youtube.googleapis.com",
        ],
    },
};

const settings = (cni: "standard" | "cilium") =>
    parseNetworkSettings({
        cni,
        edge: "proxyProtocol",
        loadBalancerCidrs: ["10.100.0.0/24"],
        people: { clients: ["0.0.0.0/0"], administrators: ["203.0.113.0/24"], nodes: ["10.20.0.0/24"] },
        controlPlane: { cidrs: ["192.0.2.10/32"] },
    });

interface Rule {
    readonly to: { readonly ipBlock?: { readonly cidr: string; readonly except?: string[] } }[];
    readonly ports: { readonly port: number; readonly endPort?: number; readonly protocol: string }[];
}

/** The rules of each policy that lead to the whole internet: by name of the policy, the ports. */
function openedToTheInternet(objects: readonly KubernetesObject[]): Record<string, number[]> {
    const opened = objects.flatMap(({ kind, metadata, spec }) => {
        if (kind !== "NetworkPolicy") return [];
        const rules = ((spec.egress ?? []) as Rule[]).filter(({ to }) =>
            to.some(({ ipBlock }) => ipBlock !== undefined && /\/0$/.test(ipBlock.cidr)),
        );
        const ports = rules.flatMap((rule) => rule.ports);
        expect([metadata.name, ports.filter(({ protocol, endPort }) => protocol !== "TCP" || endPort)]).toEqual([
            metadata.name,
            [],
        ]);
        return ports.length === 0 ? [] : [[metadata.name!, ports.map(({ port }) => port).sort()] as const];
    });
    return Object.fromEntries(opened);
}

/** Ports by role, as a table has them. */
const portsOf = (table: Outside) =>
    Object.fromEntries(Object.entries(table).map(([role, ports]) => [role, Object.keys(ports).map(Number).sort()]));

describe.each([
    ["e-chauffeur", E_CHAUFFEUR],
    ["agents", AGENTS],
])("%s", (platform, outside) => {
    const matrix = loadPlatform(join(__dirname, "../../platforms", platform));

    test.each(["dev", "prod"])(
        "stack %s lets out the roles of the external rows, on their ports and no others",
        (stack) => {
            const objects = objectsOf(`${platform}.${stack}`).filter(({ kind }) => kind === "NetworkPolicy");
            expect(openedToTheInternet(objects)).toEqual(portsOf(outside));
        },
    );

    test("private and link-local addresses are no part of what is opened", () => {
        for (const { metadata, spec } of policies(matrix, settings("standard"))) {
            for (const { to = [] } of spec.egress ?? []) {
                for (const { ipBlock } of to) {
                    if (ipBlock?.cidr !== "0.0.0.0/0") continue;
                    expect([metadata.name, ipBlock.except]).toEqual([
                        metadata.name,
                        expect.arrayContaining(["10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]),
                    ]);
                }
            }
        }
    });

    test("with Cilium each is let out to the names of its rows alone", () => {
        const named = namedPolicies(matrix, settings("cilium")).map(({ metadata, spec }) => {
            const rules = spec.egress.flatMap(({ toFQDNs, toPorts }) =>
                toFQDNs === undefined
                    ? []
                    : toPorts.flatMap(({ ports }) =>
                          ports.map(
                              ({ port }) =>
                                  [
                                      port,
                                      toFQDNs.map(({ matchName, matchPattern }) => matchName ?? matchPattern),
                                  ] as const,
                          ),
                      ),
            );
            const byPort: Record<string, string[]> = {};
            for (const [port, names] of rules) byPort[port] = [...(byPort[port] ?? []), ...(names as string[])].sort();
            return [metadata.name, byPort];
        });
        expect(Object.fromEntries(named)).toEqual(outside);
        expect(openedToTheInternet(policies(matrix, settings("cilium")))).toEqual({});
    });
});
