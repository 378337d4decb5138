/** Ready as `kubectl rollout status` sees it: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status */
import type { Properties } from "../../properties";
import { at, condition, count, record } from "../objects";
import { conditionText, isLasting, podTroubles, warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, type WaitContext, waiting } from "./readiness";

function look(live: Properties): Readiness {
    if (count(live, "status", "observedGeneration") < count(live, "metadata", "generation")) {
        return waiting("the Deployment controller has not seen the change yet");
    }
    const refused = condition(live, "ReplicaFailure");
    if (refused?.status === "True" && isLasting(String(refused.message))) {
        return failed(`pods can't be created: ${String(refused.message)}`);
    }
    const progress = condition(live, "Progressing");
    if (progress?.reason === "ProgressDeadlineExceeded") {
        return failed(`${String(progress.message)}`, ...shortfall(live));
    }
    const missing = shortfall(live);
    return missing.length === 0 ? ready : waiting(...missing);
}

function shortfall(live: Properties): string[] {
    const wanted = (at(live, "spec", "replicas") as number | undefined) ?? 1;
    const updated = count(live, "status", "updatedReplicas");
    const available = count(live, "status", "availableReplicas");
    const old = count(live, "status", "replicas") - updated;
    const reasons: string[] = [];
    if (updated < wanted) reasons.push(`${updated} of ${wanted} replicas are of the new version`);
    if (available < wanted) reasons.push(`${available} of ${wanted} replicas are available`);
    if (old > 0) reasons.push(`${old} replicas of the old version still run`);
    return reasons;
}

async function explain(live: Properties, context: WaitContext): Promise<string[]> {
    const conditions = ["Available", "Progressing", "ReplicaFailure"].flatMap((type) => {
        const found = condition(live, type);
        return found && (found.status === "True") === (type === "ReplicaFailure") ? [conditionText(found)] : [];
    });
    const pods = await podTroubles(live, record(live, "spec", "selector"), context);
    return [...conditions, ...pods, ...(await warningTexts(live, context))];
}

export const deployment: Awaiter = { seconds: 600, look, explain };
