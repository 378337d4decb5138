/** https://kubernetes.io/docs/concepts/storage/persistent-volumes/#lifecycle-of-a-volume-and-claim */
import type { Properties } from "../../properties";
import { text } from "../objects";
import { warningTexts } from "./pods";
import { type Awaiter, failed, type Readiness, ready, type WaitContext, waiting } from "./readiness";

async function lookClaim(live: Properties, context: WaitContext): Promise<Readiness> {
    const phase = text(live, "status", "phase");
    if (phase === "Bound") return ready;
    if (phase === "Lost") return failed(`the volume ${text(live, "spec", "volumeName")} of the claim is lost`);
    const className = text(live, "spec", "storageClassName");
    const storageClass = className
        ? await context.cluster.client.find(`/apis/storage.k8s.io/v1/storageclasses/${className}`)
        : undefined;
    // Such a claim is bound when a pod uses it, which may come later in the program.
    if (text(storageClass, "volumeBindingMode") === "WaitForFirstConsumer") return ready;
    return waiting(`the claim is ${phase ?? "new"}: no volume of class ${className ?? "(none)"} is bound to it`);
}

function lookVolume(live: Properties): Readiness {
    const phase = text(live, "status", "phase");
    return phase === "Available" || phase === "Bound" ? ready : waiting(`the volume is ${phase ?? "new"}`);
}

export const persistentVolumeClaim: Awaiter = { seconds: 300, look: lookClaim, explain: warningTexts };
export const persistentVolume: Awaiter = { seconds: 300, look: lookVolume };
