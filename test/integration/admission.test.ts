/** The rogues and the harmless changes of test/mutations through a real API server, past Pulumi. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";

import type { KubernetesObject } from "../../network";
import { checkObject } from "../../rules";
import type { Caller } from "../admission/api-server";
import { policies as anyPolicy, services as anyService } from "../admission/arbitrary-objects";
import { even, said, until } from "../admission/answers";
import { challenge } from "../admission/challenge";
import { elsewhere } from "../admission/elsewhere";
import { harmless } from "../mutations/harmless";
import {
    container,
    deployment,
    edit,
    peer,
    policy,
    ports,
    service,
    tcp,
    template,
    workloads,
} from "../mutations/objects";
import { rogues } from "../mutations/rogues";
import { AdmissionInForce, refusesPastPulumi, type AdmissionArgs } from "./admission-in-force";

jest.setTimeout(180_000);

const args: AdmissionArgs = {
    name: "admission",
    stack: "dev",
    golden: "e-chauffeur.dev",
    rogues,
    harmless,
    isElsewhere: ({ title }) => title in elsewhere,
    auditPolicy: join(__dirname, "../admission/audit-policy.yaml"),
};
const admission = new AdmissionInForce(args);
const { context, objects, platform, judged } = admission;
const keep = (object: KubernetesObject) => admission.keep(object);

refusesPastPulumi(admission, args);

test("what is left to the preview are rogues that there are", () => {
    expect(Object.keys(elsewhere).filter((title) => !rogues.some((rogue) => rogue.title === title))).toEqual([]);
});

describe("a preview of Pulumi's", () => {
    const [rogue] = judged[0].add;
    const manager = "pulumi-kubernetes";

    test("passes: the program and the pack judge it, by the rows as they will be", async () => {
        expect(said(await admission.api.apply(rogue, { manager }))).toMatchObject({ policy: undefined });
    });

    test("is no way in: what it would write is refused when it is written", async () => {
        expect(said(await admission.api.apply(rogue, { manager, keep: true }))).toMatchObject({ code: 403 });
    });
});

describe("what somebody may think of", () => {
    test.each([
        ["Services", anyService, 150],
        ["NetworkPolicies", anyPolicy, 250],
    ] as [string, fc.Arbitrary<KubernetesObject>, number][])(
        "is refused exactly where the rules refuse it: %s",
        async (_, objectsOf, numRuns) => {
            const verdicts = { refused: 0, passed: 0 };
            await fc.assert(
                fc.asyncProperty(objectsOf, async (object) => {
                    const findings = checkObject(object, context).filter(({ level }) => level === "mandatory");
                    const { code, message } = said(await admission.api.apply(object));
                    expect([code, message]).toEqual([findings.length > 0 ? 403 : 201, expect.any(String)]);
                    for (const finding of findings) expect(message).toContain(even(finding.message));
                    verdicts[findings.length > 0 ? "refused" : "passed"]++;
                }),
                { numRuns },
            );
            expect(Math.min(verdicts.refused, verdicts.passed)).toBeGreaterThan(numRuns / 25);
        },
    );

    test("is judged when it is large", async () => {
        const many = (count: number) => Array.from({ length: count }, (_, index) => index);
        const containers = many(50).map((index) => ({
            ...container({
                name: `c-${index}`,
                ports: [80, 9091].map((port) => ({ containerPort: port, name: `p-${port}` })),
            }),
            livenessProbe: { httpGet: { path: "/", port: 80 } },
            readinessProbe: { httpGet: { path: "/", port: "p-9091" } },
        }));
        const pods = template("api", {}, { containers });
        expect(said(await admission.api.apply(workloads.Deployment("f-large", "api", pods)))).toMatchObject({
            code: 201,
        });
        const rules = many(30).map(() => ({
            from: many(10).map(() => peer("api")),
            ports: many(3).map(() => tcp(6379)),
        }));
        expect(said(await admission.api.apply(policy("f-large", "redis", { ingress: rules })))).toMatchObject({
            code: 201,
        });
    });
});

describe("what nobody registered", () => {
    const api80 = { ports: [{ name: "http", containerPort: 80 }] };

    test("is made by the cluster's controllers: pods, their addresses, finished Jobs", async () => {
        await keep(deployment("d-controlled", "api", api80));
        await keep(service("d-controlled", "api", ports({ port: 80 })));
        await keep(workloads.Job("d-job", "cleanup", template("cleanup")));
        const path = "/apis/discovery.k8s.io/v1/namespaces/e-chauffeur/endpointslices";
        const found = await until(
            () => admission.api.list(path),
            (slices) => slices.some(({ endpoints }) => endpoints?.length > 0),
        );
        expect(found.map(({ metadata }) => metadata.name).join()).toMatch(/d-controlled/);
        const jobs = await until(
            () => admission.api.list("/api/v1/namespaces/e-chauffeur/pods?labelSelector=job-name%3Dd-job"),
            (pods) => pods.length > 0,
        );
        expect(jobs.length).toBeGreaterThan(0);
        const [slice] = found;
        const kept = { ...slice, apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" };
        // As the garbage collector and the curious may; where it leads is the controllers' to say.
        expect(said(await admission.api.patch(kept, { metadata: { annotations: { note: "kept" } } }))).toMatchObject({
            code: 200,
        });
        expect(said(await admission.api.patch(kept, { ports: [{ port: 8088, name: "http" }] }))).toMatchObject({
            code: 403,
        });
    });

    test("may be taken out of all flows: the label that connects comes off a pod", async () => {
        const [pod] = await until(
            () =>
                admission.api.list("/api/v1/namespaces/e-chauffeur/pods?labelSelector=app.kubernetes.io%2Fname%3Dapi"),
            (pods) => pods.length > 0,
        );
        const change = { metadata: { labels: { "matrice.dev/connected": null } } };
        const answer = await admission.api.patch({ ...pod, apiVersion: "v1", kind: "Pod" }, change);
        expect(said(answer)).toMatchObject({ code: 200 });
    });

    test("an ephemeral container is refused: it would have every flow of the pod that it joins", async () => {
        const pod = workloads.Pod("d-debugged", "api", template("api", api80));
        await keep(pod);
        const debug = {
            ephemeralContainers: [{ name: "debugger-1", image: "busybox", stdin: true, tty: true, ...restrictedOwn }],
        };
        const answer = said(await admission.api.patch(pod, { spec: debug }, { subresource: "ephemeralcontainers" }));
        expect(answer).toMatchObject({ code: 403, policy: "e-chauffeur-pods" });
        expect(answer.message).toMatch(
            /^container-port-listed Pod e-chauffeur\/d-debugged: ephemeral container debugger-1 would have every flow of role API.* API listens on 80\/TCP \(matrix\.md:\d+\)/,
        );
    });

    test("a certificate's challenge is answered by its manager's pod, Service and Ingress, and by nobody else's", async () => {
        const answers = async (as: Caller) =>
            Promise.all(challenge.map(async (object) => said(await admission.api.apply(object, { as })).code));
        const manager = { user: "system:serviceaccount:cert-manager:cert-manager", groups: ["system:masters"] };
        expect(await answers(manager)).toEqual([201, 201, 201]);
        expect(await answers({ user: "somebody", groups: ["system:masters"] })).toEqual([201, 403, 403]);
    });

    test("another namespace is not touched", async () => {
        const added = [service("s", "api", ports({ port: 8088 })), deployment("d", "miner", {}, { hostNetwork: true })];
        for (const object of added) {
            const there = edit(structuredClone(object), ({ metadata }) => (metadata.namespace = "elsewhere"));
            expect(said(await admission.api.apply(there))).toMatchObject({ policy: undefined, code: 201 });
        }
    });

    test("a namespace that stops to enforce the restricted standard is refused", async () => {
        const namespace = platform.find(
            ({ kind, metadata }) => kind === "Namespace" && metadata.name === "monitoring",
        )!;
        const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
        const answer = said(await admission.api.patch(namespace, { metadata: { labels } }));
        expect(answer).toMatchObject({ code: 403, policy: "e-chauffeur-namespaces" });
        expect(answer.message).toMatch(/Namespace monitoring: pod-security.kubernetes.io\/enforce is privileged/);
    });
});

describe("an object that stood before its row was removed", () => {
    const old = workloads.ReplicaSet("o-old", "api", template("api", { ports: [{ containerPort: 9090 }] }));
    const glass = { as: { user: "ada", groups: ["system:masters", "matrice:break-glass"] }, keep: true };

    test("is scaled down and labelled, and not changed otherwise", async () => {
        expect(said(await admission.api.apply(old, glass))).toMatchObject({ code: 201 });
        const change = (more: object) => admission.api.patch(old, more).then(said);
        expect(await change({ spec: { replicas: 0 } })).toMatchObject({ code: 200 });
        expect(await change({ metadata: { annotations: { note: "old" } } })).toMatchObject({ code: 200 });
        const again = { spec: { template: { metadata: { annotations: { note: "again" } } } } };
        expect(await change(again)).toMatchObject({
            code: 403,
            message: expect.stringMatching(/9090\/TCP of role API/),
        });
    });
});

describe("breaking the glass", () => {
    const ada = { user: "ada", groups: ["system:masters", "matrice:break-glass"] };
    const rogue = () => service("g-rogue", "api", ports({ port: 8088 }));

    test("lets a member of the group do what is refused to others, and writes who did what into the audit log", async () => {
        expect(said(await admission.api.apply(rogue(), { as: { ...ada, groups: ["system:masters"] } }))).toMatchObject({
            code: 403,
        });
        expect(said(await admission.api.apply(rogue(), { as: ada, keep: true }))).toMatchObject({ code: 201 });
        const broken = await until(
            async () => auditAnnotations("e-chauffeur-services/break-glass"),
            (found) => found.length > 0,
        );
        expect(broken).toEqual([
            expect.stringMatching(
                /^ada broke the glass: service-port-listed  Service e-chauffeur\/g-rogue: 8088\/TCP of role API/,
            ),
        ]);
    });

    test("leaves no trace where nothing was broken", async () => {
        const before = auditAnnotations("e-chauffeur-services/break-glass").length;
        expect(
            said(await admission.api.apply(service("g-listed", "api", ports({ port: 80 })), { as: ada })),
        ).toMatchObject({
            code: 201,
        });
        expect(auditAnnotations("e-chauffeur-services/break-glass")).toHaveLength(before);
    });
});

describe("an exception", () => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const excepted = (expires: string, rule = "service-port-listed") =>
        edit(service("x-rogue", "api", ports({ port: 8088 })), ({ metadata }) => {
            metadata.annotations = {
                "matrice.dev/exception": `${rule}; owner=Ada; reason=migration; expires=${expires}`,
            };
        });

    test("lets its object be made until its day, by the API server's clock", async () => {
        expect(said(await admission.api.apply(excepted(day(1))))).toMatchObject({ code: 201 });
        expect(said(await admission.api.apply(excepted(day(-1))))).toMatchObject({
            code: 403,
            message: expect.stringContaining(`it expired on ${day(-1)}`),
        });
    });

    test("and changed until then", async () => {
        await admission.api.apply(excepted(day(1)), { keep: true });
        const change = (expires: string) => ({
            metadata: excepted(expires).metadata,
            spec: { ports: [{ port: 8088, name: "again" }] },
        });
        expect(said(await admission.api.patch(excepted(day(1)), change(day(2))))).toMatchObject({ code: 200 });
        expect(said(await admission.api.patch(excepted(day(1)), change(day(-2))))).toMatchObject({
            code: 403,
            message: expect.stringContaining(`it expired on ${day(-2)}`),
        });
    });

    test("excepts from the rule that it names alone", async () => {
        expect(said(await admission.api.apply(excepted(day(1), "no-host-port")))).toMatchObject({
            code: 403,
            message: expect.stringMatching(/^service-port-listed /),
        });
    });
});

describe("without its parameters", () => {
    test("a policy refuses whatever it judges", async () => {
        const [parameters] = objects;
        await admission.api.remove(parameters);
        const answer = await until(
            () => admission.api.apply(harmless[0].add[0]),
            ({ code }) => code !== 201,
        );
        await keep(parameters);
        expect(said(answer)).toMatchObject({ code: 422, policy: "e-chauffeur-services" });
        expect(answer.body.message).toMatch(/no params found/);
        await until(
            () => admission.api.apply(harmless[0].add[0]),
            ({ code }) => code === 201,
        );
    });
});

test("the API server has nothing to say against the expressions", async () => {
    const policies = await admission.api.list("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies");
    expect(policies).toHaveLength(6);
    expect(policies.flatMap(({ status }) => status?.typeChecking?.expressionWarnings ?? [])).toEqual([]);
});

/** What an audit annotation says, in every request that has it. */
function auditAnnotations(key: string): string[] {
    const log = readFileSync(join(admission.folder, "logs", "audit.log"), "utf8");
    const events = log.split("\n").filter((line) => line.includes(key));
    return events.map((line) => JSON.parse(line).annotations[key]);
}

const restrictedOwn = {
    securityContext: {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
    },
};
