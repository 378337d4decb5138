/** Kinds whose own status says it all. */
import type { Properties } from "../../properties";
import { condition, record, sameJson, text } from "../objects";
import { sameQuantity } from "../quantity";
import { conditionText } from "./pods";
import { type Awaiter, failed, type Readiness, ready, waiting } from "./readiness";

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
function lookDefinition(live: Properties): Readiness {
    const names = condition(live, "NamesAccepted");
    if (names?.status === "False") return failed(conditionText(names));
    const established = condition(live, "Established");
    if (established?.status === "True") return ready;
    return waiting(established ? conditionText(established) : "the definition is not established yet");
}

function lookNamespace(live: Properties): Readiness {
    const phase = text(live, "status", "phase");
    return phase === "Active" ? ready : waiting(`the namespace is ${phase ?? "new"}`);
}

function lookQuota(live: Properties): Readiness {
    const wanted = Object.entries(record(live, "spec", "hard"));
    const counted = record(live, "status", "hard");
    const equal = wanted.every(([key, value]) => sameJson(value, counted[key]) || sameQuantity(value, counted[key]));
    return equal ? ready : waiting("the quota is not counted yet");
}

/** A token's Secret is filled in by the cluster: https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets */
function lookSecret(live: Properties): Readiness {
    if (text(live, "type") !== "kubernetes.io/service-account-token") return ready;
    return text(live, "data", "token") ? ready : waiting("the token is not filled in yet");
}

export const customResourceDefinition: Awaiter = { seconds: 60, look: lookDefinition };
export const namespaceAwaiter: Awaiter = { seconds: 60, look: lookNamespace };
export const resourceQuota: Awaiter = { seconds: 60, look: lookQuota };
export const secret: Awaiter = { seconds: 60, look: lookSecret };
