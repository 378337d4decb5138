/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup */
import type { Properties } from "../../properties";
import { at, condition, count, record } from "../objects";
import { podsRefused, podTroubles, warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, type WaitContext, waiting } from "./readiness";

async function look(live: Properties, context: WaitContext): Promise<Readiness> {
    if (condition(live, "Complete")?.status === "True") return ready;
    // A suspended Job is not started: nothing to wait for.
    if (at(live, "spec", "suspend") === true) return ready;
    const end = condition(live, "Failed");
    if (end?.status === "True") {
        const pods = await podTroubles(live, record(live, "spec", "selector"), context);
        return failed(`the Job failed (${String(end.reason)}): ${String(end.message)}`, ...pods);
    }
    const wanted = (at(live, "spec", "completions") as number | undefined) ?? 1;
    const progress = `${count(live, "status", "succeeded")} of ${wanted} completions, ${count(live, "status", "active")} pods run`;
    const refused = count(live, "status", "active") === 0 ? await podsRefused(live, context) : undefined;
    return refused ? failed(`pods can't be created: ${refused}`) : waiting(progress);
}

async function explain(live: Properties, context: WaitContext): Promise<string[]> {
    const pods = await podTroubles(live, record(live, "spec", "selector"), context);
    return [...pods, ...(await warningTexts(live, context))];
}

export const job: Awaiter = { seconds: 600, look, explain };
