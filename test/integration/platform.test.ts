import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, parseAllDocuments } from "yaml";

import { loadPlatform, type Matrix } from "../../matrix";
import { differences, type Addresses, type KubernetesObject } from "./oracle";
import { Project, type Run } from "./project";
import { commandBlocks } from "./readme";
import { rogues, withRogues, type Rogue } from "./rogues";
import { wrongInputs } from "./wrong-inputs";

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

const analyzer = join(__dirname, "../../.tools/bin/netpol-analyzer");
const dumps = join(__dirname, "../../.tools/test/dumps");

let project: Project;
let matrix: Matrix;
let stack: Addresses;

beforeAll(async () => {
    project = await Project.create("platform");
    matrix = loadPlatform(join(project.folder, "platforms/e-chauffeur"));
    stack = parse(project.read("Pulumi.dev.yaml")).config["matrice:network"];
});

afterAll(() => project.remove());

describe("make up", () => {
    it("brings the platform up and says what was made and what to try next", async () => {
        const up = await project.run("make up", {}, 540);
        expect(up).toMatchObject({ code: 0 });
        expect(up.output).toMatch(/Deployment/);
        expect(up.output).toMatch(/make -s env/);
        // By the bucket's own script, on the object storage beside the cluster.
        expect(up.output).toMatch(/"changed":\["created","object lock/);
        await project.enter();
    });

    it("shows the workloads of the golden file in the cluster, each of them and no other", async () => {
        const kinds = ["Deployment", "StatefulSet", "CronJob"];
        const golden = parseAllDocuments(readFileSync(join(__dirname, "../golden/e-chauffeur.dev.yaml"), "utf8"))
            .map((document) => document.toJS() as { kind?: string; metadata?: { name?: string } } | null)
            .flatMap((object) =>
                kinds.includes(object?.kind ?? "") ? [`${object?.kind} ${object?.metadata?.name}`] : [],
            );
        expect(golden.length).toBeGreaterThan(10);
        const live = (await project.objects("deploy,sts,cj")).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
        expect(live.sort()).toEqual(golden.sort());
    });

    it("leaves nothing to change", async () => {
        expect(await project.run("pulumi preview --expect-no-changes")).toMatchObject({ code: 0 });
    });

    it("leaves nothing that drifts", async () => {
        expect(await project.run("pulumi refresh --yes --expect-no-changes")).toMatchObject({ code: 0 });
    });

    it("has the cluster refuse what is applied past Pulumi", async () => {
        const patch = '[{"op":"replace","path":"/spec/ports/0/port","value":8088}]';
        const { code, output } = await project.run(
            `kubectl -n e-chauffeur patch service api --type=json -p '${patch}'`,
        );
        expect(code).not.toBe(0);
        expect(output).toMatch(
            /denied request: service-port-listed {2}Service e-chauffeur\/api: 8088\/TCP of role API is not in the matrix/,
        );
    });

    it("keeps no secret in plain text in its state", async () => {
        const secrets = (await project.objects("secret"))
            .filter(({ metadata }) => ["e-chauffeur", "monitoring", "cert-manager"].includes(metadata.namespace ?? ""))
            .flatMap((object) => Object.entries((object as unknown as { data?: Record<string, string> }).data ?? {}))
            // The name of a user of the object storage, which the bucket's policy tells as well.
            .filter(([file]) => file !== "access-key")
            .map(([, value]) => value);
        expect(secrets.length).toBeGreaterThan(3);
        const state = project.state();
        for (const secret of secrets) {
            expect(state.includes(secret)).toBe(false);
            expect(state.includes(JSON.stringify(Buffer.from(secret, "base64").toString()).slice(1, -1))).toBe(false);
        }
    });

    it("mends what somebody changed by hand", async () => {
        await project.run(
            "kubectl -n e-chauffeur patch service api --type=json -p " +
                `'[{"op":"replace","path":"/spec/sessionAffinity","value":"None"}]'`,
        );
        await project.run("kubectl -n e-chauffeur scale deployment api --replicas=1");
        const up = await project.run("pulumi up --yes --refresh --diff --skip-preview=false");
        expect(up).toMatchObject({ code: 0, output: expect.stringMatching(/api/) });
        const [api] = (await project.objects("deploy")).filter(({ metadata }) => metadata.name === "api");
        expect(api.spec?.replicas).not.toBe(1);
    });
});

describe("the live cluster, read by netpol-analyzer", () => {
    let objects: KubernetesObject[];

    beforeAll(async () => {
        objects = await project.objects("ns,deploy,sts,job,cronjob,netpol");
    });

    it("connects exactly what the rows of matrix and annex say", () => {
        const rows = differences(analyzer, objects, matrix, stack, dumps).map(({ kind, row }) => `${kind} ${row}`);
        expect(rows).toEqual([]);
    });

    it("names the row of any one rule that is taken away", () => {
        const silent: string[] = [];
        let rules = 0;
        for (const policy of objects.filter(({ kind }) => kind === "NetworkPolicy")) {
            for (const direction of ["ingress", "egress"] as const) {
                const list = (policy.spec?.[direction] ?? []) as unknown[];
                list.forEach((_rule, index) => {
                    rules++;
                    const without = {
                        ...policy,
                        spec: { ...policy.spec, [direction]: list.filter((_, i) => i !== index) },
                    };
                    const changed = objects.map((object) => (object === policy ? without : object));
                    const found = differences(analyzer, changed, matrix, stack, dumps);
                    const rows = found.filter(({ kind, flows }) => kind === "missing" && flows.length > 0);
                    if (rows.length === 0) silent.push(`${policy.metadata.name} ${direction} ${index}`);
                });
            }
        }
        expect(silent).toEqual([]);
        expect(rules).toBeGreaterThan(40);
    });

    it("prints a connection that no row lists", () => {
        const open = {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "open", namespace: "e-chauffeur" },
            spec: {
                podSelector: { matchLabels: { "app.kubernetes.io/name": "redis" } },
                policyTypes: ["Egress"],
                egress: [{ to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] }],
            },
        };
        const rows = differences(analyzer, [...objects, open], matrix, stack, dumps).map(({ row }) => row);
        expect(rows).toEqual(["| e-chauffeur/redis | outside | 443 | TCP |  (no row)"]);
    });
});

