import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadPlatform } from "../../matrix";
import type { KubernetesObject } from "../../network";
import { checkObject, checkStack, objectRules, stackRules, type Finding } from "../../rules";
import { deployment, edit, object } from "./objects";
import { listeners, roguesOf } from "./of-role";
import { objectsOf } from "../golden/objects";
import { contextOf } from "./platform";

const context = contextOf("agents-dev");
const platform = objectsOf("agents.dev");

function all(objects: KubernetesObject[], of = context): Finding[] {
    const findings = [...objects.flatMap((object) => checkObject(object, of)), ...checkStack(objects, of)];
    return findings.filter(({ level }) => level === "mandatory");
}

const rulesOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ rule }) => rule))];

const roles = listeners("agents-dev");

test("nothing is said against the platform itself, and its roles are there", () => {
    expect(all(platform)).toEqual([]);
    expect(roles.length).toBeGreaterThanOrEqual(12);
});

describe.each(roles.map(({ role, port }) => [role.name, role, port] as const))("A rogue of %s", (_, role, port) => {
    test.each(roguesOf(role, port))("$rule: $title", ({ add, rule, names }) => {
        const findings = [
            ...add.flatMap((object) => checkObject(object, context)),
            ...checkStack([...platform, ...add], context),
        ].filter(({ level }) => level === "mandatory");
        expect(rulesOf(findings)).toEqual([rule]);
        const text = findings.map(({ message }) => message).join("\n");
        for (const name of names) expect(text).toMatch(name);
    });
});

describe("What holds the stack as a whole", () => {
    test("default-deny-present: a namespace that nothing closes", () => {
        const open = platform.filter(
            ({ kind, metadata }) =>
                kind !== "NetworkPolicy" || metadata.name !== "default-deny" || metadata.namespace !== "agents",
        );
        expect(rulesOf(all(open))).toEqual(["default-deny-present"]);
    });

    test("pss-labels-present: a namespace that admits privileged pods", () => {
        const loose = platform.map((one) => structuredClone(one));
        const namespace = loose.find(({ kind, metadata }) => kind === "Namespace" && metadata.name === "agents")!;
        namespace.metadata.labels!["pod-security.kubernetes.io/enforce"] = "privileged";
        expect(rulesOf(all(loose))).toEqual(["pss-labels-present"]);
    });

    test("flows-realised: a role that is gone, where the stack asks for every row", () => {
        const strict = { ...context, network: { ...context.network, requireRealised: true } };
        const known = new Set(all(platform, strict).map(({ message }) => message));
        const gone = platform.filter(({ metadata, kind }) => metadata.name !== "redis" || kind === "NetworkPolicy");
        const findings = all(gone, strict).filter(({ message }) => !known.has(message));
        expect(rulesOf(findings)).toEqual(["flows-realised"]);
        expect(findings.map(({ message }) => message).join("\n")).toMatch(/Role Redis/);
    });

    test("nothing-wider: a label that puts a pod under a second role's policy", () => {
        const second = edit(deployment("m-second", "redis"), ({ metadata, spec }) => {
            metadata.namespace = "agents";
            spec.template.metadata.labels["acme.cert-manager.io/http01-solver"] = "true";
        });
        expect(rulesOf(all([...platform, second]))).toEqual(["nothing-wider"]);
    });

    test("no-hidden-objects: a kind whose objects nobody sees", () => {
        const hidden = object("helm.cattle.io/v1", "HelmChart", "m-hidden", { spec: {} }, "agents");
        expect(rulesOf(all([...platform, hidden]))).toEqual(["no-hidden-objects"]);
    });

    test("refused-flows-closed: a row that another refuses", () => {
        const folder = mkdtempSync(join(tmpdir(), "refused-"));
        cpSync(dirname(context.platformFiles.matrix), folder, { recursive: true });
        appendFileSync(
            join(folder, "matrix.md"),
            "\n\n| Source | Destination | Port | Protocole | Statut |\n|---|---|---|---|---|\n" +
                "|Administrateurs|Nginx Proxy|443|HTTPS|Refusé|\n",
        );
        const refusing = { ...context, matrix: loadPlatform(folder) };
        rmSync(folder, { recursive: true });
        expect(rulesOf(all(platform, refusing))).toEqual(["refused-flows-closed"]);
    });
});

test("every rule has a rogue here, but that of addresses: everybody may come to agents, by its first row", () => {
    const tried = [
        ...roguesOf(roles[0].role, roles[0].port).map(({ rule }) => rule),
        "default-deny-present",
        "pss-labels-present",
        "flows-realised",
        "nothing-wider",
        "no-hidden-objects",
        "refused-flows-closed",
    ];
    const rules = [...objectRules, ...stackRules].map(({ name }) => name);
    expect(rules.filter((name) => !tried.includes(name))).toEqual(["load-balancer-sources-listed"]);
});
