import { daemonSet } from "../../../../toolchain/standins/kubernetes/await/daemonSet";
import { deployment } from "../../../../toolchain/standins/kubernetes/await/deployment";
import { ingress } from "../../../../toolchain/standins/kubernetes/await/ingress";
import { job } from "../../../../toolchain/standins/kubernetes/await/job";
import {
    customResourceDefinition,
    namespaceAwaiter,
    resourceQuota,
    secret,
} from "../../../../toolchain/standins/kubernetes/await/plain";
import { pod } from "../../../../toolchain/standins/kubernetes/await/pod";
import { isLasting, podTrouble, selectorText } from "../../../../toolchain/standins/kubernetes/await/pods";
import type { Awaiter, WaitContext } from "../../../../toolchain/standins/kubernetes/await/readiness";
import { service } from "../../../../toolchain/standins/kubernetes/await/service";
import { statefulSet } from "../../../../toolchain/standins/kubernetes/await/statefulSet";
import { persistentVolume, persistentVolumeClaim } from "../../../../toolchain/standins/kubernetes/await/volume";
import type { Cluster } from "../../../../toolchain/standins/kubernetes/cluster";
import type { Properties } from "../../../../toolchain/standins/properties";

/** A cluster that answers each path's ending with what is given. */
const clusterWith = (answers: Record<string, Properties> = {}): WaitContext => {
    const answer = async (path: string) => answers[path.split("/").at(-1)!] ?? { items: [] };
    return { cluster: { client: { get: answer, find: answer } } as unknown as Cluster, since: 0 };
};
const object = (spec: Properties, status: Properties = {}, rest: Properties = {}): Properties => ({
    metadata: { name: "a", namespace: "n", generation: 2 },
    spec,
    status: { observedGeneration: 2, ...status },
    ...rest,
});
const condition = (type: string, status: string, reason = "", message = "") => ({ type, status, reason, message });

/** What an awaiter says: "ready", or its reasons, those of a failure marked by `!`. */
async function verdict(awaiter: Awaiter, live: Properties, context = clusterWith()): Promise<string | string[]> {
    const seen = await awaiter.look(live, context);
    return seen.ready ? "ready" : seen.reasons.map((reason) => (seen.failed ? `!${reason}` : reason));
}
const refusal = 'pods "a" is forbidden: violates PodSecurity "restricted:latest"';
const events = {
    events: { items: [{ reason: "FailedCreate", message: refusal, lastTimestamp: "2026-01-01T00:00:00Z" }] },
};

