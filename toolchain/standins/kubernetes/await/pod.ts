/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ */
import type { Properties } from "../../properties";
import { condition, text } from "../objects";
import { podTrouble, warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, waiting } from "./readiness";

function look(live: Properties): Readiness {
    const phase = text(live, "status", "phase");
    if (phase === "Succeeded" || condition(live, "Ready")?.status === "True") return ready;
    if (phase === "Failed")
        return failed(
            `the pod failed: ${text(live, "status", "message") ?? "a container ended badly"}`,
            ...podTrouble(live),
        );
    return waiting(...podTrouble(live));
}

export const pod: Awaiter = { seconds: 600, look, explain: warningTexts };
