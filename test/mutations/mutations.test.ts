import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadMatrix, loadPlatform } from "../../matrix";
import { namedPolicies, type KubernetesObject } from "../../network";
import { checkObject, checkStack, objectRules, stackRules, type Finding, type RuleContext } from "../../rules";
import { harmless } from "./harmless";
import { edit, ports, service, type Loose } from "./objects";
import { devContext, devObjects } from "./platform";
import { rogues } from "./rogues";

const context = devContext();
const platform = devObjects();

/** What the rules say of the platform with a change, less what they say of it without. */
function said(objects: readonly KubernetesObject[], of: RuleContext = context): Finding[] {
    const known = new Set(before(of).map(({ message }) => message));
    return [
        ...objects.flatMap((object) => checkObject(object, of)),
        ...checkStack([...platform, ...objects], of),
    ].filter(({ message }) => !known.has(message));
}

const cache = new Map<RuleContext, Finding[]>();
function before(of: RuleContext): Finding[] {
    const findings = cache.get(of) ?? [
        ...platform.flatMap((object) => checkObject(object, of)),
        ...checkStack(platform, of),
    ];
    cache.set(of, findings);
    return findings;
}

/** Rogues below that change what stands already, or what it is compared with. */
const inPlace = [
    "default-deny-present",
    "pss-labels-present",
    "flows-realised",
    "load-balancer-sources-listed",
    "refused-flows-closed",
];

/** Changes to a policy by host names, which stands only where the network plugin knows names. */
const byName: { title: string; widen: (policy: Loose) => unknown; says: RegExp }[] = [
    { title: "another host", widen: ({ spec }: Loose) => spec.egress[0].toFQDNs.push({ matchName: "evil.example" }) },
    {
        title: "another port",
        widen: ({ spec }: Loose) => spec.egress[0].toPorts[0].ports.push({ port: "22", protocol: "TCP" }),
    },
    { title: "every host", widen: ({ spec }: Loose) => (spec.egress[0].toFQDNs = [{ matchPattern: "*" }]) },
    { title: "a side that no row opens", widen: ({ spec }: Loose) => (spec.ingress = [{ fromEntities: ["world"] }]) },
    {
        title: "the way for pods that nobody can isolate",
        widen: ({ spec }: Loose) => delete spec.endpointSelector.matchLabels["matrice.dev/connected"],
    },
    { title: "a role that reaches nothing by name", widen: ({ metadata }: Loose) => (metadata.name = "redis") },
].map((one) => ({ ...one, says: /CiliumNetworkPolicy [^:]+: it is not the policy that the rows come to/ }));

const caught = new Set<string>();
let passed = 0;

afterAll(() => {
    const rules = objectRules.length + stackRules.length;
    process.stdout.write(
        `mutations: ${caught.size} of ${rogues.length + inPlace.length + byName.length} rogues caught, by ${rules} rules; ${passed} of ${harmless.length} harmless changes passed\n`,
    );
});

test("the suite is as large as it promises, and every rogue has a name of its own", () => {
    expect(rogues.length).toBeGreaterThanOrEqual(60);
    expect(harmless.length).toBeGreaterThanOrEqual(20);
    expect(new Set([...rogues, ...harmless].map(({ title }) => title)).size).toBe(rogues.length + harmless.length);
});

test("nothing is said against the platform itself", () => {
    expect(before(context).filter(({ level }) => level === "mandatory")).toEqual([]);
});

