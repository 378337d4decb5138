/** The rogues and the harmless changes of test/mutations through a real API server, past Pulumi. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { admissionObjects } from "../../admission/compile";
import { parseAdmissionSettings } from "../../admission/settings";
import type { KubernetesObject } from "../../network";
import { checkObject, type RuleContext } from "../../rules";
import { type Cluster, startCluster, stopCluster } from "../../toolchain/cluster/cluster";
import { type Answer, ApiServer } from "../admission/api-server";
import { definitions } from "../admission/definitions";
import { elsewhere } from "../admission/elsewhere";
import { harmless } from "../mutations/harmless";
import { deployment, edit, own, ports, service, template, workloads, type Rogue } from "../mutations/objects";
import { devContext, devObjects } from "../mutations/platform";
import { podRogues } from "../mutations/rogue-pods";
import { policyRogues } from "../mutations/rogue-policies";
import { portRogues } from "../mutations/rogue-ports";

jest.setTimeout(180_000);

const rogues: readonly Rogue[] = [...portRogues, ...policyRogues, ...podRogues];
const judged = rogues.filter(({ title }) => !(title in elsewhere));
const context: RuleContext = { ...devContext(), on: new Date() };
const objects = admissionObjects({ ...context, settings: parseAdmissionSettings(undefined) });
const platform = devObjects();
const name = "admission";

let cluster: Cluster;
let api: ApiServer;
const caught = new Set<string>();
const passed = new Set<string>();

/** Sends requests until one is answered as it should be: what was written just now is not yet known everywhere. */
async function until(send: () => Promise<Answer>, isRight: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = Date.now() + 30_000;
    for (;;) {
        const answer = await send();
        if (isRight(answer) || Date.now() > deadline) return answer;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

const keep = async (object: KubernetesObject) => {
    const { code, body } = await api.apply(object, { keep: true });
    if (code >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${body.message}`);
};
/** One rogue a policy: each takes force on its own. */
const canaries = ["a Service on a port that no row lists", "pods with hostNetwork", "a policy without ports", "Endpoints written by hand", "a Ingress"];
const isRefused = ({ code }: Answer) => code === 403;

beforeAll(async () => {
    await stopCluster(name);
    cluster = await startCluster(name, { auditPolicy: join(__dirname, "../admission/audit-policy.yaml") });
    api = new ApiServer(cluster);
    const tried = [...rogues, ...harmless].flatMap(({ add }) => [...add]);
    await Promise.all(definitions([...tried, ...platform]).map(keep));
    for (const object of platform.filter(({ kind }) => kind === "Namespace")) await keep(object);
    await keep({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
    for (const object of objects) await keep(object);
    for (const title of canaries) {
        const [canary] = rogues.find((rogue) => rogue.title === title)!.add;
        expect(said(await until(() => api.apply(canary), isRefused))).toMatchObject({ code: 403 });
    }
});

afterAll(async () => {
    process.stdout.write(
        `mutations: ${caught.size} of ${judged.length} rogues refused by the API server (${rogues.length - judged.length} are the preview's alone); ` +
            `${passed.size} of ${harmless.length} harmless changes passed\n`,
    );
    api?.close();
    await stopCluster(name);
});

/** The policy meant for a kind of object. */
function policyFor({ kind }: KubernetesObject): string {
    const group: Record<string, string> = {
        Service: "services",
        NetworkPolicy: "network-policies",
        Endpoints: "endpoints",
        EndpointSlice: "endpoints",
        Namespace: "namespaces",
    };
    return group[kind] ?? (kind in workloads ? "pods" : "routes");
}

const even = (text: string) => text.replace(/\s+/g, " ");

/** What the API server says of a refused request, after the name of the policy. */
function said({ code, body }: Answer): { code: number; policy?: string; message: string } {
    const [, policy, message] = /ValidatingAdmissionPolicy '([^']*)' with binding '[^']*' denied request: (.*)$/s.exec(
        body.message ?? "",
    ) ?? [undefined, undefined, String(body.message ?? body.kind)];
    return { code, policy, message: even(message) };
}

describe("a rogue past Pulumi is refused by the policy meant for it, in the words of its rule", () => {
    test.each(judged)("$rule: $title", async ({ title, add, rule, names }) => {
        for (const object of add) {
            const answer = said(await api.apply(object));
            expect(answer).toMatchObject({ code: 403, policy: `e-chauffeur-${policyFor(object)}` });
            for (const expected of names) expect(answer.message).toMatch(expected);
            const findings = checkObject(object, context).filter(({ level }) => level === "mandatory");
            expect(answer.message).toBe(findings.map((one) => even(`${rule} ${one.message}`)).join(" "));
        }
        caught.add(title);
    });

    test("the rest are those that only the preview can judge", () => {
        expect(Object.keys(elsewhere).filter((title) => !rogues.some((rogue) => rogue.title === title))).toEqual([]);
        expect(judged.length).toBeGreaterThanOrEqual(80);
    });
});

describe("a harmless change passes", () => {
    test.each(harmless)("$title", async ({ title, add }) => {
        for (const object of add) expect(said(await api.apply(object))).toMatchObject({ policy: undefined, code: 201 });
        passed.add(title);
    });

    test("and so does the whole platform", async () => {
        const answers = await Promise.all(platform.map((object) => api.apply(object)));
        expect(answers.map(said).filter(({ policy, code }) => policy !== undefined || code >= 300)).toEqual([]);
    });
});
void readFileSync;
void deployment;
void edit;
void own;
void template;