describe("a change that leaves the matrix", () => {
    const previews = new Map<string, Promise<Run>>();
    const appended = (copy: Project, added: readonly Rogue[], env: NodeJS.ProcessEnv = {}) =>
        copy.with(
            "index.ts",
            (text) => withRogues(text, added),
            () => copy.run("pulumi preview --stack dev", env),
        );

    beforeAll(() => {
        // Two copies preview side by side; each test waits for its own.
        [project, project.twin()].forEach((copy, lane) => {
            let last: Promise<unknown> = Promise.resolve();
            for (const rogue of rogues.filter((_, index) => index % 2 === lane)) {
                const preview = last.then(() => appended(copy, [rogue]));
                previews.set(rogue.title, preview);
                last = preview.catch(() => undefined);
            }
        });
    });

    /** What a preview says after the heading and before the next. */
    const section = (output: string, heading: string) =>
        output.split(new RegExp(`^${heading}:$`, "m"))[1]?.split(/^[A-Z]\w+:$/m)[0] ?? "";

    it.each(rogues)("is refused by the program and by the policy pack: $title", async ({ title, rule, names }) => {
        const { code, output } = await previews.get(title)!;
        expect(code).not.toBe(0);
        const [program, pack] = [section(output, "Diagnostics"), section(output, "Policies")];
        expect(program).toMatch(/error: The matrix does not allow this program/);
        expect(pack).toContain("[mandatory]");
        for (const said of [program, pack]) {
            expect(said).toContain(rule);
            for (const name of names) expect(said).toMatch(name);
        }
    });

    it("is refused without the policy pack", async () => {
        const { code, output } = await appended(project, rogues, { PULUMI_OPTION_POLICY_PACK: "" });
        expect(code).not.toBe(0);
        expect(output).not.toMatch(/^Loading policy packs|^Policies:/m);
        const findings = section(output, "Diagnostics").split(/^ *error: /m);
        rogues.forEach(({ rule, names }, index) => {
            const [finding, ...more] = findings.filter((text) => text.includes(`rogue-${index}:`));
            expect(finding).toContain(`[mandatory] ${rule}`);
            expect(more).toEqual([]);
            for (const name of names) expect(finding).toMatch(name);
        });
    });
});

