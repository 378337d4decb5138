/** What pods and events say about why something is not ready. */
import type { Properties, Value } from "../../properties";
import { condition, idOf, isRecord, list, name, namespace, record, text } from "../objects";
import type { WaitContext } from "./readiness";

const shownPods = 5;
const shownEvents = 3;
/** Waiting reasons that are steps on the way, not troubles. */
const ordinary = new Set(["ContainerCreating", "PodInitializing"]);
/** Refusals of a pod that pass by themselves: the account is being made, or the quota is counted or freed. */
const passing = /serviceaccount .* not found|exceeded quota|status unknown for quota|being terminated/i;

/** Describes the pods of a label selector that are not ready: phase, conditions, containers. */
export async function podTroubles(live: Properties, selector: Properties, context: WaitContext): Promise<string[]> {
    const labelSelector = selectorText(selector);
    if (!labelSelector) return [];
    const answer = await context.cluster.client.get(`/api/v1/namespaces/${namespace(live)}/pods`, { labelSelector });
    const troubles = list(answer, "items").filter(isRecord).flatMap(podTrouble);
    const more = troubles.length - shownPods;
    return more > 0 ? [...troubles.slice(0, shownPods), `and ${more} more pods like these`] : troubles;
}

/** One line about a pod that is not ready; none about one that is, or has done its work. */
export function podTrouble(pod: Properties): string[] {
    if (condition(pod, "Ready")?.status === "True" || text(pod, "status", "phase") === "Succeeded") return [];
    const facts = [`phase ${text(pod, "status", "phase") ?? "unknown"}`];
    for (const type of ["PodScheduled", "Initialized", "ContainersReady", "Ready"]) {
        const found = condition(pod, type);
        if (found && found.status !== "True") facts.push(conditionText(found));
    }
    const containers = [...list(pod, "status", "initContainerStatuses"), ...list(pod, "status", "containerStatuses")];
    facts.push(...containers.flatMap(containerTrouble));
    return [`[Pod ${idOf(pod)}] ${facts.join("; ")}`];
}

function containerTrouble(container: Value): string[] {
    const called = `container "${text(container, "name")}"`;
    const waits = record(container, "state", "waiting");
    if (typeof waits.reason === "string" && !ordinary.has(waits.reason)) {
        return [`${called} waits: ${waits.reason}${waits.message ? ` (${String(waits.message)})` : ""}`];
    }
    const ended = record(container, "state", "terminated");
    const crashed = Object.keys(ended).length > 0 ? ended : record(container, "lastState", "terminated");
    if (typeof crashed.exitCode === "number" && crashed.exitCode !== 0) {
        return [`${called} ended with code ${crashed.exitCode}${crashed.reason ? ` (${String(crashed.reason)})` : ""}`];
    }
    return [];
}

/** `Available=False (MinimumReplicasUnavailable: Deployment does not have minimum availability.)` */
export function conditionText(found: Properties): string {
    const detail = [found.reason, found.message].filter(Boolean).join(": ");
    return `${String(found.type)}=${String(found.status)}${detail ? ` (${detail})` : ""}`;
}

/** Warnings that the cluster gave about an object since the wait began, newest last. */
export async function warnings(live: Properties, context: WaitContext): Promise<Properties[]> {
    const answer = await context.cluster.client.get(`/api/v1/namespaces/${namespace(live)}/events`, {
        fieldSelector: `involvedObject.name=${name(live)},involvedObject.kind=${text(live, "kind")},type=Warning`,
    });
    // An event's time has no fraction of a second.
    const since = Math.floor(context.since / 1000) * 1000;
    return list(answer, "items")
        .filter(isRecord)
        .filter((event) => eventTime(event) >= since)
        .slice(-shownEvents);
}

export async function warningTexts(live: Properties, context: WaitContext): Promise<string[]> {
    return (await warnings(live, context)).map((event) => `[${text(event, "reason")}] ${text(event, "message")}`);
}

/** A refusal to create pods that no wait mends: a policy such as Pod Security forbids them, or they are invalid. */
export async function podsRefused(live: Properties, context: WaitContext): Promise<string | undefined> {
    const event = (await warnings(live, context)).find(
        (entry) => text(entry, "reason") === "FailedCreate" && isLasting(text(entry, "message") ?? ""),
    );
    return text(event, "message");
}

/** Whether a refusal stays as long as the pod's specification does. */
export function isLasting(message: string): boolean {
    return /is forbidden|is invalid|denied the request/i.test(message) && !passing.test(message);
}

function eventTime(event: Properties): number {
    const times = [text(event, "series", "lastObservedTime"), text(event, "lastTimestamp"), text(event, "eventTime")];
    return Math.max(
        ...times.map((time) => Date.parse(time ?? "") || 0),
        Date.parse(text(event, "metadata", "creationTimestamp") ?? "") || 0,
    );
}

/** A label selector as the API's query takes it; empty when it selects nothing in particular. */
export function selectorText(selector: Properties): string {
    const labels = Object.entries(record(selector, "matchLabels")).map(([key, value]) => `${key}=${String(value)}`);
    const expressions = list(selector, "matchExpressions").map((expression) => {
        const key = text(expression, "key");
        const values = list(expression, "values").join(",");
        switch (text(expression, "operator")) {
            case "In":
                return `${key} in (${values})`;
            case "NotIn":
                return `${key} notin (${values})`;
            case "Exists":
                return `${key}`;
            default:
                return `!${key}`;
        }
    });
    return [...labels, ...expressions].join(",");
}
