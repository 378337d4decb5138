import type { Properties } from "../../properties";
import { at, condition, count, record } from "../objects";
import { isLasting, podTroubles, warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, type WaitContext, waiting } from "./readiness";

/** https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/ */
function look(live: Properties): Readiness {
    const wanted = (at(live, "spec", "replicas") as number | undefined) ?? 1;
    const available = count(live, "status", "availableReplicas");
    const refused = condition(live, "ReplicaFailure");
    if (refused?.status === "True" && isLasting(String(refused.message))) {
        return failed(`pods can't be created: ${String(refused.message)}`);
    }
    return available >= wanted ? ready : waiting(`${available} of ${wanted} replicas are available`);
}

async function explain(live: Properties, context: WaitContext): Promise<string[]> {
    const pods = await podTroubles(live, record(live, "spec", "selector"), context);
    return [...pods, ...(await warningTexts(live, context))];
}

export const replicaSet: Awaiter = { seconds: 600, look, explain };