describe("a rogue is caught by the rule meant for it and by no other", () => {
    test.each(rogues)("$rule: $title", ({ title, add, rule, names }) => {
        const findings = said(add).filter(({ level }) => level === "mandatory");
        expect([...new Set(findings.map((finding) => finding.rule))]).toEqual([rule]);
        const text = findings.map(({ message }) => message).join("\n");
        for (const name of names) expect(text).toMatch(name);
        caught.add(title);
    });

    const only = (findings: Finding[], rule: string, ...names: RegExp[]) => {
        const mandatory = findings.filter(({ level }) => level === "mandatory");
        expect([...new Set(mandatory.map((finding) => finding.rule))]).toEqual([rule]);
        for (const name of names) expect(mandatory.map(({ message }) => message).join("\n")).toMatch(name);
        caught.add(expect.getState().currentTestName!);
    };

    test("default-deny-present: a namespace that nothing closes", () => {
        const open = platform.filter(
            ({ kind, metadata }) =>
                kind !== "NetworkPolicy" || metadata.name !== "default-deny" || metadata.namespace !== "monitoring",
        );
        only(checkStack(open, context), "default-deny-present", /Namespace monitoring/);
    });

    test("pss-labels-present: a namespace that admits privileged pods", () => {
        const namespace = structuredClone(
            platform.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === "e-chauffeur")!,
        );
        namespace.metadata.labels!["pod-security.kubernetes.io/enforce"] = "privileged";
        only(checkObject(namespace, context), "pss-labels-present", /Namespace e-chauffeur.*enforce is privileged/);
    });

    test("flows-realised: a row that nothing listens for, where the stack asks for all", () => {
        const strict = { ...context, network: { ...context.network, requireRealised: true } };
        const gone = platform.filter(({ metadata, kind }) => metadata.name !== "redis" || kind === "NetworkPolicy");
        const known = new Set(checkStack(platform, strict).map(({ message }) => message));
        const findings = checkStack(gone, strict).filter(({ message }) => !known.has(message));
        only(findings, "flows-realised", /Role Redis: .* 6379\/TCP/, /API → Redis 6379\/TCP \(matrix\.md:\d+\)/);
    });

    test("refused-flows-closed: people refused at addresses of people who are let in", () => {
        const folder = mkdtempSync(join(tmpdir(), "refused-"));
        cpSync(dirname(context.platformFiles.matrix), folder, { recursive: true });
        appendFileSync(
            join(folder, "matrix.md"),
            "\n\n| Source | Destination | Port | Protocole | Statut |\n|---|---|---|---|---|\n" +
                "|Administrateur technique|Proxy|443|HTTPS|Refusé|\n",
        );
        const refusing = { ...context, matrix: loadPlatform(folder) };
        rmSync(folder, { recursive: true });
        only(
            checkStack(platform, refusing),
            "refused-flows-closed",
            /matrix\.md:\d+ refuses Administrateur technique → Proxy, yet it can connect on 443\/TCP/,
            /Administrateur → Proxy \(matrix\.md:\d+\).* may have opened it/,
        );
    });

    describe("network-policy-listed, where the network plugin knows names", () => {
        const named = { ...context, network: { ...context.network, cni: "cilium" as const } };
        const [made] = namedPolicies(named.matrix, named.network) as KubernetesObject[];

        test.each(byName)("a policy by name that opens $title", ({ widen, says }) => {
            const wider = structuredClone(made);
            widen(wider);
            only(checkObject(wider, named), "network-policy-listed", says);
            expect(checkObject(made, named)).toEqual([]);
        });
    });

    test("load-balancer-sources-listed: addresses that no row lets in", () => {
        // Without the authority that checks domains from unpublished addresses, only people come in.
        const matrix = loadMatrix({
            matrix: [context.platformFiles.matrix],
            annex: context.platformFiles.annex,
            inventory: context.platformFiles.inventory,
        });
        const people = {
            ...context,
            network: { ...context.network, people: { clients: ["203.0.113.0/24"], administrators: [] } },
        };
        const flowsTo = matrix.flowsTo.bind(matrix);
        matrix.flowsTo = (role) => flowsTo(role).filter(({ from }) => from.kind !== "external");
        const balancer = service("s-wide", "proxy", { type: "LoadBalancer", ...ports({ port: 443 }) });
        const closed = { ...people, matrix };
        only(
            checkObject(balancer, closed),
            "load-balancer-sources-listed",
            /Service e-chauffeur\/s-wide/,
            /everybody is let in/,
            /203\.0\.113\.0\/24/,
            /Client \(matrix\.md:\d+\)/,
        );
        edit(balancer, ({ spec }) => (spec.loadBalancerSourceRanges = ["203.0.113.0/25"]));
        expect(checkObject(balancer, closed)).toEqual([]);
    });
});

describe("a harmless change passes", () => {
    test.each(harmless)("$title", ({ add }) => {
        expect(said(add)).toEqual([]);
        passed++;
    });
});

test("every rule has a rogue of its own", () => {
    const meant = [...rogues.map(({ rule }) => rule), ...inPlace];
    expect([...objectRules, ...stackRules].map(({ name }) => name).filter((name) => !meant.includes(name))).toEqual([]);
});