describe("a row that nothing realises", () => {
    const add = (text: string) =>
        text.replace(/(\|API\|Redis\|6379\|[^\n]*\n)/, "$1|API|Redis|6380|TCP|A second Redis|\n");

    it("changes policies, and what Prometheus knows of rows, and is reported", async () => {
        const preview = await project.with("platforms/e-chauffeur/matrix.md", add, () =>
            project.run("pulumi preview --json"),
        );
        expect(preview.code).toBe(0);
        const { steps } = JSON.parse(preview.output.slice(preview.output.indexOf("{")));
        const changed = steps
            .filter(({ op }: { op: string }) => op !== "same" && op !== "read")
            .map(({ urn }: { urn: string }) => urn.split("::").slice(-2).join(" "));
        expect(changed.length).toBeGreaterThan(0);
        // Prometheus knows each row as a series.
        for (const name of changed)
            expect(name).toMatch(
                /NetworkPolicy|ConfigMap (prometheus-rules|admission-parameters)|AdmissionPolicy|StatefulSet prometheus$/,
            );
        expect(preview.output).toMatch(/6380/);
    });

    it("is refused where the stack requires every row to be realised", async () => {
        const preview = await project.with(
            "Pulumi.dev.yaml",
            (text) => text.replace(/( +)edge: direct/, "$1requireRealised: true\n$&"),
            () => project.with("platforms/e-chauffeur/matrix.md", add, () => project.run("pulumi preview")),
        );
        expect(preview.code).not.toBe(0);
        expect(preview.output).toMatch(/6380/);
    });
});

describe("a wrong input", () => {
    it.each(wrongInputs)("is refused at its place and changes nothing: $title", async ({ file, change, says }) => {
        const before = project.state();
        const up = await project.with(file, change, () => project.run("pulumi up --yes"));
        expect(up.code).not.toBe(0);
        for (const words of says) expect(up.output).toMatch(words);
        expect(up.output).not.toMatch(/^\s+at .*\.ts:\d+/m); // no stack trace
        expect(project.state()).toBe(before);
    });

    it("is no document with Windows line ends and a byte order mark", async () => {
        const windows = (text: string) => "\uFEFF" + text.replace(/\n/g, "\r\n");
        const preview = await project.with("platforms/e-chauffeur/matrix.md", windows, () =>
            project.run("pulumi preview --expect-no-changes"),
        );
        expect(preview).toMatchObject({ code: 0 });
    });

    it("is not a row whose status says refused: it opens nothing", async () => {
        const refuse = (text: string) =>
            `${text}\n\n| Source | Destination | Port | Protocole | Statut |\n|---|---|---|---|---|\n|App User|MongoDB|27017|TCP|Refusé|\n`;
        const preview = await project.with("platforms/e-chauffeur/matrix.md", refuse, () =>
            project.run("pulumi preview --expect-no-changes"),
        );
        expect(preview).toMatchObject({ code: 0 });
    });

    it("is a cluster that does not answer: a message and a mend, no hang", async () => {
        const preview = await project.with(
            ".tools/clusters/dev/kubeconfig",
            (text) => text.replace(/server: .*/, "server: https://127.0.0.1:9"),
            () => project.run("pulumi preview", {}, 60),
        );
        expect(preview.code).not.toBe(0);
        expect(preview.output).toMatch(/unreachable/);
        expect(preview.output).toMatch(/make up|kubeconfig/);
    });
});

describe("README.md", () => {
    const blocks = commandBlocks(readFileSync(join(__dirname, "../../README.md"), "utf8"));

    it("begins with the command that this file ran first and the one that runs this file", () => {
        expect(blocks[0]).toBe("make up\nmake test\n");
    });

    it.each(blocks.slice(1))("shows commands that work:\n%s", async (block) => {
        for (const [name] of block.matchAll(/[a-z-]+\.txt/g))
            writeFileSync(join(project.folder, name), "a-secret-of-this-test");
        // Stack prod needs OVH's provider, which can't be had here: its preview is left out.
        const runnable = block.replace(/^pulumi preview --stack prod.*\n/m, "");
        const { code, output } = await project.run(`set -e\n${runnable}`, { CONTEXT: "matrice-dev" });
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).not.toContain("a-secret-of-this-test");
    });
});

describe("pulumi destroy and make down", () => {
    it("leave nothing", async () => {
        expect(await project.run("pulumi destroy --yes --stack dev")).toMatchObject({ code: 0 });
        const left = (
            await project.objects(
                "ns,deploy,sts,svc,netpol,crd,pvc,cm,validatingadmissionpolicy,validatingadmissionpolicybinding",
            )
        ).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
        expect(left.filter((name) => /e-chauffeur|monitoring|cert-manager/.test(name))).toEqual([]);
        expect(await project.run("make down")).toMatchObject({ code: 0 });
    });
});
