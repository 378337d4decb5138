/** https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ */
import type { Properties } from "../../properties";
import { count, record, text } from "../objects";
import { podsRefused, podTroubles, warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, type WaitContext, waiting } from "./readiness";

async function look(live: Properties, context: WaitContext): Promise<Readiness> {
    if (count(live, "status", "observedGeneration") < count(live, "metadata", "generation")) {
        return waiting("the DaemonSet controller has not seen the change yet");
    }
    const wanted = count(live, "status", "desiredNumberScheduled");
    const available = count(live, "status", "numberAvailable");
    const updated = count(live, "status", "updatedNumberScheduled");
    const rolls = text(live, "spec", "updateStrategy", "type") !== "OnDelete";
    const reasons: string[] = [];
    if (available < wanted) reasons.push(`pods are available on ${available} of ${wanted} nodes`);
    if (rolls && updated < wanted) reasons.push(`pods are of the new version on ${updated} of ${wanted} nodes`);
    if (reasons.length === 0) return ready;
    const refused = await podsRefused(live, context);
    return refused ? failed(`pods can't be created: ${refused}`, ...reasons) : waiting(...reasons);
}

async function explain(live: Properties, context: WaitContext): Promise<string[]> {
    const pods = await podTroubles(live, record(live, "spec", "selector"), context);
    return [...pods, ...(await warningTexts(live, context))];
}

export const daemonSet: Awaiter = { seconds: 600, look, explain };
