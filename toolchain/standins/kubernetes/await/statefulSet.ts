/** https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#rolling-updates */
import type { Properties } from "../../properties";
import { at, count, record, text } from "../objects";
import { podsRefused, podTroubles, warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, type WaitContext, waiting } from "./readiness";

async function look(live: Properties, context: WaitContext): Promise<Readiness> {
    if (count(live, "status", "observedGeneration") < count(live, "metadata", "generation")) {
        return waiting("the StatefulSet controller has not seen the change yet");
    }
    const wanted = (at(live, "spec", "replicas") as number | undefined) ?? 1;
    const isReady = count(live, "status", "readyReplicas");
    const updated = count(live, "status", "updatedReplicas");
    // Pods below the partition, and all pods under OnDelete, stay as they are.
    const rolls = text(live, "spec", "updateStrategy", "type") !== "OnDelete";
    const partition = count(live, "spec", "updateStrategy", "rollingUpdate", "partition");
    const toUpdate = rolls ? Math.max(wanted - partition, 0) : 0;
    const reasons: string[] = [];
    if (isReady < wanted) reasons.push(`${isReady} of ${wanted} replicas are ready`);
    if (updated < toUpdate) reasons.push(`${updated} of ${toUpdate} replicas are of the new version`);
    if (reasons.length === 0) return ready;
    const refused = count(live, "status", "replicas") < wanted ? await podsRefused(live, context) : undefined;
    return refused ? failed(`pods can't be created: ${refused}`, ...reasons) : waiting(...reasons);
}

async function explain(live: Properties, context: WaitContext): Promise<string[]> {
    const pods = await podTroubles(live, record(live, "spec", "selector"), context);
    return [...pods, ...(await warningTexts(live, context))];
}

export const statefulSet: Awaiter = { seconds: 600, look, explain };