test.each<[string, Awaiter, Properties, string | string[], WaitContext?]>([
    [
        "a Deployment whose replicas are all new and available",
        deployment,
        object({ replicas: 2 }, { replicas: 2, updatedReplicas: 2, availableReplicas: 2 }),
        "ready",
    ],
    ["a Deployment of none", deployment, object({ replicas: 0 }), "ready"],
    [
        "a Deployment that its controller has not seen",
        deployment,
        object({}, { observedGeneration: 1 }),
        ["the Deployment controller has not seen the change yet"],
    ],
    [
        "a Deployment with an old replica",
        deployment,
        object({}, { replicas: 2, updatedReplicas: 1, availableReplicas: 1 }),
        ["1 replicas of the old version still run"],
    ],
    [
        "a Deployment short of replicas",
        deployment,
        object({ replicas: 2 }, { replicas: 2, updatedReplicas: 2, availableReplicas: 1 }),
        ["1 of 2 replicas are available"],
    ],
    [
        "a Deployment whose pods are refused",
        deployment,
        object({}, { conditions: [condition("ReplicaFailure", "True", "FailedCreate", refusal)] }),
        [`!pods can't be created: ${refusal}`],
    ],
    [
        "a Deployment past its deadline",
        deployment,
        object(
            { replicas: 1 },
            {
                updatedReplicas: 1,
                replicas: 1,
                conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded", "late")],
            },
        ),
        ["!late", "!0 of 1 replicas are available"],
    ],
    [
        "a Deployment whose account is in the making",
        deployment,
        object(
            {},
            {
                conditions: [
                    condition(
                        "ReplicaFailure",
                        "True",
                        "FailedCreate",
                        'pods "a" is forbidden: serviceaccount "b" not found',
                    ),
                ],
            },
        ),
        ["0 of 1 replicas are of the new version", "0 of 1 replicas are available"],
    ],
    [
        "a StatefulSet that is complete",
        statefulSet,
        object({ replicas: 2 }, { readyReplicas: 2, updatedReplicas: 2 }),
        "ready",
    ],
    [
        "a StatefulSet under a partition",
        statefulSet,
        object(
            { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
            { readyReplicas: 2, updatedReplicas: 1 },
        ),
        "ready",
    ],
    [
        "a StatefulSet updated by deletion",
        statefulSet,
        object({ replicas: 2, updateStrategy: { type: "OnDelete" } }, { readyReplicas: 2 }),
        "ready",
    ],
    [
        "a StatefulSet whose pods are refused",
        statefulSet,
        object({}),
        [`!pods can't be created: ${refusal}`, "!0 of 1 replicas are ready", "!0 of 1 replicas are of the new version"],
        clusterWith(events),
    ],
    [
        "a DaemonSet on all nodes",
        daemonSet,
        object({}, { desiredNumberScheduled: 2, numberAvailable: 2, updatedNumberScheduled: 2 }),
        "ready",
    ],
    [
        "a DaemonSet on some",
        daemonSet,
        object({}, { desiredNumberScheduled: 2, numberAvailable: 1, updatedNumberScheduled: 2 }),
        ["pods are available on 1 of 2 nodes"],
    ],
    ["a Job that is complete", job, object({}, { conditions: [condition("Complete", "True")] }), "ready"],
    [
        "a Job that failed",
        job,
        object({}, { conditions: [condition("Failed", "True", "BackoffLimitExceeded", "too often")] }),
        ["!the Job failed (BackoffLimitExceeded): too often"],
    ],
    [
        "a Job that runs",
        job,
        object({ completions: 3 }, { succeeded: 1, active: 1 }),
        ["1 of 3 completions, 1 pods run"],
    ],
    ["a Job that is suspended", job, object({ suspend: true }), "ready"],
    ["a Pod that is ready", pod, object({}, { conditions: [condition("Ready", "True")] }), "ready"],
    ["a Pod that has done its work", pod, object({}, { phase: "Succeeded" }), "ready"],
    [
        "a Pod that failed",
        pod,
        object({}, { phase: "Failed", message: "evicted" }),
        ["!the pod failed: evicted", "![Pod n/a] phase Failed"],
    ],
    [
        "a Service that targets pods",
        service,
        object({ selector: { a: "b" } }),
        "ready",
        clusterWith({ endpointslices: { items: [{ endpoints: [{}] }] } }),
    ],
    [
        "a Service that targets none",
        service,
        object({ selector: { a: "b" } }),
        [expect.stringContaining("does not target any Pods")] as string[],
    ],
    ["a headless Service", service, object({ selector: { a: "b" }, clusterIP: "None" }), "ready"],
    ["a Service by name", service, object({ type: "ExternalName" }), "ready"],
    ["a Service without a selector", service, object({}), "ready"],
    [
        "a LoadBalancer without an address",
        service,
        object({ type: "LoadBalancer" }),
        [expect.stringContaining("was not allocated an IP address")] as string[],
    ],
    [
        "a LoadBalancer with one",
        service,
        object({ type: "LoadBalancer" }, { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } }),
        "ready",
    ],
    ["an Ingress with an address", ingress, object({}, { loadBalancer: { ingress: [{}] } }), "ready"],
    ["an Ingress without", ingress, object({}), [expect.stringContaining("not allocated an address")] as string[]],
    ["a claim that is bound", persistentVolumeClaim, object({}, { phase: "Bound" }), "ready"],
    [
        "a claim that waits for a pod",
        persistentVolumeClaim,
        object({ storageClassName: "late" }, { phase: "Pending" }),
        "ready",
        clusterWith({ late: { volumeBindingMode: "WaitForFirstConsumer" } }),
    ],
    [
        "a claim without a volume",
        persistentVolumeClaim,
        object({ storageClassName: "x" }, { phase: "Pending" }),
        ["the claim is Pending: no volume of class x is bound to it"],
    ],
    ["a volume that is available", persistentVolume, object({}, { phase: "Available" }), "ready"],
    [
        "a definition that is established",
        customResourceDefinition,
        object({}, { conditions: [condition("Established", "True")] }),
        "ready",
    ],
    [
        "a definition whose names are taken",
        customResourceDefinition,
        object({}, { conditions: [condition("NamesAccepted", "False", "PluralConflict", "taken")] }),
        ["!NamesAccepted=False (PluralConflict: taken)"],
    ],
    ["a namespace", namespaceAwaiter, object({}, { phase: "Active" }), "ready"],
    [
        "a quota that is counted",
        resourceQuota,
        object({ hard: { memory: "1024Mi" } }, { hard: { memory: "1Gi" } }),
        "ready",
    ],
    ["a quota that is not", resourceQuota, object({ hard: { pods: "2" } }), ["the quota is not counted yet"]],
    [
        "a token that is not filled in",
        secret,
        object({}, {}, { type: "kubernetes.io/service-account-token" }),
        ["the token is not filled in yet"],
    ],
    ["any other Secret", secret, object({}), "ready"],
])("%s", async (...[_what, awaiter, live, expected, context]) =>
    expect(await verdict(awaiter, live, context)).toEqual(expected),
);

test("a pod that is not ready is told by phase, conditions and containers", () => {
    const status = {
        phase: "Pending",
        conditions: [condition("PodScheduled", "True"), condition("Ready", "False", "ContainersNotReady", "web")],
        initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 0 } } }],
        containerStatuses: [
            { name: "web", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } },
            { name: "new", state: { waiting: { reason: "ContainerCreating" } } },
            { name: "bad", state: { waiting: {} }, lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } },
        ],
    };
    expect(podTrouble(object({}, status))).toEqual([
        "[Pod n/a] phase Pending; Ready=False (ContainersNotReady: web); " +
            'container "web" waits: ImagePullBackOff (no such image); container "bad" ended with code 137 (OOMKilled)',
    ]);
    expect(podTrouble(object({}, { conditions: [condition("Ready", "True")] }))).toEqual([]);
});

test("events from before the wait are about something else", async () => {
    const context = { ...clusterWith(events), since: Date.parse("2026-01-01T00:00:01Z") };
    expect(await verdict(statefulSet, object({}), context)).toEqual([
        "0 of 1 replicas are ready",
        "0 of 1 replicas are of the new version",
    ]);
});

test("refusals that pass by themselves are waited out", () => {
    expect(isLasting(refusal)).toBe(true);
    expect(isLasting("admission webhook denied the request: no")).toBe(true);
    expect(isLasting("pods is forbidden: exceeded quota: small")).toBe(false);
    expect(isLasting("connection refused")).toBe(false);
});

test("a selector is asked for as labels and expressions", () => {
    const matchExpressions = [
        { key: "b", operator: "In", values: ["1", "2"] },
        { key: "c", operator: "NotIn", values: ["3"] },
        { key: "d", operator: "Exists" },
        { key: "e", operator: "DoesNotExist" },
    ];
    expect(selectorText({ matchLabels: { a: "x" }, matchExpressions })).toBe("a=x,b in (1,2),c notin (3),d,!e");
});
