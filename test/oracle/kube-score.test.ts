import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { REASONS } from "../../components/excuses";
import type { KubernetesObject } from "../../network";
import { objectsOf } from "../golden/objects";

const program = join(__dirname, "../../.tools/bin/kube-score");
const IGNORED = "kube-score/ignore";
const CRITICAL = 1;

interface Scored {
    readonly object_name: string;
    readonly checks: { readonly check: { readonly id: string }; readonly grade: number; readonly skipped: boolean }[];
}

/** A pod of those that cert-manager starts for a challenge, of which the golden file has the template alone. */
function solverPod(objects: readonly KubernetesObject[], namespace: string): KubernetesObject {
    const issuer = objects.find(({ kind }) => kind === "ClusterIssuer")!;
    const [{ http01 }] = issuer.spec.acme.solvers;
    const { labels } = http01.ingress.podTemplate.metadata;
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
            name: "solver",
            namespace,
            labels: { "acme.cert-manager.io/http01-solver": "true", ...labels },
        },
        spec: { containers: [] },
    };
}

/** The critical findings of kube-score, `Kind/group/namespace/name check`, less those of the pod that stands in. */
function critical(objects: readonly KubernetesObject[], ...more: string[]): string[] {
    if (!existsSync(program)) throw new Error(`${program} is not there: \`make test\` builds it.`);
    const input = objects.map((object) => stringify(object)).join("---\n");
    const args = ["score", "--kubernetes-version", "v1.35", "--output-format", "json", "--exit-one-on-warning=false"];
    let text: string;
    try {
        text = execFileSync(program, [...args, ...more, "-"], { input, encoding: "utf8", maxBuffer: 2 ** 26 });
    } catch (error) {
        // It ends with 1 where something is critical.
        text = (error as { stdout: string }).stdout;
    }
    const scored = JSON.parse(text) as Scored[];
    expect(scored.length).toBeGreaterThan(50);
    return scored
        .filter(({ object_name }) => !object_name.startsWith("Pod/"))
        .flatMap(({ object_name, checks }) =>
            checks
                .filter(({ grade, skipped }) => grade === CRITICAL && !skipped)
                .map(({ check }) => `${object_name} ${check.id}`),
        )
        .sort();
}

/** The annotations of an object and of its pods' template. */
function excusing(object: KubernetesObject): Record<string, string>[] {
    const template = object.kind === "CronJob" ? object.spec.jobTemplate.spec.template : object.spec?.template;
    return [object.metadata, template?.metadata].flatMap((metadata) =>
        metadata?.annotations?.[IGNORED] ? [metadata.annotations] : [],
    );
}

describe.each([
    ["prod", "e-chauffeur.prod", "e-chauffeur"],
    ["agents-prod", "agents.prod", "agents"],
])("kube-score on what stack %s registers", (_, golden, namespace) => {
    const registered = objectsOf(golden);
    const objects = [...registered, solverPod(registered, namespace)];

    it("finds nothing critical that is not excused on the object", () => {
        expect(critical(objects)).toEqual([]);
    });

    it("would find each thing that is excused, and no other", () => {
        const found = critical(objects, "--disable-ignore-checks-annotations").map((finding) => finding.split(" ")[1]);
        const excused = objects.flatMap(excusing).flatMap((annotations) => annotations[IGNORED].split(","));
        expect(excused.sort()).toEqual(found.sort());
        expect(excused.length).toBeGreaterThan(20);
    });

    it("is given a reason for each", () => {
        for (const annotations of objects.flatMap(excusing)) {
            const reasons = annotations[REASONS].split("\n").map((line) => /^([a-z-]+): \S.{20,}$/.exec(line)?.[1]);
            expect(reasons).toEqual(annotations[IGNORED].split(","));
        }
    });
});
